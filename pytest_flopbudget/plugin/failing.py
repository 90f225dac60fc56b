"""How a failed case looks: its own words instead of our traceback, and one line in the short summary."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

import pytest

from pytest_flopbudget.errors import FlopBudgetError, FlopBudgetExceeded
from pytest_flopbudget.plugin import declared

_NOT_THE_USERS = ("pytest_flopbudget", "torch")
_PYTEST = ("_pytest", "pluggy")
# pytest's own, of doctests that go on after a failure.
_SEVERAL = "MultipleDoctestFailures"


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


def fail(report: pytest.TestReport, error: BaseException, headline: str, place: tuple[Path, int]) -> None:
    """Let a test that passed fail."""
    try:
        raise error
    except (FlopBudgetError, FlopBudgetExceeded):
        report.outcome = "failed"
        tell(pytest.ExceptionInfo.from_current(), report, headline, place)


def place_of(error: BaseException) -> tuple[Path, int] | None:
    """The user's own last line that an exception passed; None where it passed none."""
    own = [each for each in _chain(error.__traceback__) if _package(each) not in (*_NOT_THE_USERS, *_PYTEST)]
    return (Path(own[-1].tb_frame.f_code.co_filename), own[-1].tb_lineno) if own else None


def inside(error: BaseException) -> list[BaseException]:
    """The exceptions that doctest wraps; any other is by itself."""
    doctest = sys.modules.get("doctest")
    if doctest is None:
        return [error]
    failures: Sequence[object] = getattr(error, "failures", ()) if type(error).__name__ == _SEVERAL else (error,)
    wrapped = [each.exc_info[1] for each in failures if isinstance(each, doctest.UnexpectedException)]
    return wrapped or [error]


def tell_doctest(error: BaseException, report: pytest.TestReport, headline: str) -> None:
    """Let a doctest's report have a line for the short summary; its body is doctest's own.

    Args:
        error: The exception that doctest wrapped.
        report: Is changed.
        headline: What the short summary says.
    """
    told = f"{report.longrepr}\n"
    shown = pytest.ExceptionInfo.from_exception(error).getrepr(style="native", chain=False)
    shown.reprtraceback.reprentries[0].lines = told.splitlines(keepends=True)
    if shown.reprcrash is not None:
        shown.reprcrash.message = headline
    report.longrepr = shown


def trim(error: BaseException) -> bool:
    """Cut an exception's traceback behind the user's own last line; whether there is one."""
    own = [each for each in _chain(error.__traceback__) if _package(each) not in _NOT_THE_USERS]
    if not own:
        return False
    own[-1].tb_next = None
    return _package(own[-1]) not in _PYTEST


def begin_at_the_case(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """Cut pytest's own frames from a traceback, so that a fault of ours begins with our first line."""
    excinfo.traceback = excinfo.traceback.cut(path=Path(declared.__file__))


def _chain(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _package(traceback: TracebackType) -> str:
    return str(traceback.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
