"""How examples are drawn: few in the gate, more where ``FLOPBUDGET_EXAMPLES`` multiplies them; in CI the same ones."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_TIMES = int(os.environ.get("FLOPBUDGET_EXAMPLES", "1"))
_BY_HYPOTHESIS = 100
_IN_CI = "CI" in os.environ


def load_profile() -> None:
    """For every test that draws: no example is timed, since what runs beside makes any slow."""
    settings.register_profile(
        "flopbudget",
        max_examples=_BY_HYPOTHESIS * _TIMES,
        deadline=None,
        derandomize=_IN_CI,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    settings.load_profile("flopbudget")


def examples(number: int, *, settled: bool = False) -> settings:
    """Draw so many examples instead; settled ones are the same in every run that does not ask for more."""
    return settings(max_examples=number * _TIMES, derandomize=_IN_CI or (settled and _TIMES == 1))
