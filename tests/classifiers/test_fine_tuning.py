"""Training is plain AdamW on the batches given, and keeps going where memory or numbers give out."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from synthlift.models.encoders import load_encoder

torch = pytest.importorskip("torch", reason="needs synthlift[neural]")

from synthlift.classifiers.encoder_settings import encoder_settings  # noqa: E402
from synthlift.classifiers.fine_tuning import (  # noqa: E402
    Tagger,
    Task,
    Trace,
    _gradient,
    predict,
    train,
)
from synthlift.classifiers.token_batches import TokenCache, training_batches  # noqa: E402
from synthlift.classifiers.trunk import token_inputs  # noqa: E402
from synthlift.testing import example_training_set  # noqa: E402

TRAINING = example_training_set()
N_STEPS = 12


@pytest.fixture
def encoder(tiny_modernbert_dir):
    """Load the tiny ModernBERT, which has no dropout."""
    return load_encoder(str(tiny_modernbert_dir), None, "sdpa", "cpu")


@pytest.fixture
def task(encoder):
    """Give the task of learning the conformance labels."""
    ids, _ = TokenCache(encoder.tokenizer, 64).ids(TRAINING.texts)
    inputs = token_inputs(ids, encoder.tokenizer.pad_token_id, "cpu")
    batches = training_batches(inputs.lengths, N_STEPS, 8, np.random.default_rng(0))
    return Task(inputs, TRAINING.labels, None, batches, TRAINING.labels.mean(axis=0))


def _tagger(encoder, task) -> Tagger:
    torch.manual_seed(0)
    return Tagger(encoder.network, task.prior, "mean")


def _trained(encoder, task, **settings):
    tagger = _tagger(encoder, task)
    return tagger, train(tagger, task, encoder_settings(settings), "cpu")


def _by_hand(encoder, task, max_norm: float) -> tuple[Tagger, list[float]]:
    """Train with what torch offers: rates as they are said to be, gradients scaled down to a norm."""
    tagger = _tagger(encoder, task).train()
    labels, losses = torch.tensor(task.labels, dtype=torch.float32), []
    parts = ((tagger.network, 3e-4), (tagger.head, 2e-3))
    groups = [
        {"params": [p for p in part.parameters() if (p.ndim > 1) == decays], "peak": rate, "weight_decay": 0.1 * decays}
        for part, rate in parts
        for decays in (True, False)
    ]
    optimiser = torch.optim.AdamW([group for group in groups if group["params"]])
    for step, rows in enumerate(task.batches):
        given, mask = task.inputs.batch(rows)
        loss = torch.nn.BCEWithLogitsLoss()(tagger(given, mask), labels[rows])
        optimiser.zero_grad()
        loss.backward()
        gradients = [p.grad for p in tagger.parameters() if p.grad is not None]
        norm = math.sqrt(sum(float((g.double() ** 2).sum()) for g in gradients))
        for gradient in gradients:
            gradient.mul_(min(1.0, max_norm / norm))
        share = min((step + 1) / 3, (N_STEPS - step) / (N_STEPS - 2))
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * share
        optimiser.step()
        losses.append(float(loss.detach()))
    return tagger, losses


@pytest.mark.parametrize("max_norm", [1e6, 0.02])
def test_training_is_plain_adamw(encoder, task, max_norm):
    """Losses and weights are those of a plain loop on the same batches, with and without clipping."""
    own = {"learning_rate": 3e-4, "head_learning_rate": 2e-3, "weight_decay": 0.1, "warmup": 0.25}
    tagger, trace = _trained(encoder, task, max_norm=max_norm, **own)
    expected, losses = _by_hand(encoder, task, max_norm)
    assert trace.losses == pytest.approx(losses, abs=2e-6)
    assert (expected.head.weight - _tagger(encoder, task).head.weight).abs().max() > 1e-3
    for found, other in zip(tagger.parameters(), expected.parameters(), strict=True):
        assert torch.allclose(found, other, atol=2e-5)
    if max_norm < 1.0:
        _, unclipped = _by_hand(encoder, task, 1e6)
        assert trace.losses != pytest.approx(unclipped, abs=1e-4)


def test_a_head_begins_with_the_share_of_each_label(encoder, task):
    """Before its first step every document gets nearly the prior."""
    proba = predict(_tagger(encoder, task), task.inputs, "fp32", "cpu")
    assert proba == pytest.approx(np.tile(task.prior, (len(TRAINING), 1)), abs=0.1)


def test_labels_that_must_not_be_written_are_read(encoder, task):
    """As those of a corpus are; torch, which would warn of it, is given a copy."""
    labels = TRAINING.labels.copy()
    labels.setflags(write=False)
    torch.set_warn_always(True)
    try:
        _trained(encoder, replace(task, labels=labels, weight=None))
    finally:
        torch.set_warn_always(False)


def test_weights_weigh_the_elements_of_the_loss(encoder, task):
    """The loss of a batch is the mean of weighted elements."""
    weight = np.random.default_rng(1).random(TRAINING.labels.shape) * 2.0
    plain = _tagger(encoder, task)
    given, mask = task.inputs.batch(task.batches[0])
    with torch.no_grad():
        logits = plain(given, mask)
    target = torch.tensor(task.labels[task.batches[0]], dtype=torch.float32)
    each = torch.nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none").numpy()
    _, trace = _trained(encoder, replace(task, weight=weight))
    assert trace.losses[0] == pytest.approx((each * weight[task.batches[0]]).mean(), rel=1e-5)


def test_a_step_that_is_not_finite_is_skipped_and_counted(encoder, task):
    """A row with an infinite loss costs the steps that hold it, and no weight becomes NaN."""
    weight = np.ones((len(TRAINING), 1))
    weight[5] = np.inf
    tagger, trace = _trained(encoder, replace(task, weight=weight))
    n_bad = sum(5 in batch for batch in task.batches)
    assert 0 < n_bad < N_STEPS
    assert trace.n_nonfinite == n_bad
    assert [math.isfinite(loss) for loss in trace.losses] == [5 not in batch for batch in task.batches]
    assert all(torch.isfinite(parameter).all() for parameter in tagger.parameters())
    without = replace(task, batches=[task.batches[0]] if 5 in task.batches[0] else [])
    if without.batches:
        still, _ = _trained(encoder, replace(without, weight=weight))
        assert torch.equal(still.head.weight, _tagger(encoder, task).head.weight)


def _too_small(tagger: Tagger, holds: int) -> list[int]:
    """Let memory hold so many documents at once; return what was tried."""
    tried = []

    def hook(_module, given, _named) -> None:
        tried.append(len(given[1]))
        if len(given[1]) > holds:
            raise torch.OutOfMemoryError

    tagger.register_forward_pre_hook(hook, with_kwargs=True)
    return tried


def _gradients(tagger: Tagger, task: Task, trace: Trace, weight=None) -> tuple[float, list]:
    labels = torch.tensor(task.labels, dtype=torch.float32)
    loss = _gradient(tagger, task, task.batches[0], labels, weight, encoder_settings({}), "cpu", trace)
    return loss, [p.grad.clone() for p in tagger.parameters() if p.grad is not None]


@pytest.mark.parametrize(("holds", "n_halvings"), [(4, 1), (3, 2), (1, 3)])
def test_a_batch_too_large_for_memory_is_halved(encoder, task, holds, n_halvings):
    """Loss and gradient are those of the whole batch, also with weights; the halvings are recorded and kept."""
    weight = torch.rand(len(TRAINING), 3, generator=torch.Generator().manual_seed(0))
    loss, whole = _gradients(_tagger(encoder, task), task, Trace(), weight)
    small, trace = _tagger(encoder, task), Trace()
    tried = _too_small(small, holds)
    again, halved = _gradients(small, task, trace, weight)
    assert trace.batch_halvings == n_halvings
    assert again == pytest.approx(loss, abs=1e-6)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(whole, halved, strict=True))
    before = len(tried)
    small.zero_grad()
    _gradients(small, task, trace, weight)
    assert max(tried[before:]) <= holds


def test_a_document_too_large_for_memory_is_told(encoder, task):
    """Where not even one document fits the error is raised, not tried for ever."""
    tagger, trace = _tagger(encoder, task), Trace()
    _too_small(tagger, 0)
    with pytest.raises(torch.OutOfMemoryError):
        _gradients(tagger, task, trace)


def _long(task, labels=None, n_steps: int = 60) -> Task:
    batches = training_batches(task.inputs.lengths, n_steps, 8, np.random.default_rng(0))
    validation = None if labels is None else (task.inputs, labels)
    return replace(task, batches=batches, validation=validation)


FAST = {"learning_rate": 1e-3, "head_learning_rate": 1e-2}


def test_training_stops_when_validation_gets_worse_and_goes_back(encoder, task):
    """Against opposite labels the first look is the best: it stops two looks later, with the weights of then."""
    worse = _long(task, ~TRAINING.labels)
    once, trace = _trained(encoder, worse, patience=1, **FAST)
    twice, longer = _trained(encoder, worse, patience=2, **FAST)
    assert (len(trace.losses), len(longer.losses)) == (20, 30)
    for a, b in zip(once.parameters(), twice.parameters(), strict=True):
        assert torch.equal(a, b)
    whole, _ = _trained(encoder, _long(task), **FAST)
    assert not torch.equal(once.head.weight, whole.head.weight)


@pytest.mark.parametrize(("validation", "patience"), [(True, None), (False, 1), (True, 1)])
def test_there_is_no_other_stop(encoder, task, validation, patience):
    """Without patience, without validation documents, or while these get better, all steps are taken."""
    given = _long(task, TRAINING.labels if validation else None)
    _, trace = _trained(encoder, given, patience=patience, **FAST)
    assert len(trace.losses) == 60
