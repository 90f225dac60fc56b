"""A verdict as the properties of a test, for JUnit."""

from __future__ import annotations

from functools import lru_cache

import pytest

from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.harmless import visible

_PREFIX = "flopbudget."


def set_properties(item: pytest.Item, verdict: Verdict, label: str = "") -> None:
    """Add a verdict's status, counts, limits and locked numbers.

    The names are ``flopbudget.macs``, ``flopbudget.limit.macs`` and ``flopbudget.locked.macs``, or with a label
    ``flopbudget.student.macs`` and so on.
    """
    told: dict[str, object] = {"status": verdict.status, "change": verdict.change, **verdict.metrics}
    told |= {"traced": verdict.traced, "built": verdict.built}
    told |= {f"{metric}@{name}": count for name, on in verdict.targets.items() for metric, count in on.metrics.items()}
    told |= {_name(check.limit): check.limit.value for check in verdict.checks}
    told |= {f"locked.{metric}": count for metric, count in verdict.locked.items()}
    told["data_dependent"] = "true" if verdict.data_dependent else None
    prefix = f"{_PREFIX}{label}." if label else _PREFIX
    # pytest makes values fit for XML, and leaves names as they are.
    item.user_properties += [(_visible(prefix + name), value) for name, value in told.items() if value is not None]


def forget_properties(item: pytest.Item) -> None:
    """Take ours away: a test that is run again has the properties of its last run only."""
    item.user_properties[:] = [pair for pair in item.user_properties if not pair[0].startswith(_PREFIX)]


# Cases have most names in common: they are made once, and kept once.
@lru_cache(maxsize=1000)
def _visible(name: str) -> str:
    return visible(name)


def _name(limit: Limit) -> str:
    """``limit.macs``, ``must_be.macs``, ``limit.arena_bytes@nucleo``, or ``limit.macs of blocks.*``."""
    subject = f" of {limit.subject}" if limit.subject else ""
    return f"{'must_be' if limit.relation == '=' else 'limit'}.{limit.name}{subject}"
