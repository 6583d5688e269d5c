"""Each knob of a writer changes what it names and leaves the rest of the same draw alone."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.randomness import stream
from synthlift.simulation.grammar import patent_english
from synthlift.simulation.simulator import draw_bits
from synthlift.simulation.topics import BODY_SHARES
from synthlift.simulation.vocabulary import assistive_technology
from synthlift.simulation.writer import TEXT_BITS, Draft, Writer

N = 600
BITS = draw_bits(stream(0, "texts"), N, TEXT_BITS)
LABELS = [(row % 64,) for row in range(N)]


def writer(**knobs: float) -> Writer:
    return Writer(assistive_technology(), patent_english(), **knobs)


def own_share(draft: Draft) -> float:
    own = np.array(LABELS)[:, :, None]
    return float(np.mean((draft.topics == own)[draft.is_fresh]))


@pytest.fixture(scope="module")
def real() -> Draft:
    return writer().draft(BITS, LABELS)


def test_real_documents_draw_the_planted_share_from_their_labels(real: Draft) -> None:
    """Own content is the planted share, and one neighbour in eight happens to be the label itself."""
    own, _, neighbour = BODY_SHARES
    assert own_share(real) == pytest.approx(own + neighbour / 8, abs=0.03)


@pytest.mark.parametrize("faithfulness", [0.0, 0.5])
def test_faithfulness_scales_own_content_and_keeps_every_sentence_frame(real: Draft, faithfulness: float) -> None:
    """The share of label-true slots falls in proportion; the frames of the same draw stay."""
    draft = writer(faithfulness=faithfulness).draft(BITS, LABELS)
    own, _, neighbour = BODY_SHARES
    kept = own * faithfulness
    expected = kept + neighbour / 8 * (1 - kept) / (1 - own)
    assert own_share(draft) == pytest.approx(expected, abs=0.03)
    assert np.array_equal(draft.frames, real.frames)


def test_coverage_changes_phrases_and_keeps_frames_and_topics(real: Draft) -> None:
    """A narrow writer speaks of the same topics in fewer phrases of each label."""
    draft = writer(coverage=0.25).draft(BITS, LABELS)
    assert np.array_equal(draft.frames, real.frames)
    assert np.array_equal(draft.topics, real.topics)
    own = draft.is_fresh & (draft.topics < 64)
    assert len(np.unique(draft.phrases[own])) < 0.45 * len(np.unique(real.phrases[own]))


def test_style_shift_changes_frames_and_keeps_label_true_content(real: Draft) -> None:
    """Half of the sentences come from the other register; the share of label-true slots stays."""
    draft = writer(style_shift=0.5).draft(BITS, LABELS)
    assert np.mean(draft.frames != real.frames) == pytest.approx(0.5, abs=0.03)
    assert own_share(draft) == pytest.approx(own_share(real), abs=0.03)


def test_the_other_register_is_never_used_by_real_documents(real: Draft) -> None:
    """A fully shifted writer uses frames of advertisements alone, and a real one none of them."""
    shifted = writer(style_shift=1.0)
    tables = shifted._frames
    rows = [row for name, row in tables.functions.items() if name.startswith("marketing")]
    advertising = set(tables.choices[rows].ravel().tolist())
    assert set(shifted.draft(BITS, LABELS).frames.ravel().tolist()) <= advertising
    assert not set(real.frames.ravel().tolist()) & advertising


def test_a_sentence_rarely_says_a_thing_twice(real: Draft) -> None:
    """Among content slots of one sentence under two in a thousand repeat."""
    fresh = np.where(real.is_fresh, real.phrases, -np.arange(1, real.phrases.shape[2] + 1))
    repeats = sum(np.count_nonzero(fresh[:, :, i] == fresh[:, :, j]) for i in range(fresh.shape[2]) for j in range(i))
    assert repeats < 0.002 * np.count_nonzero(real.is_fresh)


def test_an_unlabelled_document_speaks_of_the_general_background() -> None:
    """No label, no domain: every topic is the last one."""
    draft = writer().draft(BITS[:5], [()] * 5)
    assert set(draft.topics[draft.is_fresh].tolist()) == {assistive_technology().general}


def test_no_documents_make_no_texts() -> None:
    """An empty block is written as an empty list."""
    assert writer().write(BITS[:0], []) == []
