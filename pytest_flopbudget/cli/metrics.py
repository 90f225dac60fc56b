"""The metrics that someone asks for, and a measurement's numbers in them."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.counting.deployment import AS_IT_IS
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.metrics import COUNTS, METRICS, known_to, unknown_of
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.finding import find_target
from pytest_flopbudget.errors import FlopBudgetError, did_you_mean, shown
from pytest_flopbudget.judge.targets import Target


def asked_metrics(names: Sequence[str]) -> tuple[str, ...]:
    """Metrics by their names, each once.

    Raises:
        AskedWrongly: There is no such metric.
    """
    for name in names:
        if name not in METRICS:
            hint = did_you_mean(name, METRICS) or f"; there is {', '.join(METRICS)}"
            raise AskedWrongly(f"{shown(name)} is no metric{hint}")
    return tuple(dict.fromkeys(names))


def asked_target(table: Table, name: str | None) -> Target | None:
    """A target by its name; None where none is asked for.

    Raises:
        AskedWrongly: There is no such target.
    """
    if name is None:
        return None
    try:
        return find_target(table, name)
    except FlopBudgetError as error:
        raise AskedWrongly(str(error)) from None


def values(measurement: Measurement, names: Sequence[str] = (), target: Target | None = None) -> dict[str, int]:
    """A measurement's numbers, by metric and in the metric's unit.

    Args:
        measurement: What was counted.
        names: The metrics; without any all that every model has, and with a target all that it gives a value.
        target: What metrics of bytes and of time depend on; None is the model as PyTorch runs it.

    Raises:
        FlopBudgetError: A metric that is asked for has no value here.
    """
    on = AS_IT_IS if target is None else target.deployment
    if not names:
        every = COUNTS if target is None else METRICS
        names = [
            name for name in every if name in known_to(measurement.backend) and not unknown_of(measurement, name, on)
        ]
    for name in names:
        if why := unknown_of(measurement, name, on):
            raise FlopBudgetError(f"{name}: {why}")
    return {name: METRICS[name].value(measurement, on) for name in names}
