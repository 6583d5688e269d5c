"""Near-duplicates repeat an earlier document with a few choices made anew."""

from __future__ import annotations

import numpy as np

from synthlift.randomness import stream
from synthlift.simulation.simulator import draw_bits
from synthlift.simulation.variants import EDITED, light_edit, roots, varied


def test_families_are_stars_of_earlier_documents() -> None:
    """A root is itself and comes first; the share of others is the rate."""
    root = roots(draw_bits(stream(0, "roots"), 5000, 2), 0.2)
    assert np.array_equal(root[root], root)
    assert np.all(root <= np.arange(5000))
    assert abs(np.mean(root != np.arange(5000)) - 0.2) < 0.025


def test_rates_of_nought_and_one_are_exact() -> None:
    """No family at 0; at 1 all but the first document repeat the first."""
    bits = draw_bits(stream(1, "roots"), 100, 2)
    assert np.array_equal(roots(bits, 0.0), np.arange(100))
    assert np.array_equal(roots(bits, 1.0), np.zeros(100))


def test_a_variant_keeps_the_head_and_most_of_the_rest() -> None:
    """Documents without a root are untouched; a variant redraws the planted share beyond its head."""
    bits = draw_bits(stream(2, "bits"), 40, 500)
    root = np.arange(40)
    root[1::2] -= 1
    made = varied(bits, root, 10, stream(3, "edits"))
    assert np.array_equal(made[::2], bits[::2])
    assert np.array_equal(made[1::2, :10], bits[::2, :10])
    assert abs(np.mean(made[1::2, 10:] != bits[::2, 10:]) - EDITED) < 0.02


def test_a_light_edit_moves_sentences_and_changes_no_word() -> None:
    """Every edit is one swap of neighbours after the first sentence, or nothing."""
    text = "It rolls (fast). It stops! It beeps as in FIG. 1 here. It waits."
    edits = {light_edit(text, bits) for bits in range(30)}
    assert len(edits) == 3
    assert text in edits
    assert all(sorted(edit.split()) == sorted(text.split()) for edit in edits)
    assert all(edit.startswith("It rolls (fast). ") for edit in edits)


def test_a_text_of_one_sentence_stays() -> None:
    """There is nothing to swap, whatever the draw."""
    assert {light_edit("One sentence. ", bits) for bits in range(9)} == {"One sentence. "}
