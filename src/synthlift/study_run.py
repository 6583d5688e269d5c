"""A study from its file to its report: models are asked, their texts filtered, and what is left is audited."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from synthlift.api import STATUS_EVERY_S, evaluate, recalled
from synthlift.corpus.columns import Columns
from synthlift.errors import BadConfiguration, InputRejected, Refused, Rejection, show
from synthlift.models.spending import Spending
from synthlift.report.summary import Summary
from synthlift.run.asking import Asking, begun, chat_models, probed
from synthlift.run.checking import Checked, check, options_of
from synthlift.run.dataset import write_dataset
from synthlift.run.executors.workers import Workers
from synthlift.run.filtering import judged
from synthlift.run.finished import is_marked, mark, request_of
from synthlift.run.folder import ARTEFACTS, LEDGER, check_free, check_identity, enter, write_status
from synthlift.run.forecast import Forecast, forecast
from synthlift.run.generation import Texts, texts_of
from synthlift.run.interruption import interruptible
from synthlift.run.learners import encoder_of, equipped, learners_of
from synthlift.run.progress import Asked, Observer, Tally
from synthlift.run.selection import Selection
from synthlift.run.simulated import simulated
from synthlift.run.writers import Writer, writers
from synthlift.storage.exchanges import Exchanges
from synthlift.storage.files import write_atomic
from synthlift.storage.ledger import Ledger
from synthlift.storage.lock import RunLock
from synthlift.study.draft import SCHEMA_NAME, drafted, study_schema
from synthlift.study.input import Input
from synthlift.study.plan import Plan, plan_prepared
from synthlift.study.preparation import RealSide, combine, identity_of, read_real_side
from synthlift.study.served_models import served_models
from synthlift.study.study_file import CorpusTable, GeneratorTable, ModelTable, StudyFile, read_study_file

__all__ = ["check_study", "draft_study", "plan_study", "run_study", "workers_of"]

DEFAULT_WORKERS = 2


def draft_study(corpus: Mapping[str, Any], path: Path) -> RealSide:
    """Write a first study file of a corpus, and the schema of study files beside it; return the documents.

    Parameters
    ----------
    corpus : mapping
        Keys of ``[corpus]``; paths are from here, and written as seen from the study file.
    path : Path
        Where none lies yet.

    Raises
    ------
    BadConfiguration
        Where a file lies there already, or the corpus cannot be as it is said to be.
    InputRejected
        For faults of the documents.
    """
    if path.exists():
        raise BadConfiguration(f"--out: {show(path)} is there already, expected a new file: name another")
    here = Path(os.path.relpath(Path.cwd(), path.parent))
    files = {name: str(here / corpus[name]) for name in ("real", "test") if name in corpus}
    study = StudyFile(
        corpus=CorpusTable.model_validate({**corpus, **{name: path.parent / file for name, file in files.items()}}),
        models={"small": ModelTable(model="-", in_process=True)},
        generators=(GeneratorTable(name="synthesis", model="small", n=1),),
    )
    side = read_real_side(_input(study), study.seed)
    text = drafted({**corpus, **files}, side.rows("train").size, side.corpus.labels)
    write_atomic(path, text.encode())
    write_atomic(path.parent / SCHEMA_NAME, study_schema())
    return side


def check_study(path: Path, allowed_hosts: Collection[str] = ()) -> Checked:
    """Check a study file, and all that it names, before the first token is bought.

    Raises
    ------
    BadConfiguration, InputRejected
        For the first thing that cannot work.
    """
    with _checked(path, allowed_hosts) as (_, _, checked):
        return checked


@contextmanager
def _checked(path: Path, allowed_hosts: Collection[str]) -> Iterator[tuple[StudyFile, Input, Checked]]:
    """Give a study, where its documents lie, and what was checked; simulated documents lie there for the block."""
    study = read_study_file(path)
    options_of(study)
    with TemporaryDirectory(prefix="synthlift-") as scratch:
        study = simulated(study, Path(scratch))
        given = _input(study)
        yield study, given, check(study, read_real_side(given, study.seed), allowed_hosts)


def plan_study(
    path: Path, allowed_hosts: Collection[str] = (), observe: Callable[[int, int], None] = lambda _done, _total: None
) -> tuple[Checked, Forecast]:
    """Check a study as `check_study` does, and run a few trials on stand-ins to tell what it will take.

    Raises
    ------
    BadConfiguration, InputRejected
        For the first thing that cannot work.
    """
    with _checked(path, allowed_hosts) as (study, given, checked):
        return checked, forecast(study, checked, given, observe)


def run_study(
    path: Path,
    out: Path,
    *,
    workers: Workers | None = None,
    only: Selection | None = None,
    observe: Observer | None = None,
    allowed_hosts: Collection[str] = (),
    accept_model_change: bool = False,
    announce: Callable[[Plan], None] = lambda _: None,
    cache: Path | None = None,
) -> tuple[Summary, Tally]:
    """Run what the folder lacks of a study: ask for missing texts, run missing trials, write the report.

    Without `workers` they are those of the study file. Of the trials those are run that `only` takes in. `announce` is
    told what will be compared once the texts are there; it is not where nothing is lacking.

    Raises
    ------
    BadConfiguration, InputRejected
        For faults of the study file and the documents; nothing was asked.
    Stopped
        Where no more answers can be had now; the same call goes on later.
    Refused
        Where the folder is in use, or belongs to other documents, another split, seed or method.
    KeyboardInterrupt
        On Ctrl-C; the folder resumes.
    """
    study = read_study_file(path)
    options = options_of(study)
    served_models(study)
    check_free(out)
    request = request_of(options, study)
    before = recalled(out, request) if is_marked(out) else None
    if before is not None:
        return before
    if study.corpus.simulated is not None:
        enter(out)
        study = simulated(study, out / ARTEFACTS)
    given = _input(study)
    side = read_real_side(given, study.seed)
    for weights in (learners_of, encoder_of):  # those that cannot be loaded are told before texts are bought
        weights(options.study(("-",)))
    enter(out)
    with RunLock(out):
        with Ledger.open(out / LEDGER) as ledger:
            check_identity(ledger, identity_of(given, side, None, study.seed))
            with Exchanges.open(out / LEDGER) as exchanges:
                written = _write(
                    study, side, ledger, exchanges, out, observe, allowed_hosts, accepts=accept_model_change
                )
            rows = [row for texts in written for row in texts.rows()]
            prepared = combine(side, texts_of(written), given, study.seed)
            write_dataset(out / ARTEFACTS / "synthetic", rows, ledger.get("writing"))
            planned = equipped(plan_prepared(prepared, options))
            announce(planned)
            ledger.put("prices", None if study.prices is None else study.prices.model_dump())
            how = workers if workers is not None else workers_of(study)
            summary, tally = evaluate(ledger, planned, out, how, only=only, observe=observe, cache=cache)
        asked_for_all = all(each.reply is not None for texts in written for each in texts.written)
        if only is None and asked_for_all and tally.is_complete:
            mark(out, request, tally.total)
    return summary, tally


def workers_of(
    study: StudyFile, n: int | None = None, kind: Literal["process", "ray"] | None = None, address: str | None = None
) -> Workers:
    """Return who does the work of a study: as its file says, but for what is given here.

    Raises
    ------
    BadConfiguration
        For an address of anything but a Ray cluster.
    """
    table = study.executor
    kind = kind if kind is not None else table.kind if address is None else "ray"
    address = address if address is not None else table.address if kind == "ray" else None
    if address is not None and kind != "ray":
        raise BadConfiguration(f"--address: got {show(address)} for processes of this machine, expected --executor ray")
    n = n if n is not None else table.workers
    return Workers(n if n is not None or address is not None else DEFAULT_WORKERS, kind, address, table.gpus)


def _write(
    study: StudyFile,
    side: RealSide,
    ledger: Ledger,
    exchanges: Exchanges,
    out: Path,
    observe: Observer | None,
    allowed_hosts: Collection[str],
    *,
    accepts: bool,
) -> list[Texts]:
    """Ask for what is missing; return what all writers wrote, and leave account of it in the ledger."""
    served, train = served_models(study), side.part("train")
    exchanges.discard_damaged()  # they are asked again
    exchanges.close_open()
    spending = begun(study, served, exchanges)

    written_at = -STATUS_EVERY_S

    def watch(spent: Spending) -> None:
        nonlocal written_at
        if time.monotonic() - written_at >= STATUS_EVERY_S:
            written_at = time.monotonic()
            write_status(out, "asking", spent.done, spent.total, spent.failed)
        if observe is not None:
            observe(Asked(spent))

    with interruptible() as interrupted:
        asking = Asking(exchanges, spending, allowed_hosts, accepts, watch, interrupted.is_set)
        made = writers(study, train, served, chat_models(served, asking))
        _check_wording(ledger, made)
        written, records = [], []
        for writer in made:
            orders = writer.orders(train)
            keys = [order.request.key for order in orders]
            asks = len(exchanges.answered(keys)) < len(keys)
            servers = probed(writer.served, asking, ledger, asks=asks)
            answers = writer.write(train)
            texts = Texts(writer, answers, judged(study, answers, side))
            if not texts.kept:
                raise _nothing_kept(study, texts)
            written.append(texts)
            records.append(texts.record(servers))
    ledger.put("writing", records)
    return written


def _check_wording(ledger: Ledger, made: Sequence[Writer]) -> None:
    """Refuse to buy all texts again because another version of synthlift words its own prompts otherwise.

    Raises
    ------
    Refused
        Naming the family.
    """
    named = [each for writer in made for each in zip(writer.table.family, writer.families, strict=True)]
    families = {family.name: family for name, family in named if not name.endswith(".toml")}
    stored = dict(ledger.get("wording") or {})
    for name, family in families.items():
        if stored.get(name, family.sha256) != family.sha256:
            raise Refused(
                f"prompt family {show(name)} is worded otherwise than when this run began, expected the same: its "
                "texts would be bought again. Go on with the synthlift that began it, or name another folder with --out"
            )
    ledger.put("wording", stored | {name: family.sha256 for name, family in families.items()})


def _nothing_kept(study: StudyFile, texts: Texts) -> InputRejected:
    counts: Mapping[str, Any] = {**texts.record(())["unanswered"], **texts.record(())["dropped"]}
    told = ", ".join(f"{n} {reason}" for reason, n in counts.items())
    message = (
        f"of {len(texts.written)} texts that {show(texts.writer.table.title)} was asked for none is kept ({told}): "
        "look at its answers and at [filters]"
    )
    return InputRejected([Rejection(str(study.corpus.real), 0, "no-synthetic", message)])


def _input(study: StudyFile) -> Input:
    corpus = study.corpus
    columns = Columns(
        text=corpus.text_column,
        labels=corpus.labels_column,
        id=corpus.id_column,
        group=corpus.group_column,
        split=corpus.split_column,
        label_delimiter=corpus.label_delimiter,
        csv_delimiter=corpus.csv_delimiter,
        label_columns=corpus.label_columns,
    )
    values = {
        value: role
        for role, given in (corpus.split_values or {}).items()
        for value in ((given,) if isinstance(given, str) else given)
    }
    return Input(
        real=study.path(corpus.real),
        synthetic=None,
        test=study.path(corpus.test) if corpus.test is not None else None,
        columns=columns,
        real_where={key: (given,) if isinstance(given, str) else given for key, given in corpus.where.items()},
        split_values=values or None,
        drop_empty=corpus.drop_empty,
        analyzer=corpus.analyzer,
        descriptions=study.descriptions,
    )
