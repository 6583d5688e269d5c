"""What a resumed study counts against its caps."""

from __future__ import annotations

from pathlib import Path

from synthlift.models.pace import Limits
from synthlift.models.request import ModelPool
from synthlift.models.spending import Price
from synthlift.run.asking import begun
from synthlift.storage.exchanges import Closed, Exchanges, Opened
from synthlift.study.served_models import ServedModel
from synthlift.study.study_file import StudyFile

POOL = ModelPool("small", "m", None, {"max_tokens": 50})
SERVED = {"small": ServedModel(POOL, (), Limits(), Price(1.0, 2.0), None, None)}
STUDY = StudyFile.model_validate(
    {
        "corpus": {"real": "real.jsonl"},
        "models": {"small": {"model": "m", "in_process": True}},
        "generators": [{"name": "synthesis", "model": "small", "n": 1}],
    }
)


def test_a_resumed_study_counts_what_may_be_billed_as_the_mean_of_what_was(tmp_path: Path) -> None:
    """By hand: answers of 100 + 20 and 300 + 40 tokens, one lost, one not counted, one never sent: twice 400 + 60."""
    asked = [POOL.request("", f"text {i}", seed=i, ordinal=str(i)) for i in range(5)]
    ends = [
        ("done", "yes", 100, 20, b"a"),
        ("done", "yes", 300, 40, b"b"),
        ("lost", "maybe", None, None, None),
        ("done", "yes", None, None, b"c"),
        ("unsent", "no", None, None, None),
    ]
    with Exchanges.open(tmp_path / "ledger.db") as exchanges:
        exchanges.write([Opened(request.key, 1, "1", 0.0, request.written) for request in asked])
        exchanges.write(
            [
                Closed(request.key, 1, outcome, None, None, billed, 0.1, n_prompt, n_completion, content)
                for request, (outcome, billed, n_prompt, n_completion, content) in zip(asked, ends, strict=True)
            ]
        )
        spending = begun(STUDY, SERVED, exchanges)
    assert spending.n_sent == 4
    assert spending.n_tokens == 800 + 120
    assert round(spending.cost_usd * 1e6) == 800 + 2 * 120
