"""Timing side by side: every competitor in turn, round by round, so that a machine's drift meets all alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter

FEWEST, MOST = 3, 40
# What takes so long is not noisy, and is run once only.
_LONG = 5.0


def rounds_for(seconds: float, once: float) -> int:
    """How many rounds fit into a time, at least a few; one is enough where a round takes very long.

    Args:
        seconds: The time to spend.
        once: How long one round takes, in seconds.
    """
    fewest = 1 if once > _LONG else FEWEST
    return max(fewest, min(MOST, int(seconds / once) if once else MOST))


def interleaved(
    runs: Mapping[str, Callable[[], object]], seconds: float, clock: Callable[[], float] = perf_counter
) -> dict[str, float]:
    """The median of each, in seconds, after a first run of each that is not counted.

    Args:
        runs: What is timed, by name.
        seconds: How long all rounds together should take.
        clock: Tells the time in seconds.
    """
    once = sum(_timed(run, clock) for run in runs.values())
    times: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds_for(seconds, once)):
        for name in rotated(list(runs), number):
            times[name].append(_timed(runs[name], clock))
    return {name: median(each) for name, each in times.items()}


def rotated(names: list[str], number: int) -> list[str]:
    """The names in the order of a round: each begins one in turn, so that none always comes after the same."""
    start = number % len(names) if names else 0
    return names[start:] + names[:start]


def _timed(run: Callable[[], object], clock: Callable[[], float]) -> float:
    gc.collect()
    start = clock()
    run()
    return clock() - start
