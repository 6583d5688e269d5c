"""Study files."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthlift.errors import BadConfiguration
from synthlift.study.served_models import served_models
from synthlift.study.study_file import read_study_file

WHOLE = """
seed = 3
replicates = 4
[corpus]
real = "real.jsonl"
split_column = "split"
[corpus.split_values]
train = "seed"
spare = ["pool", "more"]
[models.small]
model = "a/model"
endpoints = ["http://127.0.0.1:8000/v1", "http://127.0.0.1:8001/v1"]
sampling = { temperature = 0.7 }
price = { input_per_million = 0.1 }
[[generators]]
name = "synthesis"
model = "small"
family = ["standard-patent", "news-item"]
n = 60
[[generators]]
name = "paraphrase"
model = "small"
per_seed = 2
[filters]
prompt-echo = false
length = [20, 400]
[caps]
requests = 500
"""


def study(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(text)
    return path


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    """Values come where they belong; paths are from where the file lies; titles follow from mode and model."""
    read = read_study_file(study(tmp_path, WHOLE))
    assert [generator.title for generator in read.generators] == ["synthesis small", "paraphrase small"]
    assert read.path(read.corpus.real) == tmp_path / "real.jsonl"
    assert (read.seed, read.replicates, read.filters.length, read.filters.prompt_echo) == (3, 4, (20, 400), False)
    assert (read.caps.requests, read.caps.hours, read.delta) == (500, None, 0.01)
    assert read.corpus.split_values == {"train": "seed", "spare": ("pool", "more")}


def test_models_are_made_of_what_the_file_says_and_defaults(tmp_path: Path) -> None:
    """The file's sampling goes before the defaults; servers are numbered in their order."""
    small = served_models(read_study_file(study(tmp_path, WHOLE)))["small"]
    assert small.pool.sampling == {"temperature": 0.7, "top_p": 0.95, "max_tokens": 512}
    assert [(e.name, e.url) for e in small.endpoints][1] == ("2", "http://127.0.0.1:8001/v1")
    assert small.price.cost_usd(1_000_000, 1_000_000) == 0.1


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("seed = 3", "sed = 3", "sed: unknown key, did you mean 'seed'?"),
        ("n = 60", "n = 0", "generators[0].n: got 0, expected greater than or equal to 1"),
        ("n = 60", "", "generators[0]: expected n, how many documents to ask for"),
        ("per_seed = 2", "per_seed = 2\nn = 3", "generators[1]: expected either n"),
        ("per_seed = 2", "per_seed = 2\nshots = 3", "shots, label_sets and label_names are for synthesis"),
        ('name = "paraphrase"', 'name = "paraprase"', "expected 'synthesis' or 'paraphrase'"),
        ('model = "small"\nper', 'model = "smal"\nper', "generators[1].model: got 'smal', expected one of small"),
        ('model = "a/model"', "", "models.small: expected model"),
        ("endpoints = [", "points = [", "models.small.points: unknown key, did you mean 'endpoints'?"),
        (
            'endpoints = ["http',
            'in_process = true\nendpoints = ["http',
            "expected endpoints, the addresses of its servers, or in_process",
        ),
        ("[caps]", "[caps]\nmoney = 3", "caps.money: unknown key; expected one of requests, tokens, cost_usd, hours"),
        ("prompt-echo", "prompt_echo2", "did you mean 'prompt-echo'?"),
        ("input_per_million", "inputs_per_million", "did you mean 'input_per_million'?"),
        ('real = "real.jsonl"', "", "corpus: expected real, the file of the documents, or a table"),
        ("seed = 3", "seed = ", "is no TOML"),
        ("seed = 3", 'folder = "/"', "unknown key 'folder'"),
    ],
)
def test_a_fault_is_told_with_its_place(old: str, new: str, told: str, tmp_path: Path) -> None:
    """Where, what was got, what was expected; never a traceback."""
    assert old in WHOLE
    with pytest.raises(BadConfiguration) as caught:
        read_study_file(study(tmp_path, WHOLE.replace(old, new, 1)))
    assert told in str(caught.value)


def test_two_generators_of_one_name_need_labels(tmp_path: Path) -> None:
    """Their results would be listed under one name."""
    twice = WHOLE.replace('name = "paraphrase"', 'name = "synthesis"').replace("per_seed = 2", "n = 3")
    with pytest.raises(BadConfiguration, match="'synthesis small': give each a label"):
        read_study_file(study(tmp_path, twice))
    titled = twice.replace("n = 3", 'n = 3\nlabel = "few"')
    assert [g.title for g in read_study_file(study(tmp_path, titled)).generators] == ["synthesis small", "few"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("temperature = 0.7", "seed = 7", "which each request sets itself"),
        (":8001/v1", ":8000/v1/", "one address twice"),
        ("http://127.0.0.1:8001/v1", "file:///x", "expected an address"),
        ('model = "a/model"', 'preset = "gpt-17"', "expected one of"),
    ],
)
def test_a_model_that_cannot_be_asked_is_refused(old: str, new: str, told: str, tmp_path: Path) -> None:
    """Before anything is connected to."""
    with pytest.raises(BadConfiguration) as caught:
        served_models(read_study_file(study(tmp_path, WHOLE.replace(old, new, 1))))
    assert told in str(caught.value)


def test_a_file_that_is_not_there_or_too_large_is_told(tmp_path: Path) -> None:
    """With the path and the reason."""
    with pytest.raises(BadConfiguration, match="No such file"):
        read_study_file(tmp_path / "none.toml")
    with pytest.raises(BadConfiguration, match="Is a directory"):
        read_study_file(tmp_path)
    with pytest.raises(BadConfiguration, match="more than 1,000,000 bytes"):
        read_study_file(study(tmp_path, "#" * 1_000_001))
