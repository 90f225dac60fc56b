"""How a failed case looks: its own words instead of our traceback, and one line in the short summary."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_flopbudget.errors import FlopBudgetError, FlopBudgetExceeded
from pytest_flopbudget.plugin import items
from pytest_flopbudget.plugin.items import BrokenTable, DeclaredCase


def tell(
    item: BrokenTable | DeclaredCase, excinfo: pytest.ExceptionInfo[BaseException], report: pytest.TestReport
) -> None:
    """Let a report say what a user has to mend; any other exception is our own fault and keeps its traceback."""
    if not isinstance(excinfo.value, (FlopBudgetError, FlopBudgetExceeded)):
        return
    told = excinfo.getrepr(style="value", chain=False)
    if told.reprcrash is not None:
        # One line also where CI=1 lets messages be long, and clickable where the case stands.
        told.reprcrash.message = item.headline or str(excinfo.value).partition("\n")[0]
        told.reprcrash.path = str(item.path)
        told.reprcrash.lineno = item.line
    report.longrepr = told


def begin_at_the_case(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """Cut pytest's own frames from a traceback, so that a fault of ours begins with our first line."""
    excinfo.traceback = excinfo.traceback.cut(path=Path(items.__file__))
