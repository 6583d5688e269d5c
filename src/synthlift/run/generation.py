"""From a study file to its synthetic documents: ask, read the answers, filter, and keep account of what was lost.

Everything after the raw answers is a pure function of the ledger: with other filters, or another way of reading, the
same answers give other documents, and nothing is asked again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthlift.corpus import Document
from synthlift.corpus.reading import Reading
from synthlift.filters.chain import Verdict
from synthlift.generators.orders import Written
from synthlift.run.writers import Writer
from synthlift.storage.canonical import JSON, canonical

__all__ = ["Texts", "texts_of"]


@dataclass(frozen=True)
class Texts:
    """What one writer wrote.

    Attributes
    ----------
    writer : Writer
    written : sequence of Written
        In the order they were asked for.
    verdicts : mapping of str to Verdict
        What the filters say of each document, by id.
    """

    writer: Writer
    written: Sequence[Written]
    verdicts: Mapping[str, Verdict]

    @property
    def kept(self) -> list[tuple[Written, Document]]:
        """The documents that no filter dropped, with how each came about."""
        found = [(each, each.document) for each in self.written if each.document is not None]
        return [(each, document) for each, document in found if self.verdicts[document.id].kept]

    def lost(self) -> Iterator[tuple[str, str, str]]:
        """Yield id, generator and reason of what is not kept."""
        title = self.writer.table.title
        for each in self.written:
            if each.document is None:
                yield each.order.request.ordinal, title, each.reason or "unknown"
            elif not self.verdicts[each.document.id].kept:
                yield each.document.id, title, self.verdicts[each.document.id].reason or "unknown"

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield kept documents with their provenance, as the data set has them."""
        versions = {family.name: family.version for family in self.writer.families}
        pool = self.writer.served.pool
        for each, document in self.kept:
            order, reply = each.order, each.reply
            yield {
                "id": document.id,
                "text": document.text,
                "labels": list(document.labels),
                "generator": self.writer.table.title,
                "mode": self.writer.table.name,
                "family": order.family,
                "family_version": versions[order.family],
                "prompt_sha256": order.prompt_sha256,
                "parents": list(order.parents),
                "model": pool.model,
                "revision": pool.revision,
                "served_model": reply.model if reply else None,
                "sampling": canonical(dict(order.request.sampling)),
                "seed": order.request.seed,
                "request": order.request.key,
                "finish_reason": reply.finish_reason if reply else None,
                "n_completion_tokens": reply.n_completion_tokens if reply else None,
                "notes": list(each.notes),
            }

    def record(self, probes: Sequence[JSON]) -> dict[str, JSON]:
        """Return what the report tells of this writer; nothing in it depends on how often the run was interrupted."""
        table, pool = self.writer.table, self.writer.served.pool
        replies = [each.reply for each in self.written if each.reply is not None]
        price = self.writer.served.price
        tokens = [(reply.n_prompt_tokens or 0, reply.n_completion_tokens or 0) for reply in replies]
        asked = Counter(each.order.family for each in self.written)
        kept = Counter(each.order.family for each, _ in self.kept)
        shown = {each.order.family: each.order.request.messages for each in reversed(self.written)}
        return {
            "generator": table.title,
            "mode": table.name,
            "model": pool.model,
            "revision": pool.revision,
            "served_models": sorted({reply.model for reply in replies if reply.model is not None}),
            "sampling": dict(pool.sampling),
            "shots": table.shots,
            "label_sets": str(table.label_sets),
            "label_names": table.label_names,
            "reply": table.reply,
            "families": [
                {
                    "name": family.name,
                    "version": family.version,
                    "title": family.title,
                    "sha256": family.sha256,
                    "n_asked": asked[family.name],
                    "n_kept": kept[family.name],
                    "prompt": [list(message) for message in shown.get(family.name, ())],
                }
                for family in self.writer.families
            ],
            "n_asked": len(self.written),
            "n_answered": len(replies),
            "n_kept": len(self.kept),
            "unanswered": _counts(each.reason for each in self.written if each.reply is None),
            "dropped": _counts(
                [each.reason for each in self.written if each.reply is not None and each.document is None]
                + [verdict.reason for verdict in self.verdicts.values() if not verdict.kept]
            ),
            "notes": _counts(note for each in self.written for note in each.notes),
            "n_prompt_tokens": sum(n for n, _ in tokens),
            "n_completion_tokens": sum(n for _, n in tokens),
            "n_without_tokens": sum(reply.n_completion_tokens is None for reply in replies),
            "cost_usd": round(sum(price.cost_usd(*each) for each in tokens), 6),
            "output_licence": self.writer.served.output_licence,
            "servers": list(probes),
        }


def _counts(reasons: Iterable[str | None]) -> dict[str, int]:
    return dict(sorted(Counter(reason or "unknown" for reason in reasons).items()))


def texts_of(written: Sequence[Texts]) -> Reading:
    """Return what all writers wrote as if it had been read from a file: kept documents, and the others with reasons."""
    lost = (each for texts in written for each in texts.lost())
    return Reading.of((document for texts in written for _, document in texts.kept), lost)
