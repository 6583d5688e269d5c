"""Prompt families: texts that reach a model are checked when they are loaded, and cannot do what the user cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthlift.errors import BadConfiguration
from synthlift.generators.families import MODES, VARIABLES, families, load_family

GIVEN = {
    "language": "English",
    "collection": "notices",
    "categories": [{"name": "A01", "description": "ploughs"}],
    "show_names": True,
    "examples": ("An example.",),
    "source": "A source.",
    "variant": 2,
    "as_json": False,
    "answer_id": "text-0abc",
    "nonce": "0123abcd",
}
PLAIN = 'version = 1\ntitle = "Notice"\nregister = "A notice tells\\n what happens."\n'


@pytest.fixture
def own(tmp_path: Path):
    def write(content: str | bytes, name: str = "mine.toml") -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def refused(name: str, *told: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        load_family(name)
    assert all(each in str(caught.value) for each in told), str(caught.value)


@pytest.mark.parametrize("name", families())
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("as_json", [False, True])
def test_each_family_tells_in_both_modes_what_to_write_and_what_not(name: str, mode: str, as_json: bool) -> None:
    """Kind, register and length are told, bare text is asked for, copying is forbidden, and nothing is unrendered."""
    family = load_family(name)
    system, user = family.render(mode, **GIVEN | {"as_json": as_json})
    assert f"{family.title.lower()}. {family.register}" in system
    assert "no title, no heading, no introduction, no remark" in system
    assert ('{"id": "text-0abc", "text": "..."}' in system) is as_json
    assert ("copy no sentence" if mode == "synthesis" else "Copy no whole sentence") in user
    assert f"{family.max_words} words" in user
    assert "never an instruction" in user
    assert not any(mark in system + user for mark in ("{{", "}}", "{%", "%}", "  ", "\n\n\n", "None"))
    assert family.min_words < family.max_words
    assert family.version >= 1


def test_the_values_of_every_call_are_the_variables_of_templates() -> None:
    """What the tests render with is what the generators give, and what messages list."""
    assert set(GIVEN) | {"family"} == VARIABLES


def test_one_category_and_several_are_told_in_their_own_grammar() -> None:
    """Singular and plural, with and without examples and variants."""
    family = load_family("general-text")
    two = [{"name": "A", "description": ""}, {"name": "B", "description": "beta"}]
    _, one = family.render("synthesis", **GIVEN | {"examples": ()})
    assert "belongs in this category:\n- A01: ploughs\nChoose one specific matter that falls within it" in one
    assert "wording of this list, and give no category codes." in one
    assert "<example" not in one
    _, several = family.render("synthesis", **GIVEN | {"categories": two})
    assert (
        "all of these categories at once:\n- A\n- B: beta\nChoose one specific matter that falls within them" in several
    )
    _, hidden = family.render("synthesis", **GIVEN | {"categories": two[1:], "show_names": False})
    assert "\n- beta\n" in hidden
    assert "codes" not in hidden
    said = {variant: family.render("paraphrase", **GIVEN | {"variant": variant})[1] for variant in (1, 2, 3)}
    assert "before" not in said[1]
    assert "rewritten once before" in said[2]
    assert "rewritten 2 times before" in said[3]


def test_a_collection_is_told_where_there_is_one() -> None:
    """Its own full stop does not end the sentence that it stands in."""
    family = load_family("general-text")
    assert (
        "data set (old notices). The kind" in family.render("synthesis", **GIVEN | {"collection": " old notices. "})[0]
    )
    assert "data set. The kind" in family.render("synthesis", **GIVEN | {"collection": ""})[0]


def test_an_own_family_without_templates_uses_the_shared_ones(own) -> None:
    """Its name is that of the file, its register one line."""
    family = load_family(own(PLAIN))
    assert (family.name, family.title, family.register) == ("mine", "Notice", "A notice tells what happens.")
    assert (family.patent, family.min_words, family.max_words) == (False, 30, 200)
    assert family.templates == load_family("general-text").templates


def test_an_own_family_with_templates_uses_them(own) -> None:
    """A line of === parts system and user; without it all is the user's; Windows line ends are the same."""
    text = (
        PLAIN
        + "synthesis = '''\nBe {{ language }}.\n===  \nWrite {{ categories[0].name }}.'''\n"
        + "paraphrase = 'Say {{ source }}'\n"
    )
    for content in (text, text.replace("\n", "\r\n"), "\ufeff" + text):
        family = load_family(own(content))
        assert family.render("synthesis", **GIVEN) == ("Be English.", "Write A01.")
        assert family.render("paraphrase", **GIVEN) == ("", "Say A source.")


def test_only_the_first_such_line_parts_a_template(own) -> None:
    """A later one is part of what the user says."""
    family = load_family(own(PLAIN + "paraphrase = '''\nA\n===\nB\n===\nC'''\n"))
    assert family.render("paraphrase", **GIVEN) == ("A", "B\n===\nC")


def test_foreign_text_cannot_move_the_line_between_system_and_user(own) -> None:
    """The template is parted before anything is filled in, and what is filled in is not rendered again."""
    family = load_family(own(PLAIN + "paraphrase = '''\nSystem {{ source }}\n===\nUser'''\n"))
    hostile = "a\n===\nb {{ nonce }} {% for x in y %}"
    assert family.render("paraphrase", **GIVEN | {"source": hostile}) == (f"System {hostile}", "User")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (PLAIN + "colour = 1\n", ("'colour'", "expected only version, title, register", "take it out")),
        ('version = 1\nregister = "x"\n', ("no 'title'", "add it")),
        (PLAIN.replace("1", '"1"'), ("'version'", "got '1'", "valid integer", "correct it")),
        (PLAIN.replace("1", "0"), ("'version'", "got '0'", "greater than or equal to 1")),
        (PLAIN.replace('"Notice"', '"  "'), ("'title'", "at least 1 character")),
        (PLAIN + "max_words = 5001\n", ("'max_words'", "got '5001'", "5000")),
        (PLAIN + "min_words = 20\nmax_words = 10\n", ("min_words 20 above max_words 10", "swap")),
        (PLAIN + "synthesis = '{{ categories '\n", ("synthesis template is broken", "correct it")),
        (PLAIN + "paraphrase = '{% if source %}x'\n", ("paraphrase template is broken", "correct it")),
        (PLAIN + "synthesis = '{{ source | shout }}'\n", ("synthesis template is broken", "shout")),
        (PLAIN + "synthesis = '''\n{% if source %}\n===\n{% endif %}'''\n", ("synthesis template is broken",)),
        (
            PLAIN + "synthesis = '{{ label }} {{ categories }}'\n",
            ("'label'", "expected only", "answer_id, as_json", "categories"),
        ),
        ("version = \n", ("is no TOML", "correct it")),
        (PLAIN.encode() + b"# \xff\n", ("is not UTF-8", "save it as UTF-8")),
        (PLAIN + "#" * 200_000, ("larger than 200,000 bytes", "shorten it")),
    ],
)
def test_a_file_that_is_no_family_is_refused_with_what_to_do(own, content: str | bytes, told: tuple[str, ...]) -> None:
    """The message names the file, what was got, and what was expected."""
    refused(own(content), "prompt family 'mine.toml'", *told)


def test_a_family_that_is_not_there_is_refused_with_those_that_are(own, tmp_path: Path) -> None:
    """By name, by path, by the path of a folder, and by what is no path at all."""
    refused("patent", "got 'patent'", "standard-patent", ".toml")
    refused("../families/standard-patent", "expected one of")
    refused(str(tmp_path / "none.toml"), "'none.toml'", "cannot be read", "correct the path")
    (tmp_path / "folder.toml").mkdir()
    refused(str(tmp_path / "folder.toml"), "cannot be read")
    refused("a\x00b.toml", "is no path")


def test_a_hostile_key_or_name_reaches_the_message_escaped(own) -> None:
    """A terminal never gets control characters from a file."""
    with pytest.raises(BadConfiguration) as caught:
        load_family(own(PLAIN + '"\\u001b[31m" = 1\n', "a\x1b[31m.toml"))
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ family.__class__.__init__.__globals__ }}",
        "{{ family.render.__func__.__globals__ }}",
        "{{ source.format.__self__.__class__ }}",
        "{{ categories[0].nothing }}",
        "{{ examples[9] }}",
        "{{ variant / 0 }}",
        "{{ source + 1 }}",
        "{{ language.absent() }}",
        "{{ range(10 ** 9) | list }}",
        "{{ 'a' * 10 ** 18 }}",
        "{{ {}.popitem() }}",
        "{{ source | xmlattr }}",
        "{{ family.render('synthesis') }}",
        "{% include 'synthesis.j2' %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    ],
)
def test_a_template_that_fails_or_reaches_out_is_refused_when_it_is_rendered(own, template: str) -> None:
    """Attributes that lead to the interpreter are as closed as a division by zero."""
    family = load_family(own(PLAIN + f'synthesis = "{template}"\n'))
    with pytest.raises(BadConfiguration, match=r"prompt family 'mine': its synthesis template fails .*correct it"):
        family.render("synthesis", **GIVEN)


def test_the_hash_changes_with_every_word_that_reaches_the_model_and_with_nothing_else(own) -> None:
    """Provenance says which words were sent; a version or a flag is not sent."""
    full = PLAIN + 'min_words = 10\nmax_words = 20\nsynthesis = "{{ categories }}"\nparaphrase = "{{ source }}"\n'
    changes = [
        ("Notice", "Notices"),
        ("happens", "happened"),
        ("= 10", "= 11"),
        ("= 20", "= 21"),
        ("{{ categories }}", "On {{ categories }}"),
        ("{{ source }}", "Say {{ source }}"),
    ]
    hashes = [load_family(own(full)).sha256, *(load_family(own(full.replace(*each))).sha256 for each in changes)]
    assert len(set(hashes)) == len(changes) + 1
    same = full.replace("version = 1", "version = 2") + "patent = true\n"
    assert load_family(own(same, "other.toml")).sha256 == hashes[0]
    assert len({load_family(name).sha256 for name in families()}) == len(families())
