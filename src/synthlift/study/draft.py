"""A first study file for a corpus, with a comment at each choice; and the schema that editors complete it by."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from synthlift.study.study_file import StudyFile

__all__ = ["SCHEMA_NAME", "drafted", "study_schema"]

SCHEMA_NAME = "study.schema.json"
# A text more than this per real document is beyond what most corpora were seen to gain from, and not yet dear.
PER_DOCUMENT = 4


def study_schema() -> bytes:
    """Return the JSON schema of study files."""
    schema = StudyFile.model_json_schema(by_alias=True)
    del schema["properties"]["folder"]  # known from where the file lies
    return (json.dumps(schema, ensure_ascii=False, indent=1) + "\n").encode()


def drafted(corpus: Mapping[str, str | Sequence[str]], n_train: int, labels: Sequence[str]) -> str:
    """Return a study of both ways of writing by one small model, to be edited.

    Parameters
    ----------
    corpus : mapping of str to str or sequence of str
        Keys of ``[corpus]``.
    n_train : int
        Training documents.
    labels : sequence of str
    """
    first, second = (*labels, labels[0])[:2]
    return f"""\
#:schema {SCHEMA_NAME}
# Whether texts of a language model help a classifier of these documents, beyond what any extra volume would do.
#
#   synthlift check STUDY.toml              what is wrong, and what it will ask for, before the first token
#   synthlift run STUDY.toml --out RUN      stopped or killed, the same command goes on

seed = 0                        # of everything random
replicates = 10                 # draws and seeds to average over; intervals are trustworthy from 5 on
regimes = ["all"]               # real documents: a number, a share (0.1), a ratio to synthetic ones ("1:10"), "all"
classifiers = ["linear"]        # the first is what the headline is about; also "embedding", "encoder"
delta = 0.01                    # the smallest gain in micro-F1 worth having
# grid = true                   # also train on a grid of volumes, for synthlift advise

[corpus]
{_table(corpus)}
language = "English"
collection = ""                 # what the documents are, such as "abstracts of US patents": goes into the prompts

# [corpus.descriptions]         # what each label means, of as many as you can; or descriptions = "labels.json" above
# {_string(first)} = "..."
# {_string(second)} = "..."

[models.small]                  # any name; synthlift models lists presets
model = "the-name-your-server-knows"
endpoints = ["http://127.0.0.1:8000/v1"]    # of the chat completions protocol; several share the load
# simulated = "faithful"        # in place of model and endpoints: no server, to see what comes out

[[generators]]
name = "synthesis"              # from the label sets of the training documents
model = "small"
family = ["general-text"]       # kinds of text; for patents "standard-patent" and others
n = {PER_DOCUMENT * n_train}

[[generators]]
name = "paraphrase"             # of each training document
model = "small"
family = ["general-text"]
per_seed = {PER_DOCUMENT}

[caps]                          # the most that the whole run may ask for
requests = {3 * PER_DOCUMENT * n_train}
# cost_usd = 5.0
"""


def _table(corpus: Mapping[str, Any]) -> str:
    return "\n".join(f"{name} = {_string(value)}" for name, value in corpus.items())


def _string(value: str | Sequence[str]) -> str:
    """Spell text, or several, as TOML: JSON spells it so too, but for one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
