"""The solver's minimum is the minimum: against scikit-learn, to the tolerance it promises."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from synthlift.classifiers.kernels import DenseGram, SparseGram
from synthlift.classifiers.logistic import LogisticFit, fit_logistic, objective

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


def problem(seed: int, n: int = 60, n_features: int = 25, n_labels: int = 4) -> tuple[FloatArray, BoolArray]:
    """Draw sparse rows of length one, with labels that they half tell."""
    rng = np.random.default_rng(seed)
    X = rng.random((n, n_features)) * (rng.random((n, n_features)) < 0.3)
    X /= np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-12)
    labels = X @ rng.normal(size=(n_features, n_labels)) + 0.5 * rng.normal(size=(n, n_labels)) > 0.3
    labels[0], labels[1] = True, False
    return X, labels


def separable(seed: int, n: int = 40) -> tuple[FloatArray, BoolArray]:
    """Draw rows whose first two features tell the labels without an exception."""
    X, _ = problem(seed, n=n)
    labels = np.random.default_rng(seed).random((n, 2)) < 0.4
    labels[0], labels[1] = True, False
    X[:, :2] = labels
    return X, labels


def even(n: int) -> FloatArray:
    return np.full((n, 1), 1.0 / n)


def penalised(X: FloatArray, labels: BoolArray, weight: FloatArray, C: float, fit: LogisticFit) -> FloatArray:
    """Return the objective of each column, from the weights and nothing of the solver's own."""
    w = X.T @ fit.alpha
    margins = X @ w + np.where(np.isfinite(fit.intercept), fit.intercept, 0.0)
    loss = np.logaddexp(0.0, margins) - labels * margins
    return (weight * loss).sum(axis=0) + (w**2).sum(axis=0) / (2.0 * C)


def reference(X: FloatArray, y: BoolArray, weight: FloatArray, C: float) -> LogisticRegression:
    """Return scikit-learn's answer: a weight of sum n for a loss of sum n, so its C is ours over n."""
    n = len(y)
    model = LogisticRegression(C=C / n, tol=1e-10, max_iter=20_000)
    return model.fit(X, y, sample_weight=weight * n)


@pytest.mark.parametrize("C", [1.0, 30.0, 1e3, 1e5])
@pytest.mark.parametrize("weighted", [False, True])
def test_coefficients_and_probabilities_are_those_of_scikit_learn(C: float, weighted: bool) -> None:
    """With C / n for C, even and uneven weights give the same weights, intercepts and probabilities."""
    X, labels = problem(1)
    n = len(X)
    weight = np.random.default_rng(2).uniform(0.2, 3.0, n) if weighted else np.ones(n)
    weight /= weight.sum()
    fit = fit_logistic(DenseGram(X @ X.T), labels, weight[:, np.newaxis], C, tol=1e-12)
    assert fit.n_unconverged == 0
    for column in range(labels.shape[1]):
        known = reference(X, labels[:, column], weight, C)
        w = X.T @ fit.alpha[:, column]
        np.testing.assert_allclose(w, known.coef_[0], atol=1e-3 * max(1.0, np.abs(known.coef_).max()))
        proba = expit(X @ w + fit.intercept[column])
        np.testing.assert_allclose(proba, known.predict_proba(X)[:, 1], atol=1e-4)


@pytest.mark.parametrize("C", [1.0, 1e3, 1e6])
def test_a_dense_and_a_sparse_kernel_give_the_same_answer(C: float) -> None:
    """The form of the Gram matrix decides speed and nothing else."""
    X, labels = problem(3)
    features = sparse.csr_array(X)
    kernel = SparseGram(features, features.T.tocsr(), np.zeros(len(X)))
    dense = fit_logistic(DenseGram(X @ X.T), labels, even(len(X)), C, tol=1e-10)
    thin = fit_logistic(kernel, labels, even(len(X)), C, tol=1e-10)
    margins = [X @ (X.T @ fit.alpha) + fit.intercept for fit in (dense, thin)]
    np.testing.assert_allclose(expit(margins[0]), expit(margins[1]), atol=1e-5)


@pytest.mark.parametrize("C", [1e-3, 1.0, 1e2, 1e4, 1e6, 1e8])
@pytest.mark.parametrize("draw", [problem, separable])
@pytest.mark.parametrize("tol", [1e-6, 1e-9])
def test_the_objective_is_within_its_tolerance_of_the_minimum(draw: object, C: float, tol: float) -> None:
    """A column that is said to have converged is no more than `tol` above a much tighter solution."""
    for seed in range(4):
        X, labels = draw(seed)  # type: ignore[operator]
        kernel, weight = DenseGram(X @ X.T), even(len(X))
        fit = fit_logistic(kernel, labels, weight, C, tol=tol)
        best = penalised(X, labels, weight, C, fit_logistic(kernel, labels, weight, C, tol=1e-14))
        for column in range(labels.shape[1]):
            known = reference(X, labels[:, column], weight[:, 0], C)
            margins = X @ known.coef_[0] + known.intercept_[0]
            loss = (np.logaddexp(0.0, margins) - labels[:, column] * margins).mean()
            best[column] = min(best[column], loss + (known.coef_[0] ** 2).sum() / (2.0 * C))
        gap = penalised(X, labels, weight, C, fit) / best - 1.0
        assert fit.n_unconverged == 0
        assert gap.max() <= tol


def test_a_column_of_one_class_predicts_it_and_leaves_the_others_alone() -> None:
    """All or no positive documents: alpha 0, probability 1 or 0; the mixed column is what it is alone."""
    X, labels = problem(5, n_labels=1)
    n = len(X)
    three = np.column_stack([np.zeros(n, bool), labels[:, 0], np.ones(n, bool)])
    kernel = DenseGram(X @ X.T)
    fit = fit_logistic(kernel, three, even(n), 100.0)
    alone = fit_logistic(kernel, labels, even(n), 100.0)
    assert expit(fit.intercept[[0, 2]]).tolist() == [0.0, 1.0]
    assert not fit.alpha[:, [0, 2]].any()
    np.testing.assert_allclose(fit.alpha[:, 1], alone.alpha[:, 0], rtol=1e-9, atol=1e-15)
    assert fit.n_unconverged == 0


def test_a_column_is_of_one_class_where_the_other_has_no_weight() -> None:
    """Documents of weight zero do not count: the positives that are left decide."""
    X, labels = problem(6, n_labels=1)
    weight = np.where(labels, 1.0, 0.0)
    fit = fit_logistic(DenseGram(X @ X.T), labels, weight / weight.sum(), 10.0)
    assert expit(fit.intercept).tolist() == [1.0]


def test_no_column_at_all_and_only_columns_of_one_class_are_answered() -> None:
    """There is nothing to solve, and nothing fails."""
    X, _ = problem(7)
    kernel = DenseGram(X @ X.T)
    assert fit_logistic(kernel, np.zeros((len(X), 0), bool), even(len(X)), 1.0).alpha.shape == (len(X), 0)
    assert fit_logistic(kernel, np.zeros((len(X), 2), bool), even(len(X)), 1.0).n_unconverged == 0


@pytest.mark.parametrize("C", [10.0, 1e5])
def test_a_warm_start_ends_where_a_cold_one_does(C: float) -> None:
    """From the solution of another C, also with columns of one class between, the minimum is the same."""
    X, labels = problem(8)
    labels[:, 1] = False
    kernel, weight = DenseGram(X @ X.T), even(len(X))
    for before in (1.0, 1e7):
        start = fit_logistic(kernel, labels, weight, before)
        warm = fit_logistic(kernel, labels, weight, C, start=start)
        cold = fit_logistic(kernel, labels, weight, C)
        assert warm.n_unconverged == 0
        mixed = [0, 2, 3]
        gap = penalised(X, labels, weight, C, warm)[mixed] / penalised(X, labels, weight, C, cold)[mixed]
        np.testing.assert_allclose(gap, 1.0, atol=2e-6)


def test_a_start_at_the_solution_stays_there() -> None:
    """A solution given back to the solver is still one."""
    X, labels = problem(9)
    kernel, weight = DenseGram(X @ X.T), even(len(X))
    start = fit_logistic(kernel, labels, weight, 100.0, tol=1e-13)
    again = fit_logistic(kernel, labels, weight, 100.0, start=start)
    assert again.n_unconverged == 0
    np.testing.assert_allclose(again.alpha, start.alpha, atol=1e-4)


def test_equal_weights_of_each_label_are_weights_of_the_documents() -> None:
    """Weights ``(n, L)`` with the same column L times give what ``(n, 1)`` gives."""
    X, labels = problem(10)
    weight = np.random.default_rng(0).uniform(0.5, 2.0, (len(X), 1))
    weight /= weight.sum()
    kernel = DenseGram(X @ X.T)
    one = fit_logistic(kernel, labels, weight, 50.0)
    many = fit_logistic(kernel, labels, np.repeat(weight, labels.shape[1], axis=1), 50.0)
    np.testing.assert_allclose(one.alpha, many.alpha, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(one.intercept, many.intercept, rtol=1e-8)


def test_each_label_may_weigh_the_documents_in_its_own_way() -> None:
    """Column l of ``(n, L)`` weights solves what its weights alone solve."""
    X, labels = problem(11)
    weight = np.random.default_rng(1).uniform(0.1, 2.0, labels.shape)
    weight /= weight.sum(axis=0)
    labels[:, 2] = True  # a column that drops out must not shift the weights of those after it
    kernel = DenseGram(X @ X.T)
    together = fit_logistic(kernel, labels, weight, 50.0)
    for column in (0, 1, 3):
        alone = fit_logistic(kernel, labels[:, [column]], weight[:, [column]], 50.0)
        np.testing.assert_allclose(together.alpha[:, column], alone.alpha[:, 0], rtol=1e-8, atol=1e-12)


def test_a_label_that_is_solved_early_leaves_the_others_their_weights() -> None:
    """Columns end after different numbers of steps; those that go on keep the weights that are theirs."""
    X, labels = separable(14, n=60)
    labels = np.column_stack([np.arange(60) % 2 == 0, labels])  # the first is told by nothing and solved at once
    X[:, 3:] *= 1e-3
    weight = np.random.default_rng(2).uniform(0.05, 3.0, labels.shape)
    weight /= weight.sum(axis=0)
    kernel = DenseGram(X @ X.T)
    together = fit_logistic(kernel, labels, weight, 1e4, tol=1e-10)
    for column in range(3):
        alone = fit_logistic(kernel, labels[:, [column]], weight[:, [column]], 1e4, tol=1e-10)
        np.testing.assert_allclose(
            X @ (X.T @ together.alpha[:, column]) + together.intercept[column],
            X @ (X.T @ alone.alpha[:, 0]) + alone.intercept[0],
            atol=1e-3,
        )


def test_documents_without_features_are_solved_by_the_intercept() -> None:
    """With nothing to tell them apart the probability is the share of positives, and that counts as solved."""
    labels = np.array([[True, False], [False, False], [True, True], [True, False], [False, False]])
    for weight in (even(5), np.array([[0.1], [0.3], [0.2], [0.15], [0.25]])):
        for start in (None, fit_logistic(DenseGram(np.zeros((5, 5))), labels, weight, 3.0)):
            fit = fit_logistic(DenseGram(np.zeros((5, 5))), labels, weight, 1e3, start=start)
            np.testing.assert_allclose(expit(fit.intercept), (weight * labels).sum(axis=0), rtol=1e-9)
            assert fit.n_unconverged == 0


def test_twice_the_same_document_is_one_of_twice_the_weight() -> None:
    """Rows may be merged into weights: probabilities stay."""
    X, labels = problem(12, n=30)
    twice = np.concatenate([X, X[:10]])
    labels_twice = np.concatenate([labels, labels[:10]])
    weight = np.where(np.arange(30) < 10, 2.0, 1.0)[:, np.newaxis] / 40.0
    merged = fit_logistic(DenseGram(X @ X.T), labels, weight, 100.0, tol=1e-12)
    listed = fit_logistic(DenseGram(twice @ twice.T), labels_twice, even(40), 100.0, tol=1e-12)
    ours = expit(X @ (X.T @ merged.alpha) + merged.intercept)
    theirs = expit(X @ (twice.T @ listed.alpha) + listed.intercept)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_the_loss_neither_overflows_nor_loses_its_last_digits() -> None:
    """At margins of +-1000 it is the margin or zero; against the plain formula elsewhere."""
    labels = np.array([[True], [False], [True], [False]])
    margins = np.array([[1000.0], [-1000.0], [-1000.0], [1000.0]])
    assert objective(margins, labels, np.full((4, 1), 0.25)).tolist() == [500.0]
    margins = np.array([[0.3], [-2.0], [1.5], [0.0]])
    plain = -np.log(np.where(labels, expit(margins), 1.0 - expit(margins))).mean()
    np.testing.assert_allclose(objective(margins, labels, np.full((4, 1), 0.25)), [plain], rtol=1e-12)


def test_few_steps_allowed_are_told_as_unconverged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A column that ran out of steps is counted, not passed off as solved."""
    from synthlift.classifiers import logistic

    monkeypatch.setattr(logistic, "MAX_NEWTON", 1)
    X, labels = separable(13)
    assert fit_logistic(DenseGram(X @ X.T), labels, even(len(X)), 1e6).n_unconverged == labels.shape[1]
