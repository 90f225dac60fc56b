"""Measure every model of the zoo, and write what came of it to docs/zoo.md: ``python tests/zoo [SET ...]``."""

from __future__ import annotations

import argparse
import importlib.metadata
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from entries import SETS, Entry, entries_of, written
from page import Row, page
from results import Job, Result, append, forget, read
from workers import results_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "zoo.md"
KEPT = ROOT / ".zoo"


def main() -> int:
    """Run as asked; 1 where a model failed or has uncounted operators."""
    options = _options()
    sets = {name: entries_of(name) for name in SETS if written(name)}
    bad = 0
    for name in options.sets or sets:
        jobs = [job for job in _jobs(name, sets[name]) if re.search(options.only, job.name)]
        if options.again:
            forget(_kept(name), jobs)
        there = read(_kept(name))
        missing = [job for job in jobs if job not in there]
        print(f"{name}: {len(missing)} of {len(jobs)} measurements to make", flush=True)
        for number, result in enumerate(results_of(missing, options.workers, options.limit), 1):
            append(_kept(name), result)
            print(f"{number:5}/{len(missing)} {_line(result)}", flush=True)
        bad += sum(bool(result.error or result.uncounted) for job, result in read(_kept(name)).items() if job in jobs)
    rows = {name: _rows(name, entries) for name, entries in sets.items()}
    PAGE.write_text(page(rows, _versions(name for name in rows if rows[name])), encoding="utf-8")
    return 1 if bad else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/zoo", description="Measure every model of the zoo.")
    parser.add_argument("sets", metavar="SET", nargs="*", choices=[[], *SETS], help=f"{', '.join(SETS)}; all without")
    parser.add_argument("--only", metavar="PATTERN", default="", help="models whose name this regular expression finds")
    parser.add_argument("--again", action="store_true", help="measure anew what an earlier run measured")
    parser.add_argument("--workers", type=int, default=2, help="processes at once (2)")
    parser.add_argument("--limit", type=float, default=300, help="seconds that one model may take (300)")
    return parser.parse_args()


def _jobs(name: str, entries: dict[str, Entry]) -> list[Job]:
    return [
        Job(name, entry.name, worst)
        for entry in entries.values()
        for worst in (False, True)
        if entry.worst or not worst
    ]


def _rows(name: str, entries: dict[str, Entry]) -> list[Row]:
    """Every model that was measured; where its worst case is asked for, with both measurements."""
    there = read(_kept(name))
    return [
        Row(
            entry.name,
            there[Job(name, entry.name)],
            there.get(Job(name, entry.name, True)),
            entry.published,
            entry.note,
        )
        for entry in entries.values()
        if Job(name, entry.name) in there
    ]


def _kept(name: str) -> Path:
    return KEPT / f"{name}.jsonl"


def _line(result: Result) -> str:
    told = result.error.partition("\n")[0] or f"{result.macs / 1e9:.3f} GMACs, {result.traced}"
    uncounted = f", uncounted: {', '.join(result.uncounted)}" if result.uncounted else ""
    return f"{result.job.name}{' (worst case)' if result.job.worst else ''}: {told}{uncounted}, {result.seconds:.1f} s"


def _versions(sets: Iterable[str]) -> dict[str, str]:
    return {package: importlib.metadata.version(package) for package in ("torch", *sets)}


if __name__ == "__main__":
    sys.exit(main())
