"""A prompt family is read once, checked for all that could fail later, and known by what reaches the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthlift.errors import BadConfiguration
from synthlift.generators.families import Family, families, load_family

OWN = 'version = 3\ntitle = "Note"\nregister = """Terse,\nand dry."""\nmin_words = 5\nmax_words = 9\n'
NAMES = {
    *("standard-patent", "patent-claim", "technical-summary", "product-description", "news-item"),
    *("scientific-abstract", "plain-language", "general-text", "general-comment", "general-news"),
}


def written(folder: Path, text: str) -> str:
    path = folder / "note.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def refused(name: str) -> str:
    with pytest.raises(BadConfiguration) as caught:
        load_family(name)
    return str(caught.value)


def test_the_families_that_come_with_the_package_load() -> None:
    """Ten, each with words of its own, told apart by their hashes."""
    loaded = [load_family(name) for name in families()]
    assert {family.name for family in loaded} == NAMES
    assert len({family.sha256 for family in loaded}) == len({family.register for family in loaded}) == 10
    assert all(0 < family.min_words < family.max_words for family in loaded)
    assert {family.name for family in loaded if not family.patent} == {n for n in NAMES if n.startswith("general-")}


def test_a_file_of_the_users_own_is_a_family(tmp_path: Path) -> None:
    """Named after its file; line ends in the register do not count; its own template takes the place of the shared."""
    family = load_family(written(tmp_path, OWN + "synthesis = '''\nBe {{ family.title }}.\n===\nGo.\n'''\n"))
    assert (family.name, family.version, family.register) == ("note", 3, "Terse, and dry.")
    assert family.render("synthesis") == ("Be Note.", "Go.")
    assert family.templates["paraphrase"] == load_family("general-text").templates["paraphrase"]


def test_a_template_of_one_part_is_a_user_message(tmp_path: Path) -> None:
    """No system message is made up for it."""
    family = load_family(written(tmp_path, OWN + 'synthesis = "Write in {{ language }}."\n'))
    assert family.render("synthesis", language="Dutch") == ("", "Write in Dutch.")


@pytest.mark.parametrize(
    ("old", "new"),
    [("dry", "wry"), ("= 5", "= 4"), ("= 9", "= 8"), ('"Note"', '"Memo"'), ("min_words", 'synthesis = "x"\nmin_words')],
)
def test_whatever_reaches_the_model_changes_the_hash(tmp_path: Path, old: str, new: str) -> None:
    """Words, limits, title and templates do; the version is a name for them."""
    before = load_family(written(tmp_path, OWN)).sha256
    assert load_family(written(tmp_path, OWN.replace(old, new))).sha256 != before
    assert load_family(written(tmp_path, OWN.replace("version = 3", "version = 4"))).sha256 == before


@pytest.mark.parametrize("name", ["standrad-patent", "../families/news-item", "", "news-item.j2"])
def test_an_unknown_family_is_told_with_the_known_ones(name: str) -> None:
    """Nothing but a name of the list, or a path that ends in .toml, is looked for."""
    message = refused(name)
    assert "plain-language" in message
    assert ".toml" in message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (OWN.replace('title = "Note"\n', ""), "got no 'title', expected one"),
        (OWN.replace("= 3", '= "3"'), "'version': got '3', expected a valid integer"),
        (OWN.replace("= 3", "= true"), "'version': got 'True'"),
        (OWN.replace("= 5", "= 0"), "'min_words': got '0', expected greater than or equal to 1"),
        (OWN + 'patent = "yes"\n', "'patent': got 'yes', expected a valid boolean"),
        (OWN + "tone = 1\n", "unknown key 'tone', expected only version, title, register"),
        (OWN.replace("= 5", "= 50"), "min_words 50 above max_words 9"),
        (OWN + 'synthesis = "{{ topic }}"\n', "has the variable 'topic', expected only answer_id, as_json"),
        (OWN + 'paraphrase = "{% if source %}"\n', "its paraphrase template is broken"),
        ("version = ", "is no TOML"),
    ],
)
def test_a_file_that_is_no_family_is_refused_with_the_fault(tmp_path: Path, text: str, told: str) -> None:
    """File, place, what was got and what was expected, before anything is asked."""
    message = refused(written(tmp_path, text))
    assert "'note.toml'" in message
    assert told in message


def test_a_path_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A missing file, a folder, bytes that are no text, a file too large, a path that cannot be one."""
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "latin.toml").write_bytes(b'title = "\xe9"')
    (tmp_path / "large.toml").write_bytes(b"#" * 300_000)
    for name, told in (("no", "cannot be read"), ("folder", "cannot be read"), ("latin", "UTF-8"), ("large", "larger")):
        assert told in refused(str(tmp_path / f"{name}.toml"))
    assert "is no path" in refused("a\0.toml")


@pytest.mark.parametrize(
    "source", ["{{ examples.first.text }}", "{% include 'x' %}", "{{ 1 // 0 }}", "{{ ''.__class__.x }}"]
)
def test_a_template_that_fails_while_it_is_filled_is_told(tmp_path: Path, source: str) -> None:
    """Whatever Jinja raises, nothing of it is a traceback; the sandbox keeps templates from the program."""
    family: Family = load_family(written(tmp_path, OWN + f'synthesis = "{source}"\n'))
    with pytest.raises(BadConfiguration, match="'note': its synthesis template fails"):
        family.render("synthesis", examples=())
