"""What a benchmark claims: a number, its target, and whether it holds."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

__all__ = ["Check", "at_least", "at_most", "heading", "machine", "noted", "table", "write"]

Value = float | int | None


@dataclass(frozen=True, slots=True)
class Check:
    """One row of a benchmark.

    Attributes
    ----------
    what : str
        What was measured, and on how much of the problem.
    value : float or None
        None where it could not be measured.
    target : str
        The relation that must hold, as ``>= 20``; ``-`` where nothing is asked.
    holds : bool or None
        None where this run cannot tell.
    reason : str
        What the number rests on, or why there is none.
    """

    what: str
    value: Value
    target: str
    holds: bool | None
    reason: str


def at_least(target: float, what: str, value: Value, reason: str, *, judged: bool = True) -> Check:
    """Claim that `value` reaches `target`; not judged without a value, or where `judged` is False."""
    return Check(what, value, f">= {target:g}", None if value is None or not judged else value >= target, reason)


def at_most(target: float, what: str, value: Value, reason: str, *, judged: bool = True) -> Check:
    """Claim that `value` stays within `target`."""
    return Check(what, value, f"<= {target:g}", None if value is None or not judged else value <= target, reason)


def noted(what: str, value: Value, reason: str) -> Check:
    """Tell a number of which nothing is asked."""
    return Check(what, value, "-", None, reason)


def machine() -> dict[str, str | int | None]:
    """Return what the numbers depend on; no host names, no paths."""
    cpu_info = Path("/proc/cpuinfo")
    lines = cpu_info.read_text(encoding="utf-8").splitlines() if cpu_info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    facts: dict[str, str | int | None] = {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    return facts | {name: version(name) for name in ("numpy", "scipy", "scikit-learn")}


def heading(name: str, *, quick: bool) -> str:
    """Return what stands over the table: the command, the machine in words, the day."""
    facts = machine()
    versions = ", ".join(f"{name} {facts[name]}" for name in facts if name not in ("cpu", "cores"))
    command = f"`python benchmarks/run.py {name}{' --quick' if quick else ''}`"
    return f"{command}, {today()} ({facts['cpu']}, {facts['cores']} cores, {versions})."


def today() -> str:
    """Return the day, in UTC."""
    return datetime.now(UTC).date().isoformat()


def table(checks: Sequence[Check]) -> str:
    """Return the checks as a Markdown table."""
    lines = ["| what | value | target | holds | how |", "|---|---|---|---|---|"]
    for check in checks:
        value = "-" if check.value is None else f"{check.value:.3g}"
        holds = {True: "yes", False: "no", None: "-"}[check.holds]
        lines.append(f"| {check.what} | {value} | {check.target} | {holds} | {check.reason} |")
    return "\n".join(lines)


def write(folder: Path, name: str, checks: Sequence[Check], *, quick: bool) -> Path:
    """Write ``NAME.json`` and return its path."""
    told = [asdict(check) for check in checks]
    content = {"name": name, "quick": quick, "date": today(), "machine": machine(), "checks": told}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    return path
