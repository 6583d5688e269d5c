"""How texts were written, as the page tells it: facts, prompt families, what was lost, servers, prompts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from synthlift.report.display import count
from synthlift.report.summary import PromptFamily, ServerHonours, Summary, WrittenBy
from synthlift.report.tables import Table
from synthlift.report.writing_words import (
    by_size,
    cost_words,
    label_words,
    licence_words,
    reason_words,
    sampling_words,
    shots_words,
    tokens_words,
    way_words,
)

__all__ = ["Message", "families_table", "losses_table", "prompt_messages", "servers_table", "writing_facts"]

MOST_CHARACTERS = 4000
_ASKED_OF_SERVERS = (
    ("seed", "Seed"), ("response_format", "JSON schema"), ("n", "Several answers"), ("logprobs", "Log-probabilities"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt: its role, its lines, and whether its end is cut off."""

    role: str
    lines: tuple[str, ...]
    is_cut: bool


def writing_facts(record: WrittenBy) -> list[tuple[str, str, str]]:
    """Return the account of one generator: what, how it was, and a remark on it that may be empty."""
    sets, names = label_words(record)
    revision = f"revision {record.revision}" if record.revision is not None else "revision not given"
    return [
        ("Way of writing", way_words(record), ""),
        ("Model", record.model, revision),
        ("Answered under the name", ", ".join(record.served_models) or "none given", ""),
        ("Sampling", sampling_words(record), "each request with a seed of its own"),
        ("Label sets", sets, ""),
        ("Label names", names, ""),
        ("Examples in each prompt", shots_words(record), ""),
        ("Tokens", tokens_words(record), ""),
        ("Cost", cost_words(record), ""),
        ("Licence of the texts", licence_words(record), ""),
    ]


def families_table(record: WrittenBy) -> Table:
    """List the prompt families with the texts asked for and kept."""
    rows = [
        (each.name, each.title, str(each.version), count(each.n_asked), count(each.n_kept), each.reason or "")
        for each in record.families
    ]
    return Table.of(
        f"Prompt families of {record.generator}",
        ("Family", "Kind of text", "Version", "Asked for", "Kept", "Note"),
        rows,
    )


def losses_table(record: WrittenBy) -> Table:
    """List why texts were not answered or dropped, and what is noted of texts, most frequent first."""
    rows = [
        (reason_words(code), what, count(n), code)
        for what, counts in (
            ("not answered", record.unanswered),
            ("dropped", record.dropped),
            ("noted, and kept unless dropped", record.notes),
        )
        for code, n in by_size(counts.items())
    ]
    return Table.of(f"What became of texts of {record.generator}", ("Why", "Texts were", "Texts", "Code"), rows)


def servers_table(summary: Summary) -> Table:
    """List what each server honours, each server once, whichever generators asked it."""
    seen: dict[tuple[str, str], ServerHonours] = {}
    for record in summary.writing:
        for server in record.servers:
            seen.setdefault((record.model, server.endpoint), server)
    header = ("Server", "Model", *(told for _, told in _ASKED_OF_SERVERS), "Counts tokens", "What was seen")
    rows = [
        (
            server.endpoint, model, *(getattr(server, name)[0] for name, _ in _ASKED_OF_SERVERS),
            "yes" if server.counts_tokens else "no", _seen(server),
        )
        for (model, _), server in seen.items()
    ]  # fmt: skip
    return Table.of("What the servers honour", header, rows)


def _seen(server: ServerHonours) -> str:
    """Say under which name it answers, and why an answer of the row is not yes."""
    answers_as = server.reason or "it gives no name" if server.model is None else f"it answers as {server.model}"
    answers = [(told, *getattr(server, name)) for name, told in _ASKED_OF_SERVERS]
    return "; ".join([answers_as, *(f"{told}: {why}" for told, answer, why in answers if answer != "yes")])


def prompt_messages(family: PromptFamily) -> list[Message]:
    """Return the messages of the prompt of a family, each cut where it is very long."""
    return [
        Message(role, tuple(_lines(content[:MOST_CHARACTERS])), len(content) > MOST_CHARACTERS)
        for role, content in family.prompt
    ]


def _lines(text: str) -> Iterable[str]:
    return text.replace("\r\n", "\n").replace("\t", "    ").split("\n")
