"""A JSON report read back, with a clear error for one that is damaged."""

from __future__ import annotations

import json
from typing import TypeGuard

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.errors import FlopBudgetError, shown
from pytest_flopbudget.report.json_report import SCHEMA_VERSION, Report, ReportedCase
from pytest_flopbudget.report.matching import mismatch


def read_report(text: str, called: str) -> tuple[ReportedCase, ...]:
    """The cases of a report, for numbers to be compared with.

    Args:
        text: All of it.
        called: What it is, as messages call it: a file, or a file at a revision.

    Raises:
        FlopBudgetError: It is damaged, is no report, or was written by a version whose numbers cannot be compared.
    """
    try:
        data: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise FlopBudgetError(f"{called}:{error.lineno}: it is damaged: {error.msg}") from None
    except RecursionError:
        raise FlopBudgetError(f"{called}: it is damaged: it is nested too deeply") from None
    except ValueError as error:
        raise FlopBudgetError(f"{called}: it is damaged: {error}") from None
    _refuse_others(data, called)
    if not _is_report(data):
        raise FlopBudgetError(f"{called}: it is damaged: {mismatch(data, Report)}")
    return tuple(data["cases"])


def _refuse_others(data: object, called: str) -> None:
    """Refuse what has another form, or other conventions, before anything in it is looked at."""
    for key, known in (("schema_version", SCHEMA_VERSION), ("conventions", CONVENTIONS)):
        found = data.get(key) if isinstance(data, dict) else None
        if type(found) is not int:
            raise FlopBudgetError(f"{called}: it is no report of pytest-flopbudget: it has no {key}")
        if found != known:
            raise FlopBudgetError(
                f"{called}: it has {key} {shown(found)}, and this version of pytest-flopbudget {known}: "
                "write the report anew with this version"
            )


def _is_report(data: object) -> TypeGuard[Report]:
    return not mismatch(data, Report)
