"""How many examples are drawn: few in the gate, more where ``FLOPBUDGET_EXAMPLES`` multiplies them."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_TIMES = int(os.environ.get("FLOPBUDGET_EXAMPLES", "1"))


def examples(number: int) -> settings:
    """Draw so many examples, and time none of them: what runs beside makes any slow."""
    return settings(
        max_examples=number * _TIMES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
