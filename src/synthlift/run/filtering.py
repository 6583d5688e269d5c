"""The filters of a study, in their order, each given what it needs and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus import Corpus, Document
from synthlift.corpus.shingles import Analyzer
from synthlift.errors import BadConfiguration, NotApplicable, show
from synthlift.filters.chain import Verdict, apply
from synthlift.filters.contamination import ContaminationFilter, fingerprints
from synthlift.filters.contract import Filter
from synthlift.filters.label_consistency import LabelConsistencyFilter
from synthlift.filters.label_leak import LabelLeakFilter
from synthlift.filters.languages import LanguageFilter
from synthlift.filters.lengths import LengthFilter
from synthlift.filters.near_duplicates import NearDuplicateFilter
from synthlift.filters.patent_style import PatentStyleFilter
from synthlift.filters.prompt_echo import PromptEchoFilter
from synthlift.filters.prompt_family import PromptFamilyFilter
from synthlift.filters.refusals import RefusalFilter
from synthlift.generators.orders import Written
from synthlift.run.agreement import CrossFitted
from synthlift.run.writers import Writer
from synthlift.study.label_texts import read_descriptions
from synthlift.study.preparation import RealSide
from synthlift.study.study_file import FiltersTable, StudyFile

__all__ = ["check_filters", "judged"]


def check_filters(table: FiltersTable, made: Sequence[Writer]) -> None:
    """Refuse filters that would drop everything.

    Raises
    ------
    BadConfiguration
        For a prompt family that no generator uses, and lengths that nothing has.
    """
    used = {family.name for writer in made for family in writer.families}
    for name in table.prompt_family:
        if name not in used:
            raise BadConfiguration(
                f"filters.prompt-family: got {show(name)}, expected a family in use: {', '.join(sorted(used))}"
            )
    if isinstance(table.length, tuple) and not 0 <= table.length[0] <= table.length[1]:
        raise BadConfiguration(
            f"filters.length: got {list(table.length)}, expected the fewest and the most words, such as [20, 400]"
        )


def judged(study: StudyFile, written: Sequence[Written], side: RealSide) -> dict[str, Verdict]:
    """Return what the filters say of each document of a writer, by id."""
    documents = [each.document for each in written if each.document is not None]
    instructions = {each.document.id: each.order.instruction for each in written if each.document is not None}
    verdicts = apply(_filters(study, side, instructions), documents)
    return {document.id: verdict for document, verdict in zip(documents, verdicts, strict=True)}


def _filters(study: StudyFile, side: RealSide, instructions: Mapping[str, str]) -> dict[str, Filter]:
    """Return the filters that are on; those that compare texts with others come after those that look at one alone."""
    table, train, analyzer = study.filters, side.part("train"), study.corpus.analyzer
    rows: tuple[tuple[str, object, Callable[[], Filter]], ...] = (
        ("refusal", table.refusal, RefusalFilter),
        ("prompt-echo", table.prompt_echo, lambda: PromptEchoFilter(instructions)),
        ("prompt-family", table.prompt_family, lambda: PromptFamilyFilter(frozenset(table.prompt_family))),
        ("length", table.length, lambda: _lengths(table.length, train)),
        ("language", table.language, lambda: LanguageFilter(train.texts)),
        ("patent-style", table.patent_style, lambda: PatentStyleFilter(float(table.patent_style))),
        ("label-leak", table.label_leak, lambda: LabelLeakFilter(_called(study, train))),
        ("near-duplicate", table.near_duplicate, lambda: NearDuplicateFilter(train.texts, analyzer)),
        ("contamination", table.contamination, lambda: _contamination(side, analyzer)),
        ("label-consistency", table.label_consistency, lambda: _label_consistency(side, study)),
    )
    return {name: make() for name, on, make in rows if on is not False and on != ()}


def _lengths(limits: object, train: Corpus) -> Filter:
    return LengthFilter(*limits) if isinstance(limits, tuple) else LengthFilter.of(train.texts)


def _contamination(side: RealSide, analyzer: Analyzer) -> Filter:
    return ContaminationFilter(fingerprints(side.part("test").texts, analyzer))


def _called(study: StudyFile, train: Corpus) -> dict[str, list[str]]:
    descriptions = read_descriptions(study.descriptions, train.labels)
    return {label: [label, *([descriptions[label]] if label in descriptions else [])] for label in train.labels}


@dataclass(frozen=True)
class _RealOnly:
    """Judges by classifiers that learned from real documents alone, none of them the document's own parent."""

    fitted: CrossFitted
    labels: tuple[str, ...]

    def agreement(self, documents: Sequence[Document]) -> NDArray[np.float64]:
        """Return the F1 of predicted against intended labels, ``(n_docs,)``."""
        parents = [document.origin.parents if document.origin else () for document in documents]
        only = [one[0] if len(one) == 1 else None for one in parents]
        return self.fitted.judged(Corpus(tuple(documents), self.labels), only)


def _label_consistency(side: RealSide, study: StudyFile) -> Filter:
    train = side.part("train")
    try:
        fitted = CrossFitted(train, side.group[side.rows("train")], study.corpus.analyzer, study.seed)
    except NotApplicable as answer:
        raise BadConfiguration(f"filters.label-consistency: {answer.reason}; set it to false") from None
    return LabelConsistencyFilter(_RealOnly(fitted, train.labels), float(study.filters.label_consistency))
