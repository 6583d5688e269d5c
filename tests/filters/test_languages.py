"""Texts in another language are dropped."""
# ruff: noqa: RUF001 -- the letters are those of their languages

from __future__ import annotations

import pytest

from synthlift.filters.contract import Decision
from synthlift.filters.languages import LanguageFilter

ENGLISH = "A device comprising a housing and a plurality of cooling fins, wherein each of the fins is hollow."
OTHERS = {
    "German": "Die Erfindung betrifft ein Verfahren zum Erhitzen von Pulvern in einem Ofen mit einer Kammer aus Stahl.",
    "French": "La présente invention concerne un procédé de chauffage de poudres dans un four muni d'une chambre.",
    "Spanish": "La presente invención se refiere a un método para calentar polvos en un horno con una cámara de acero.",
    "Portuguese": "A presente invenção refere-se a um método para aquecer pós em um forno com uma câmara de aço.",
    "Italian": "La presente invenzione riguarda un metodo per riscaldare polveri in un forno con una camera.",
    "Dutch": "De uitvinding heeft betrekking op een werkwijze voor het verhitten van poeder in een oven.",
    "Swedish": "Uppfinningen avser ett förfarande för att värma pulver i en ugn med en kammare av stål och en lucka.",
    "Polish": "Wynalazek dotyczy sposobu ogrzewania proszków w piecu z komorą ze stali oraz z drzwiami i okienkiem.",
    "Russian": "Изобретение относится к способу нагрева порошков в печи с камерой из стали и с дверцей для загрузки.",
    "Turkish": "Buluş, çelik bir haznesi ve bir kapağı olan bir fırında tozların ısıtılması ile ilgilidir.",
    "Arabic": "يتعلق الاختراع بطريقة لتسخين المساحيق في فرن له غرفة من الفولاذ وباب للتحميل ونافذة صغيرة للمراقبة",
    "Chinese": "本发明涉及一种在具有钢制腔室和装料门的炉中加热粉末的方法，并且该方法包括多个步骤。",
}


@pytest.mark.parametrize("language", list(OTHERS))
def test_another_language_than_english_is_dropped_with_a_probability_near_none(documents, language):
    """Far below the threshold, so that its exact place matters little."""
    kept, dropped = LanguageFilter([ENGLISH]).judge(documents([ENGLISH, OTHERS[language]]))
    assert kept.keep
    assert kept.score > 0.99
    assert dropped == Decision(False, "wrong-language", pytest.approx(0.0, abs=0.01))


def test_languages_that_a_tenth_of_the_training_texts_are_in_are_allowed(documents):
    """One German text in ten is enough, one French one in eleven is not."""
    told = LanguageFilter([ENGLISH] * 9 + [OTHERS["German"]])
    assert told.languages == {"en", "de"}
    assert LanguageFilter([ENGLISH] * 10 + [OTHERS["French"]]).languages == {"en"}
    judged = told.judge(documents([ENGLISH, OTHERS["German"], OTHERS["French"]]))
    assert [each.keep for each in judged] == [True, True, False]


def test_short_texts_stay_unjudged_and_those_without_blanks_are_judged_by_their_characters(documents):
    """Nine German words are too few; a Chinese text is one run between blanks, but long enough."""
    nine = " ".join(OTHERS["German"].split()[:9])
    told = LanguageFilter([ENGLISH]).judge(documents([nine, OTHERS["Chinese"][:12], OTHERS["Chinese"]]))
    assert [each.keep for each in told] == [True, True, False]
    assert [each.score for each in told[:2]] == [None, None]


def test_training_texts_too_short_to_tell_let_all_pass(documents):
    """No language is known, so none is wrong."""
    told = LanguageFilter(["fine", "oh no"])
    assert told.languages == frozenset()
    assert told.judge(documents([OTHERS["German"]])) == [Decision(True, None, None)]


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("uspto64/real.jsonl", 0.0),
        ("hallmarks/data.jsonl", 0.0),
        ("valueeval_t5/real.jsonl", 0.0),
        ("goemotions/data.jsonl", 0.0025),
    ],
)
def test_what_people_wrote_is_seldom_dropped(documents, rows, name, most):
    """Measured on all but the largest corpus, of which every fifth document is judged."""
    texts = [row["text"] for row in rows(name)]
    told = LanguageFilter(texts[::5]).judge(documents(texts[1 :: 5 if len(texts) > 10_000 else 1]))
    judged = [each for each in told if each.score is not None]
    assert sum(not each.keep for each in judged) <= most * len(judged)
