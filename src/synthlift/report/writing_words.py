"""Words for how texts were written: reason codes, ways of writing, sampling, cost; unknown codes stay as they come."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic import JsonValue

from synthlift.report.display import count
from synthlift.report.summary import WrittenBy
from synthlift.storage.canonical import canonical

__all__ = [
    "by_size",
    "cost_words",
    "label_words",
    "licence_words",
    "reason_words",
    "sampling_words",
    "shots_words",
    "tokens_words",
    "way_words",
]

_REASONS = {
    # not answered
    "context-length": "the prompt and its answer are longer than the model can read",
    "disconnected": "the connection broke off, time and again",
    "empty-content": "the answer was blank",
    "error-body": "the server sent an error in place of an answer",
    "no-choices": "the answer held no text",
    "no-content": "the answer held no text",
    "out-of-memory": "the memory of this machine did not suffice",
    "reasoning-only": "the model thought and then wrote nothing",
    "timeout": "the answer took too long, time and again",
    "too-large": "the answer was larger than any text can be",
    "unreachable": "the server could not be reached",
    # dropped: as read, then by the filters
    "empty-text": "nothing was left but headers and remarks",
    "id-mismatch": "the JSON carried the id of another request",
    "not-json": "the answer was not the JSON that it had to be",
    "content-filter": "the server's own filter stopped the text",
    "truncated": "the text was cut off: the answer reached its longest allowed length",
    "label-inconsistent": "a classifier of real documents reads other labels in it",
    "label-named": "the code of one of its labels stands in it",
    "near-copy-of-seed": "nearly the same as a training document",
    "near-duplicate": "nearly the same as an earlier synthetic text",
    "near-test": "nearly the same as a test document",
    "not-patent-style": "does not read like a patent",
    "other-family": "of a prompt family that was filtered out",
    "prompt-echo": "repeats its instruction",
    "refusal": "the model declined to write it",
    "test-ngram": "shares a long run of words with a test document",
    "too-long": "far longer than the training texts",
    "too-short": "far shorter than the training texts",
    "wrong-language": "in a language that the training texts are not in",
    "unknown": "no reason was recorded",
    # noted
    "boilerplate-opening": "opens with a stock phrase, which was kept",
    "extra-keys": "the JSON had more keys than it was asked for",
    "finish-unknown": "the server did not say whether the text is whole",
    "stripped-control": "control characters or tokens of the chat were taken out",
    "stripped-fence": "the code fence around it was taken off",
    "stripped-header": "a heading above it was taken off",
    "stripped-preamble": "a preamble was taken off",
    "stripped-quotes": "the quotation marks around it were taken off",
    "stripped-reasoning": "the reasoning before it was taken off",
    "stripped-remark": "a remark after it was taken off",
    "stripped-title": "a title above it was taken off",
    "tolerant-json": "the JSON was faulty but could be read",
}  # fmt: skip
_STATUS = re.compile(r"http-(\d{3})")
_WAYS = {"synthesis": "written anew from a label set", "paraphrase": "a real document, paraphrased"}
_LABEL_SETS = {
    "empirical": "those of the training documents, each equally often",
    "balanced": "chosen so that labels come about equally often",
}
_SAMPLING = {
    "temperature": "temperature {}",
    "top_p": "top-p {}",
    "top_k": "top-k {}",
    "max_tokens": "{} tokens at most",
    "stop": "stopping at {}",
}


def reason_words(code: str) -> str:
    """Say a reason code in plain words; one that is not known stays as it is.

    >>> reason_words("timeout"), reason_words("http-400"), reason_words("no-such-code")
    ('the answer took too long, time and again', 'the server answered with HTTP status 400', 'no-such-code')
    """
    status = _STATUS.fullmatch(code)
    return f"the server answered with HTTP status {status[1]}" if status else _REASONS.get(code, code)


def by_size(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Order reason codes by how many texts they concern, most first.

    >>> by_size({"refusal": 2, "near-test": 2, "too-short": 9}.items())
    [('too-short', 9), ('near-test', 2), ('refusal', 2)]
    """
    return sorted(counts, key=lambda pair: (-pair[1], pair[0]))


def way_words(record: WrittenBy) -> str:
    """Say how its texts came about, and in which form they were asked for."""
    return f"{_WAYS.get(record.mode, record.mode)}; answers as {'JSON' if record.reply == 'json' else record.reply}"


def label_words(record: WrittenBy) -> tuple[str, str]:
    """Say which label sets were asked for, and whether prompts name the labels."""
    if record.mode == "paraphrase":
        return "those of the paraphrased documents", "as in the documents: a paraphrase keeps them"
    sets = _LABEL_SETS.get(record.label_sets, f"from the file {record.label_sets}")
    return sets, "shown in the prompts" if record.label_names else "left out of the prompts, only described"


def sampling_words(record: WrittenBy) -> str:
    """Say which sampling parameters were sent."""
    told = [
        _SAMPLING[name].format(_spelled(value)) if name in _SAMPLING else f"{name} {_spelled(value)}"
        for name, value in record.sampling.items()
    ]
    return ", ".join(told) or "no parameters: as the server samples by default"


def _spelled(value: JsonValue) -> str:
    return f"{value:g}" if isinstance(value, float) else canonical(value)


def tokens_words(record: WrittenBy) -> str:
    """Say how many tokens prompts and answers had, and what is not in the count."""
    told = f"{count(record.n_prompt_tokens)} in prompts, {count(record.n_completion_tokens)} in answers"
    return told + (f"; {_uncounted(record)}" if record.n_without_tokens else "")


def cost_words(record: WrittenBy) -> str:
    """Say what the answers cost by the prices given; of answers without a token count that is unknown, never 0."""
    if record.n_without_tokens and record.n_without_tokens >= record.n_answered:
        return f"unknown: {_uncounted(record)}"
    spelled = f"${record.cost_usd:,.2f}" if record.cost_usd >= 0.005 else "less than $0.01"
    told = "0 by the prices given" if record.cost_usd == 0 else f"{spelled} by the prices given"
    return told + (
        f", and unknown for {_several(record.n_without_tokens, 'answer')}" if record.n_without_tokens else ""
    )


def _uncounted(record: WrittenBy) -> str:
    return f"{_several(record.n_without_tokens, 'answer')} came without a token count"


def shots_words(record: WrittenBy) -> str:
    """Say how many examples each prompt shows."""
    return "none" if record.shots == 0 else _several(record.shots, "training document")


def _several(n: int, what: str) -> str:
    return f"{count(n)} {what}{'' if n == 1 else 's'}"


def licence_words(record: WrittenBy) -> str:
    """Say under which licence the study puts the texts."""
    return "not stated" if record.output_licence is None else f"{record.output_licence}, as the study states"
