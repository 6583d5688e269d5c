from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs synthlift[neural]")

from synthlift.classifiers import frozen_heads  # noqa: E402
from synthlift.classifiers.frozen_heads import HeadProblem, first_bias, rate_share, train_heads  # noqa: E402
from synthlift.classifiers.losses import binary_cross_entropy, focal, loss_and_slope  # noqa: E402

N_TEXTS, N_FEATURES, N_LABELS = 40, 12, 5
WITHOUT_RATE = {"learning_rate": 0.05, "warmup": 0.3, "weight_decay": 0.1, "max_norm": 0.02}


@pytest.fixture(scope="module")
def features():
    """Give vectors of some texts."""
    return np.random.default_rng(0).normal(size=(N_TEXTS, N_FEATURES)).astype(np.float32)


def problem(seed, *, n_steps=25, n=20, batch_size=6, **fields):
    """Return a head to train, with a last batch of an epoch that is shorter than the others."""
    rng = np.random.default_rng(seed)
    labels = rng.random((n, N_LABELS)) < 0.3
    batches = []
    while len(batches) < n_steps:
        order = rng.permutation(n)
        batches += [order[at : at + batch_size] for at in range(0, n, batch_size)]
    return HeadProblem(rng.integers(N_TEXTS, size=n), labels, batches[:n_steps], **fields)


def weighted(seed, n_columns, **fields):
    """Return a head whose elements weigh differently, some nothing."""
    rng = np.random.default_rng(seed)
    return problem(seed, weight=rng.exponential(size=(20, n_columns)) * (rng.random((20, n_columns)) < 0.8), **fields)


def started(seed, **fields):
    """Return a head that goes on from weights."""
    rng = np.random.default_rng(seed)
    return problem(seed, start=(rng.normal(size=(N_FEATURES, N_LABELS)), rng.normal(size=N_LABELS)), **fields)


def plainly(features, one, *, learning_rate=1e-3, warmup=0.1, weight_decay=0.01, max_norm=1.0):
    """Train a head as everybody does: a linear layer, autograd, AdamW, one head at a time."""
    head = torch.nn.Linear(features.shape[1], one.labels.shape[1])
    weight, bias = one.start or (np.zeros((features.shape[1], one.labels.shape[1])), np.zeros(one.labels.shape[1]))
    with torch.no_grad():
        head.weight.copy_(torch.as_tensor(weight.T))
        head.bias.copy_(torch.as_tensor(bias))
    groups = [{"params": [head.weight], "weight_decay": weight_decay}, {"params": [head.bias], "weight_decay": 0.0}]
    adamw = torch.optim.AdamW(groups, lr=learning_rate)
    n_steps, losses = len(one.batches), []
    schedule = torch.optim.lr_scheduler.LambdaLR(adamw, lambda step: rate_share(step, n_steps, warmup))
    for batch in one.batches:
        logits = head(torch.as_tensor(features[one.rows[batch]]))
        target = torch.as_tensor(one.labels[batch], dtype=torch.float32)
        if one.alpha is None:
            each = binary_cross_entropy(logits, target)
        else:
            each = focal(logits, target, gamma=one.gamma, alpha=one.alpha)
        if one.weight is not None:
            each = each * torch.as_tensor(one.weight[batch], dtype=torch.float32)
        adamw.zero_grad()
        each.mean().backward()
        torch.nn.utils.clip_grad_norm_(head.parameters(), max_norm)
        adamw.step()
        schedule.step()
        losses.append(each.mean().item())
    return head.weight.detach().numpy().T, head.bias.detach().numpy(), np.array(losses)


def assert_same(fit, other, atol):
    """Two fits have the same weights, biases and losses."""
    for name in ("weight", "bias", "losses"):
        np.testing.assert_allclose(getattr(fit, name), getattr(other, name), atol=atol, rtol=0, err_msg=name)


def test_one_step_by_hand():
    """A step of AdamW moves each parameter by the rate against the sign of its gradient, and decays weights alone."""
    start = (np.array([[1.0], [-2.0]]), np.array([0.5]))
    one = HeadProblem(np.array([1]), np.array([[True]]), [np.array([0])], start=start)
    vectors = np.array([[9.0, 9.0], [2.0, -1.0]])
    (fit,) = train_heads(vectors, [one], learning_rate=0.1, weight_decay=0.5)
    # the logit is 2 - (-2) + 0.5 = 4.5, so the gradient is (sigmoid(4.5) - 1) * (2, -1, 1): signs -, +, -
    np.testing.assert_allclose(fit.weight, [[0.95 + 0.1], [-1.9 - 0.1]], rtol=1e-5)
    np.testing.assert_allclose(fit.bias, [0.6], rtol=1e-5)
    np.testing.assert_allclose(fit.losses, [math.log1p(math.exp(-4.5))], rtol=1e-5)


@pytest.mark.parametrize("settings", [{}, WITHOUT_RATE], ids=["default", "warm-up, clipping, decay"])
@pytest.mark.parametrize(
    "one",
    [
        problem(1),
        problem(2, gamma=2.0, alpha=0.25),
        weighted(3, 1),
        weighted(4, N_LABELS, gamma=1.5, alpha=0.6),
        started(5),
        started(6, gamma=2.0, alpha=0.5, n=1, batch_size=4),
    ],
    ids=["bce", "focal", "sample weights", "label weights and focal", "start", "one row"],
)
def test_equals_a_plain_loop(features, one, settings):
    """A head ends where torch's linear layer, autograd and AdamW end on the same batches, alone or among others."""
    weight, bias, losses = plainly(features, one, **settings)
    others = [replace(problem(seed), gamma=one.gamma, alpha=one.alpha) for seed in range(10, 14)]
    for fit in (*train_heads(features, [one], **settings), train_heads(features, [*others, one], **settings)[-1]):
        np.testing.assert_allclose(fit.weight, weight, atol=1e-5)
        np.testing.assert_allclose(fit.bias, bias, atol=1e-5)
        np.testing.assert_allclose(fit.losses, losses, atol=1e-5)


def test_clipping_is_of_each_head(features):
    """A head with a large gradient does not shrink the step of the one beside it."""
    calm, wild = problem(1), problem(2, weight=np.full((20, 1), 1e4))
    alone, beside = train_heads(features, [calm], max_norm=0.05)[0], train_heads(features, [wild, calm], max_norm=0.05)
    assert_same(alone, beside[1], atol=1e-6)


def test_what_is_trained_beside_a_head_does_not_matter(features, monkeypatch):
    """Heads of every length, loss and weight in one call end where each does alone, however they are stacked."""
    kinds = (problem, lambda seed, **fields: weighted(seed, 1, **fields), started)
    losses = ({}, {"gamma": 2.0, "alpha": 0.25})
    problems = [
        kind(seed, n_steps=n_steps, batch_size=batch_size, **loss)
        for seed, kind in enumerate(kinds)
        for n_steps in (0, 3, 25)
        for batch_size in (6, 16)
        for loss in losses
    ]
    alone = [train_heads(features, [one])[0] for one in problems]
    for stack_bytes in (1, 3 * 4 * 4 * N_FEATURES * N_LABELS, 2**30):
        monkeypatch.setattr(frozen_heads, "CPU_STACK_BYTES", stack_bytes)
        for one, fit, expected in zip(problems, train_heads(features, problems), alone, strict=True):
            assert len(fit.losses) == len(one.batches)
            assert_same(fit, expected, atol=1e-6)


@pytest.mark.parametrize("loss", [{}, {"gamma": 2.0, "alpha": 0.25}], ids=["bce", "focal"])
def test_a_stack_leaves_no_trace_in_the_last_bit(features, loss):
    """However many heads with batches as long stand beside a head, all its bits are those that it has alone."""
    problems = [kind(seed, **loss) for seed in range(6) for kind in (problem, started)]
    assert len(problems) * N_LABELS % 8, "as many numbers as fill whole lanes would prove nothing"
    for one, fit in zip(problems, train_heads(features, problems), strict=True):
        assert_same(fit, train_heads(features, [one])[0], atol=0)


def test_a_head_that_fails_leaves_the_others_alone(features):
    """Vectors that are not finite spoil the heads that see them, and no other."""
    spoilt = features.copy()
    spoilt[0] = np.nan
    good = replace(problem(1), rows=np.arange(1, 21))
    bad = replace(problem(2), rows=np.arange(20))
    (alone,) = train_heads(features, [good])
    failed, fit = train_heads(spoilt, [bad, good])
    assert not np.isfinite(failed.weight).any()
    assert_same(fit, alone, atol=1e-6)


def test_the_same_twice(features):
    """Training has no chance of its own."""
    problems = [problem(seed) for seed in range(5)]
    for first, second in zip(train_heads(features, problems), train_heads(features, problems), strict=True):
        assert_same(first, second, atol=0)


def test_nothing_to_train(features):
    """No problem gives no fit; a head without steps stays where it started."""
    assert train_heads(features, []) == []
    one = started(1, n_steps=0)
    (fit,) = train_heads(features, [one])
    np.testing.assert_array_equal(fit.weight, one.start[0].astype(np.float32))
    np.testing.assert_array_equal(fit.bias, one.start[1].astype(np.float32))
    assert fit.losses.shape == (0,)


@pytest.mark.parametrize(("gamma", "alpha"), [(0.0, None), (0.0, 0.3), (0.5, 0.75), (2.0, 0.25), (5.0, 1.0)])
def test_gradients_are_those_of_autograd(gamma, alpha):
    """The closed form of the loss' derivative is what autograd finds, far from 0 too."""
    logits = torch.linspace(-12.0, 12.0, 49, dtype=torch.float64).repeat(2, 1).requires_grad_()
    labels = torch.tensor([[0.0], [1.0]], dtype=torch.float64).expand(2, 49)
    loss, slope = loss_and_slope(logits.detach(), labels, gamma, alpha)
    if alpha is None:
        expected = binary_cross_entropy(logits, labels)
    else:
        expected = focal(logits, labels, gamma=gamma, alpha=alpha)
    expected.sum().backward()
    torch.testing.assert_close(loss, expected.detach(), rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(slope, logits.grad, rtol=1e-6, atol=1e-12)


def test_a_head_predicts(features):
    """Probabilities are the sigmoid of the linear function, row by row."""
    (fit,) = train_heads(features, [problem(1)])
    logits = features.astype(np.float64) @ fit.weight.astype(np.float64) + fit.bias
    np.testing.assert_allclose(fit.proba(features), 1.0 / (1.0 + np.exp(-logits)), atol=1e-6)


def test_first_biases_predict_the_prior():
    """A head of zeros with these biases predicts each label's share; one of no or all documents stays finite."""
    prior = np.array([0.0, 0.02, 0.5, 1.0])
    np.testing.assert_allclose(1.0 / (1.0 + np.exp(-first_bias(prior))), [0.001, 0.02, 0.5, 0.999])


@pytest.mark.parametrize("n_steps", [1, 2, 3, 10, 300])
@pytest.mark.parametrize("warmup", [0.0, 0.1, 0.5, 1.0])
def test_no_step_is_without_effect(n_steps, warmup):
    """The rate rises to its peak once and falls; it is above 0 at each step."""
    shares = [rate_share(step, n_steps, warmup) for step in range(n_steps)]
    peak = int(np.argmax(shares))
    assert max(shares) == 1.0
    assert min(shares) > 0.0
    assert peak == max(1, math.ceil(warmup * n_steps)) - 1
    assert (np.diff(shares[: peak + 1]) > 0).all()
    assert (np.diff(shares[peak:]) < 0).all()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"labels": np.zeros((3, 2), dtype=bool)}, "labels of shape"),
        ({"labels": np.zeros((4, 0), dtype=bool)}, "labels of shape"),
        ({"labels": np.zeros(4, dtype=bool)}, "labels of shape"),
        ({"weight": np.ones(4)}, "weights of shape"),
        ({"weight": np.ones((4, 3))}, "weights of shape"),
        ({"batches": [np.array([0]), np.array([], dtype=np.int64)]}, "expected at least one position"),
        ({"batches": [np.array([0, 4])]}, "from 0 to 3"),
        ({"batches": [np.array([-1, 2])]}, "from 0 to 3"),
    ],
)
def test_what_does_not_fit_is_refused(fields, message):
    """Shapes that do not fit and batches without a row, or with one that is not there, are refused."""
    given = {"rows": np.arange(4), "labels": np.zeros((4, 2), dtype=bool), "batches": [np.array([0, 3])]}
    with pytest.raises(ValueError, match=message):
        HeadProblem(**{**given, **fields})
