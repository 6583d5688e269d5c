"""The open models that a study can name."""

from __future__ import annotations

import re
import shlex
import tomllib
from importlib import resources

import pytest
from pydantic import ValidationError

from synthlift.errors import BadConfiguration
from synthlift.models import presets as module
from synthlift.models.presets import model_lines, preset, presets
from synthlift.models.request import ModelPool


def test_there_are_six_from_small_to_large():
    """Six models of 3.8 to about 12 billion parameters, by distinct names."""
    known = presets()
    sizes = [each.parameters_billions for each in known.values()]
    assert len(known) == 6
    assert sizes == sorted(sizes)
    assert 3.8 == sizes[0] < sizes[-1] < 12.5
    assert all(name == each.name for name, each in known.items())
    assert len({each.model for each in known.values()}) == 6


def test_an_unknown_preset_is_refused_with_the_known_ones():
    """The message shows what was got, and every name that would do."""
    with pytest.raises(BadConfiguration) as refused:
        preset("gpt\x1b[31m")
    assert "'gpt\\x1b[31m'" in str(refused.value)
    assert all(name in str(refused.value) for name in presets())


def test_a_preset_makes_a_pool():
    """What a preset suggests is what a request of its pool carries; a model without system role gets one message."""
    each = preset("gemma-2-9b")
    pool = ModelPool("g", each.model, None, each.sampling, system_role=each.system_role)
    request = pool.request("Be brief.", "Write.", seed=1, ordinal="0")
    assert [role for role, _ in request.messages] == ["user"]
    assert request.body["temperature"] == each.temperature
    assert request.body["max_tokens"] == each.max_tokens


def test_a_serve_command_pins_and_limits():
    """The line names the model, leaves a place for the commit, and asks for no more context than the model has."""
    for each in presets().values():
        words = shlex.split(each.serve_command)
        assert words[:3] == ["vllm", "serve", each.model]
        assert words[words.index("--revision") + 1] == "COMMIT"
        assert int(words[words.index("--max-model-len") + 1]) <= each.context
        assert each.max_tokens < int(words[words.index("--max-model-len") + 1])


def _file() -> dict:
    return tomllib.loads(resources.files("synthlift.models").joinpath("presets.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("field", "value"),
    [("temprature", 1.0), ("top_p", 0.0), ("context", "8k"), ("stop", []), ("name", "A B"), ("licence_note", "")],
)
def test_a_wrong_file_is_noticed(field, value):
    """An extra key, and a value out of range, never load."""
    wrong = _file()
    wrong["preset"][0][field] = value
    with pytest.raises(ValidationError):
        module._FILE.validate_python(wrong)


def test_the_lines_tell_all_that_matters():
    """Each model's name, licence, commit to be pinned and source of its sampling stand in the printed lines."""
    told = "\n".join(model_lines())
    for each in presets().values():
        for part in (each.name, each.model, each.licence, each.licence_note, each.sampling_source, each.serve_command):
            assert part in told
    assert "check each card" in told
    assert re.fullmatch(r"[\x20-\x7e\n]+", told)
    assert "\n\n\n" not in told
