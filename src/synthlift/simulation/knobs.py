"""What can be wrong with a generator, one knob a fault, and named settings that imitate well-known kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

from synthlift.errors import BadConfiguration

__all__ = ["PRESETS", "Knobs"]


@dataclass(frozen=True, slots=True)
class Knobs:
    """How a simulated generator writes; each from 0 to 1, and the defaults write as the real documents are written.

    Attributes
    ----------
    faithfulness : float
        Share of the label-true content of real documents that is still true to the labels; background and
        neighbouring labels take the rest.
    coverage : float
        Share of each label's concepts, parts, functions and problems that it knows, the most frequent first (at least
        two of each).
    label_noise : float
        Share of documents whose label set is replaced by a different one of the training documents.
    copying : float
        Share of documents that are copies of a training document, two of its sentences swapped at most.
    style_shift : float
        Share of sentences in the register of advertisements, which real documents never use.
    duplication : float
        Share of documents that are edited variants of an earlier generated one.
    refusal : float
        Share of the requests that are left unanswered: fewer documents come back than were asked for.
    """

    faithfulness: float = 1.0
    coverage: float = 1.0
    label_noise: float = 0.0
    copying: float = 0.0
    style_shift: float = 0.0
    duplication: float = 0.0
    refusal: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                raise BadConfiguration(f"got {field.name} = {value!r}, expected a number from 0 to 1; choose one")


PRESETS: Mapping[str, Knobs] = MappingProxyType(
    {
        # A model that knows the field and writes as its patents do: every text is as good as one more real document.
        "faithful": Knobs(),
        # A small model with the head of the distribution only, which soon repeats itself.
        "narrow": Knobs(coverage=0.25, duplication=0.2),
        # A chat model that keeps to the facts but cannot leave the tone of advertisements.
        "off-style": Knobs(style_shift=0.9),
        # A paraphraser that returns its sources: nothing beyond the training documents, exactly.
        "copycat": Knobs(copying=1.0),
        # A model that loses track of the label set it was given in nearly half of its answers.
        "mislabelled": Knobs(label_noise=0.45),
        # A cautious model that writes fluent patent prose about nothing in particular.
        "bland": Knobs(faithfulness=0.15, coverage=0.5),
    }
)
"""Named settings; the comment at each says whom it imitates."""
