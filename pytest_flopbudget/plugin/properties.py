"""A verdict as the properties of a test, for JUnit."""

from __future__ import annotations

import pytest

from pytest_flopbudget.judge.verdicts import Verdict

_PREFIX = "flopbudget."


def set_properties(item: pytest.Item, verdict: Verdict, label: str = "") -> None:
    """Add a verdict's status and counts: ``flopbudget.macs``, or ``flopbudget.student.macs`` with a label."""
    told: dict[str, object] = {"status": verdict.status, **verdict.metrics}
    told |= {"traced": verdict.traced, "built": verdict.built}
    told |= {f"{metric}@{name}": count for name, on in verdict.targets.items() for metric, count in on.metrics.items()}
    told["data_dependent"] = "true" if verdict.data_dependent else None
    prefix = f"{_PREFIX}{label}." if label else _PREFIX
    item.user_properties += [(prefix + name, value) for name, value in told.items() if value is not None]


def forget_properties(item: pytest.Item) -> None:
    """Take ours away: a test that is run again has the properties of its last run only."""
    item.user_properties[:] = [pair for pair in item.user_properties if not pair[0].startswith(_PREFIX)]
