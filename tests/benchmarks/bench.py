"""Run the benchmarks and write docs/benchmarks.md: ``BENCH=quick`` prints a short page instead."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from bench_counters import COUNTERS, OURS
from bench_counters import QUICK as QUICK_COUNTERS
from bench_found import Found, Suites
from bench_machine import described
from bench_models import ALONE, MODELS, QUICK, SIZES, chosen, is_quick
from bench_page import page
from bench_process import Outcome, outcome_of
from bench_results import rows_of
from bench_suites import declared_cases, empty_suite, middle, plain_tests
from bench_tables import others

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
_START = perf_counter()
# The seconds that a counter's first count of a model may take.
_LIMIT = 45.0


def main() -> int:
    """Run all; 1 where an aim is missed."""
    quick = is_quick()
    found = Found(OURS)
    # What is installed is compiled; else the first count in a process would be told with the time of compiling ours.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    outcome_of(120, "fresh", model=QUICK[0], counter=OURS)
    for name in chosen(quick=quick):
        _compare(found, name, QUICK_COUNTERS if quick else tuple(COUNTERS), seconds=3 if quick else 10)
    _side_by_side(found, seconds=3 if quick else 10)
    for name in [name for name in (*MODELS, *ALONE) if not quick or name in QUICK]:
        _say(f"planning {name}")
        found.planning[name] = outcome_of(120, "planning", model=name, seconds=1 if quick else 3)
    _say("runs of pytest")
    found.suites = _suites(quick=quick)
    aims = found.aims()
    titles = {name: model.title for name, model in {**MODELS, **ALONE}.items()}
    models = {titles[name]: list(rows.values()) for name, rows in found.rows.items()}
    text = page(described(), aims, models, OURS, others(found, titles))
    if quick:
        sys.stdout.write(text)
    else:
        PAGE.write_text(text, encoding="utf-8")
    _say("done")
    return 1 if any(aim.reached is False for aim in aims) else 0


def _compare(found: Found, name: str, counters: Sequence[str], seconds: float) -> None:
    """Count one model with several counters: in a process each, then side by side those that can."""
    fresh: dict[str, Outcome] = {}
    for counter in counters:
        _say(f"{name}: {counter}")
        fresh[counter] = outcome_of(_LIMIT, "fresh", model=name, counter=counter)
    able = [counter for counter, outcome in fresh.items() if not outcome.failure]
    _say(f"{name}: side by side")
    timed = outcome_of(4 * _LIMIT, "timing", model=name, counters=able, seconds=seconds)
    found.fresh[name] = fresh
    found.rows[name] = {row.counter: row for row in rows_of(fresh, timed)}


def _side_by_side(found: Found, seconds: float) -> None:
    """Our own time at every size, and on few layers and many."""
    there = found.rows
    for group in ([f"resnet50-{size}" for size in SIZES], ["chain-100", "chain-1000"]):
        models = [name for name in group if name in there]
        if len(models) > 1:
            _say(f"ours on {', '.join(models)}")
            found.sizes.update(outcome_of(120, "ours", models=models, seconds=seconds).numbers)


def _suites(*, quick: bool) -> Suites:
    models, points = (10, 10) if quick else (10, 100)
    *empty, torch_free = empty_suite(3 if quick else 15)
    workers = ("-n", "2")
    rounds = [
        (
            plain_tests(models * points),
            declared_cases(models, points),
            plain_tests(models * points, *workers),
            declared_cases(models, points, *workers),
        )
        for _ in range(1 if quick else 3)
    ]
    plain, alone, plain_together, together = map(middle, zip(*rounds, strict=True))
    return Suites(
        empty=(empty[0], empty[1]),
        torch_free=torch_free,
        plain=plain,
        plain_together=plain_together,
        alone=alone,
        together=together,
        few=declared_cases(models, points, stub=True),
        many=declared_cases(10 * models, points, stub=True),
    )


def _say(what: str) -> None:
    sys.stderr.write(f"{perf_counter() - _START:6.0f} s  {what}\n")


if __name__ == "__main__":
    sys.exit(main())
