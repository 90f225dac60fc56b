"""A JSON report as an earlier state of its cases."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.errors import LockError
from pytest_flopbudget.judge.locks import Entry
from pytest_flopbudget.judge.pairing import locked_modules
from pytest_flopbudget.judge.past import EVERY_DEPTH, Past
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.record import from_record


def past_of_report(text: str, called: str) -> Past:
    """What a report knows of its cases: counts, modules at every depth, and limits.

    Raises:
        LockError: It is damaged, or its numbers follow other conventions.
    """
    try:
        data = json.loads(text)
        conventions = data.get("conventions")
        verdicts = [from_record(record) for record in data["cases"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LockError(f"{called}: it is no report of this version: {type(error).__name__}: {error}") from None
    if conventions != CONVENTIONS:
        raise LockError(f"{called}: its numbers follow conventions {conventions}, and those of now {CONVENTIONS}")
    counted = [verdict for verdict in verdicts if verdict.metrics or verdict.targets]
    return Past(
        called=called,
        entries={verdict.case: _entry(verdict) for verdict in counted},
        limits={verdict.case: tuple(check.limit for check in verdict.checks) for verdict in verdicts},
    )


def _entry(verdict: Verdict) -> Entry:
    return Entry(
        metrics=_metrics(verdict),
        modules=locked_modules(verdict.modules, EVERY_DEPTH),
        backend="thop" if verdict.backend == "thop" else "auto",
        mode=verdict.mode,
    )


def _metrics(verdict: Verdict) -> Mapping[str, int]:
    """The case's own metrics, but for what is twice another, and those of its targets."""
    own = {name: value for name, value in verdict.metrics.items() if name != "flops"}
    of_targets = {
        f"{name}@{target}": value
        for target, account in verdict.targets.items()
        for name, value in account.metrics.items()
        if name != "flops"
    }
    return {**own, **of_targets}
