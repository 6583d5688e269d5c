"""Losses are those of their papers, element by element, with the gradients that follow from them."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch", reason="needs synthlift[neural]")

from synthlift.classifiers.losses import binary_cross_entropy, focal  # noqa: E402

LOGITS = torch.tensor([[-3.0, -0.4, 0.0], [0.7, 2.5, 20.0]], dtype=torch.float64)
TARGET = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]], dtype=torch.float64)


def test_binary_cross_entropy_by_hand():
    """It is -log p of what is true, of every element, also where p is too small to be told from 0."""
    found = binary_cross_entropy(LOGITS, TARGET)
    assert found.shape == LOGITS.shape
    assert found[0, 0].item() == pytest.approx(math.log(1.0 + math.exp(3.0)))
    assert found[1, 2].item() == pytest.approx(20.0)


@pytest.mark.parametrize(("gamma", "alpha"), [(2.0, 0.25), (1.0, 0.9), (0.5, 0.5)])
def test_focal_loss_by_hand(gamma, alpha):
    """Equation 5 of Lin et al. (2017), computed with scalars."""
    found = focal(LOGITS, TARGET, gamma=gamma, alpha=alpha)
    for logit, target, value in zip(LOGITS.flatten(), TARGET.flatten(), found.flatten(), strict=True):
        p = 1.0 / (1.0 + math.exp(-logit))
        p_true, weight = (p, alpha) if target else (1.0 - p, 1.0 - alpha)
        assert value.item() == pytest.approx(-weight * (1.0 - p_true) ** gamma * math.log(p_true), rel=1e-6)


def test_focal_loss_without_focus_is_half_the_cross_entropy():
    """With gamma 0 and alpha 0.5 nothing is left of it but the half."""
    found = focal(LOGITS, TARGET, gamma=0.0, alpha=0.5)
    assert torch.allclose(found, 0.5 * binary_cross_entropy(LOGITS, TARGET))


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_its_gradient_is_that_of_finite_differences(gamma):
    """What training follows is the slope of what is reported."""
    logits = LOGITS.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda given: focal(given, TARGET, gamma=gamma, alpha=0.25), (logits,))


def test_what_is_certain_has_a_finite_gradient():
    """In float32 a label that is predicted to the last bit does not make the gradient NaN, whatever gamma."""
    for gamma in (0.0, 0.5, 2.0):
        logits = torch.tensor([200.0, -200.0, 0.0], requires_grad=True)
        focal(logits, torch.tensor([1.0, 1.0, 0.0]), gamma=gamma, alpha=0.25).sum().backward()
        assert torch.isfinite(logits.grad).all(), gamma
