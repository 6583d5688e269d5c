"""Audits with an encoder, from the command line to the report, with all that can befall them."""

from __future__ import annotations

import json
import multiprocessing
import random
import shutil
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import synthlift
from synthlift.api import Options, plan
from synthlift.cli import app
from synthlift.corpus.columns import Columns
from synthlift.run.executors.process import ProcessExecutor
from synthlift.run.runner import run_trials
from synthlift.run.tasks import Evaluate
from synthlift.storage.ledger import Ledger
from synthlift.study.input import Input

pytest.importorskip("torch", reason="needs synthlift[neural]")

SPLIT = Columns(split="split")
RUNGS = ("real", "real+steps", "replicated", "real+synthetic")
TWIN = "encoder (fp32, eager)"
WORDS = {
    "blue": "azure navy cobalt sky indigo sapphire",
    "loud": "thunder drum horn shout siren bell",
    "red": "ruby crimson scarlet rose vermilion cherry",
    "wet": "rain river sea pond lake flood",
}
COMMON = "table window paper house garden street letter chair picture bottle"


def _results(out) -> dict:
    with Ledger.open_readonly(out / "ledger.db") as ledger:
        return {(r.spec["condition"], r.spec["classifier"], r.spec["replicate"]): r for r in ledger.results()}


def _options(model, *settings: str) -> tuple[str, ...]:
    conditions = [part for name in RUNGS for part in ("--condition", name)]
    given = [part for pair in settings for part in ("--encoder", pair)]
    return ("--classifier", "linear", "--classifier", "encoder", "--model", str(model), *given, *conditions)


@pytest.fixture(scope="module")
def arguments(corpora, tiny_bert_dir, tmp_path_factory):
    """Give the command of an audit by epochs, with the audit of numerics."""
    out = tmp_path_factory.mktemp("encoder") / "run"
    options = _options(tiny_bert_dir, "epochs=1", "batch_size=8", "folds=2")
    return corpora.audit(out, *options, "--audit-numerics", "--quiet", replicates=2)


@pytest.fixture(scope="module")
def ran(arguments, warm):
    """Give the folder of this audit."""
    done = warm(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "report.html" in done.stdout
    return _out(arguments)


def _out(arguments):
    return Path(arguments[arguments.index("--out") + 1])


def test_equal_epochs_fill_the_rung_of_steps(ran):
    """By epochs the encoder's ladder says what more steps alone give; the convex learner's is 0, with the reason."""
    summary = json.loads((ran / "summary.json").read_text())
    ladders = {one["classifier"]: one for one in summary["ladder"] if one["regime"] == "all"}
    assert ladders["encoder"]["steps"] is not None
    assert "real+steps" not in ladders["encoder"]["reason"]
    assert (ladders["linear"]["steps"], "convex" in ladders["linear"]["reason"]) == (0.0, True)
    results = _results(ran)
    steps = {name: results[name, "encoder", 0].facts["n_steps"] for name in RUNGS}
    assert steps["real"] < steps["real+steps"] == steps["replicated"] == steps["real+synthetic"]
    scores = [row.value for name in ("real", "real+steps") for row in results[name, "encoder", 0].scores]
    assert scores[: len(scores) // 2] != scores[len(scores) // 2 :]
    assert "encoder" in (ran / "report.html").read_text()


def test_the_audit_of_numerics_runs_primary_conditions_again(ran):
    """Each primary trial of the encoder has a twin with plain attention, of the same steps; the linear has none."""
    results = _results(ran)
    twins = {key: result for key, result in results.items() if key[1] == TWIN}
    assert {(name, r) for name, _, r in twins} == {(name, r) for name in RUNGS for r in (0, 1)}
    assert not any(classifier.startswith("linear (fp32") for _, classifier, _ in results)
    for (name, _, replicate), twin in twins.items():
        own = results[name, "encoder", replicate]
        assert (twin.status, twin.reason) == ("done", None)
        assert (own.facts["attention"], twin.facts["attention"]) == ("sdpa", "eager")
        assert own.facts["n_steps"] == twin.facts["n_steps"]
    numerics = json.loads((ran / "summary.json").read_text())["numerics"]
    moved = {one["condition"]: one for one in numerics if one["check"] == "moved"}
    assert set(moved) == set(RUNGS)
    assert all((one["n_replicates"], one["flagged"]) == (2, False) for one in moved.values())


def test_a_finished_audit_is_not_trained_again(ran, arguments, warm, tmp_path):
    """The same command leaves every trial and the summary as they are."""
    copy = shutil.copytree(ran, tmp_path / "run")
    again = warm(*(str(copy) if part == str(ran) else part for part in arguments), plain=True)
    assert again.returncode == 0, again.stderr
    assert {k: r.seconds for k, r in _results(copy).items()} == {k: r.seconds for k, r in _results(ran).items()}
    for name in ("summary.json", "scores.parquet"):
        assert (copy / name).read_bytes() == (ran / name).read_bytes()


def test_equal_steps_leave_the_rung_of_steps_at_nothing(tiny, tiny_bert_dir):
    """Where all conditions get the same steps, `real+steps` is `real`: its rung is 0, and the ladder says why."""
    summary = synthlift.audit(
        *tiny(), columns=SPLIT, classifiers=("encoder",), replicates=2, conditions=RUNGS,
        classifier_settings={"encoder": {"model": str(tiny_bert_dir), "steps": 4, "folds": 2}},
    )  # fmt: skip
    (ladder,) = summary.ladder
    assert (ladder.classifier, ladder.steps) == ("encoder", 0.0)
    assert "real+steps: all conditions are trained for the same number of steps" in ladder.reason
    assert ladder.resampling is not None


def test_a_decoder_is_refused_before_anything_is_trained(corpora, make_tiny_model, tmp_path):
    """A chat model as --model ends with code 2 and one message, and leaves no run folder."""
    decoder = make_tiny_model(tmp_path / "decoder", n_steps=0)
    refused = CliRunner().invoke(app, corpora.audit(tmp_path / "run", *_options(decoder, "steps=4")))
    assert refused.exit_code == 2
    assert refused.stderr.count("\n") == 1
    assert "a qwen2 model that writes text" in refused.stderr
    assert "expected an encoder" in refused.stderr
    assert not (tmp_path / "run").exists()


def test_a_worker_killed_in_the_middle_of_a_trial_costs_no_trial(corpora, tiny_bert_dir, tmp_path):
    """The trial is tried again in a new worker, and scores as in an undisturbed process; the others as well."""
    settings = {"encoder": {"model": str(tiny_bert_dir), "steps": 60, "folds": 2}}
    planned = plan(
        Input(corpora.real, corpora.synthetic, columns=SPLIT),
        Options(
            classifiers=("encoder",),
            replicates=1,
            conditions=("real", "real+synthetic"),
            classifier_settings=settings,
            regimes=("20",),
        ),
    )
    load, killed = planned.prepared.workload, []

    def kill(_) -> None:
        """Kill the worker, which has its next trial when the answer to the first is told."""
        if not killed:
            time.sleep(0.1)
            (worker,) = multiprocessing.active_children()
            worker.kill()
            killed.append(worker.pid)

    with Ledger.open(tmp_path / "ledger.db") as ledger:
        tally = run_trials(ledger, load, planned.trials, ProcessExecutor(1), kill)
        found = {result.name: result for result in ledger.results()}
    assert (tally.total, tally.done, tally.failed) == (2, 2, 0)
    assert killed
    for trial in planned.trials:
        assert found[trial.name].scores == Evaluate(load)(trial).scores


def _audited(minilm_dir, out, **settings):
    """Audit heads on a pre-trained encoder, whose first token must hear of all others."""
    rng = random.Random(0)

    def row(identity: str, **fields: object) -> dict:
        labels = [label for label in WORDS if rng.random() < 0.4] or [rng.choice(list(WORDS))]
        words = [word for label in labels for word in rng.choices(WORDS[label].split(), k=2)]
        words += rng.choices(COMMON.split(), k=3)
        rng.shuffle(words)
        return {"id": identity, "text": " ".join(words), "labels": labels, **fields}

    real = [row(f"r{i}", split=("train", "test")[i % 2]) for i in range(64)]
    synthetic = [row(f"s{i}") for i in range(30)]
    own = {"trainable_layers": 0, "pooling": "cls", "steps": 100, "head_learning_rate": 1e-2, "folds": 2}
    return synthlift.audit(
        real, synthetic, out, columns=SPLIT, classifiers=("encoder",), replicates=3,
        conditions=("real", "real+synthetic"),
        classifier_settings={"encoder": {"model": str(minilm_dir), **own, **settings}}, audit_numerics=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def shortsighted():
    """Register an attention whose mask stays that of a text of four tokens, however long a text is; name it."""
    from transformers import AttentionInterface
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    def sees_four(module, query, key, value, _mask, **given):
        return sdpa_attention_forward(module, query, key[:, :, :4], value[:, :, :4], None, **given)

    AttentionInterface.register("shortsighted", sees_four)
    return "shortsighted"


def test_a_wrong_mask_is_caught(minilm_dir, shortsighted, tmp_path):
    """A planted fault: what it moves is flagged with the numbers, and no verdict rests on it."""
    summary = _audited(minilm_dir, tmp_path / "run", attention=shortsighted)
    moved = {one.condition: one for one in summary.numerics if one.check == "moved"}
    assert set(moved) == {"real", "real+synthetic"}
    for one in moved.values():
        assert one.flagged
        assert one.value < -0.1
        assert "from fp32 with eager attention to fp32 with shortsighted attention" in one.reason
    assert summary.verdict.outcome == "cannot-tell"
    assert summary.verdict.sentence.startswith("Cannot tell: real+synthetic moves by")
    warned = [one.message for one in summary.warnings if one.code == "numerics"]
    assert any("real+synthetic moves by" in message for message in warned)


def test_half_precision_is_not_mistaken_for_a_fault(minilm_dir, tmp_path):
    """On the same documents bf16 moves nothing by more than replicates differ: the check can tell."""
    summary = _audited(minilm_dir, tmp_path / "run", precision="bf16")
    moved = {one.condition: one for one in summary.numerics if one.check == "moved"}
    assert set(moved) == {"real", "real+synthetic"}
    for one in moved.values():
        assert (one.flagged, one.n_replicates) == (False, 3)
        assert abs(one.value) < 0.02
    assert "numerics" not in {one.code for one in summary.warnings}
    assert not summary.verdict.sentence.startswith("Cannot tell: real")
    results = _results(tmp_path / "run")
    own, twin = (results["real", name, 0] for name in ("encoder", TWIN))
    assert (own.facts["precision"], twin.facts["precision"]) == ("bf16", "fp32")
    assert own.scores != twin.scores
