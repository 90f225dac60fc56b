"""A pytest plugin of the benchmarks: what a run spends importing torch and measuring, process by process.

``BENCH_CLOCK`` names the folder for what it tells; with ``BENCH_STUB`` each case gets the first one's measurement, and
with ``BENCH_PLAIN`` there are no cases: torch is imported, and that is all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest

SPENT = {"imports": 0.0, "measured": 0.0, "cases": 0.0, "peak": 0.0}


def pytest_collection_finish() -> None:
    """Import what measuring needs, and put the clock around it."""
    start = perf_counter()
    if "BENCH_PLAIN" in os.environ:
        import torch  # noqa: F401

        SPENT["imports"] = perf_counter() - start
        return
    import pytest_flopbudget.trace.ladder  # noqa: F401
    from pytest_flopbudget import engine

    SPENT["imports"] = perf_counter() - start
    patch = pytest.MonkeyPatch()
    patch.setattr(engine, "measure", timed(engine.measure, stub="BENCH_STUB" in os.environ))


def pytest_unconfigure() -> None:
    """Tell what this process spent, and the most memory that it had."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    SPENT["peak"] = int(line.split()[1]) * 1024.0
    folder = Path(os.environ["BENCH_CLOCK"])
    (folder / f"{os.getpid()}.json").write_text(json.dumps(SPENT), encoding="utf-8")


def timed(measure: Callable[..., object], *, stub: bool) -> Callable[..., object]:
    """Measuring with a clock around it; of a stub, only the first measures."""
    kept: list[object] = []

    def run(*args: object) -> object:
        start = perf_counter()
        try:
            if not (stub and kept):
                kept[:] = [measure(*args)]
            return kept[0]
        finally:
            SPENT["measured"] += perf_counter() - start
            SPENT["cases"] += 1

    return run
