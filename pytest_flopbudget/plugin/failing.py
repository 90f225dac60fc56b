"""How a failed case looks: its own words instead of our traceback, and one line in the short summary."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import pytest

from pytest_flopbudget.errors import FlopBudgetError, FlopBudgetExceeded
from pytest_flopbudget.plugin import items

_NOT_THE_USERS = ("pytest_flopbudget", "torch")
_PYTEST = ("_pytest", "pluggy")


def tell(
    excinfo: pytest.ExceptionInfo[BaseException],
    report: pytest.TestReport,
    headline: str,
    place: tuple[Path, int] | None,
) -> None:
    """Let a report say what a user has to mend; any other exception is our own fault and keeps its traceback.

    Args:
        excinfo: What ended the test.
        report: Is changed.
        headline: What the short summary says.
        place: The file and the line, counted from 1, that stand for a traceback without a line of the user's; None
            where it has one.
    """
    if not isinstance(excinfo.value, (FlopBudgetError, FlopBudgetExceeded)):
        return
    if place is not None:
        report.longrepr = excinfo.getrepr(style="value", chain=False)
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        # One line also where CI=1 lets messages be long.
        crash.message = headline or str(excinfo.value).partition("\n")[0]
        if place is not None:
            crash.path, crash.lineno = str(place[0]), place[1]


def fail(report: pytest.TestReport, error: FlopBudgetError, place: tuple[Path, int]) -> None:
    """Let a test that passed fail."""
    try:
        raise error
    except FlopBudgetError:
        report.outcome = "failed"
        tell(pytest.ExceptionInfo.from_current(), report, str(error), place)


def trim(error: BaseException) -> bool:
    """Cut an exception's traceback behind the user's own last line; whether there is one."""
    own = [each for each in _chain(error.__traceback__) if _package(each) not in _NOT_THE_USERS]
    if not own:
        return False
    own[-1].tb_next = None
    return _package(own[-1]) not in _PYTEST


def begin_at_the_case(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """Cut pytest's own frames from a traceback, so that a fault of ours begins with our first line."""
    excinfo.traceback = excinfo.traceback.cut(path=Path(items.__file__))


def _chain(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _package(traceback: TracebackType) -> str:
    return str(traceback.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
