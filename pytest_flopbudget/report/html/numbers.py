"""Numbers as the page shows them: texts, since JavaScript's own integers end at 2**53."""

from __future__ import annotations

from functools import lru_cache

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.quantities import format_exact, format_pair, format_quantity

_MOST_PERCENT = 9999
# Most numbers of a large run are those of other cases too: its limits, and the weights of a model at all its points.
_MOST_KEPT = 2**16


def exact(value: int) -> str:
    """A number to its last digit: ``"29,720,576"``."""
    return format_exact(value)


@lru_cache(maxsize=_MOST_KEPT)
def short(value: int, metric: str) -> str:
    """A number with its unit, as people say it: ``"29.72 MMACs"``."""
    return format_quantity(value, unit_of(metric))


@lru_cache(maxsize=_MOST_KEPT)
def pair(measured: int, limit: int, metric: str) -> tuple[str, str]:
    """A count and its limit as people say them, with as many digits as keep different ones from looking alike."""
    return format_pair(measured, limit, unit_of(metric))


def unit_of(metric: str) -> str:
    """A metric's unit, as :func:`format_quantity` takes it."""
    return METRICS[metric].unit


def percent(part: int, whole: int) -> float | None:
    """A share in percent to a tenth, fit for the length of a bar, 9,999 at most; None where there is no whole."""
    return None if whole == 0 else min((2000 * part + whole) // (2 * whole), 10 * _MOST_PERCENT) / 10
