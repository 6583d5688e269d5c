"""R8: what surrounds a run does not change what it leaves."""

from __future__ import annotations

SAME = ("summary.json", "report.html", "scores.parquet", "documents.csv")


def test_a_locale_without_utf8_and_another_time_zone(tmp_path, cold, corpora, finished):
    """R8: a command under an ASCII locale, far away and with random hashes leaves the same bytes."""
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "random"}
    done = cold(*corpora.audit(tmp_path / "run", "--quiet"), env=env)
    assert done.returncode == 0, done.stderr
    assert {name: (tmp_path / "run" / name).read_bytes() for name in SAME} == {
        name: (finished / name).read_bytes() for name in SAME
    }
