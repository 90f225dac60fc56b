"""What a report says of a failure, where pytest has less to show than usual."""

from __future__ import annotations

import doctest

import pytest

from pytest_flopbudget.errors import FlopBudgetError
from pytest_flopbudget.plugin.failing import inside, place_of, tell, tell_doctest, trim


def report(longrepr: str) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid="test_it.py::test_it",
        location=("test_it.py", 0, "test_it"),
        keywords={},
        outcome="failed",
        longrepr=longrepr,
        when="call",
    )


def raised() -> pytest.ExceptionInfo[FlopBudgetError]:
    with pytest.raises(FlopBudgetError) as caught:
        raise FlopBudgetError("too many")
    return caught


def test_a_text_stays_as_it_is_where_a_line_of_the_users_stands_for_it() -> None:
    told = report("as another plugin tells it")
    tell(raised(), told, "too many", None)
    assert told.longrepr == "as another plugin tells it"


def test_a_doctest_keeps_its_body_though_all_frames_of_its_failure_are_hidden() -> None:
    def hidden() -> None:
        __tracebackhide__ = True
        raise FlopBudgetError("too many")

    with pytest.raises(FlopBudgetError) as caught:
        hidden()
    behind = caught.value.__traceback__
    assert behind is not None
    told = report("001 >>> net()")
    tell_doctest(caught.value.with_traceback(behind.tb_next), told, "too many")
    assert str(told.longrepr) == "001 >>> net()"


def test_an_exception_that_passed_no_line_of_the_user() -> None:
    error = FlopBudgetError("too many")
    assert not trim(error)
    assert place_of(error) is None
    assert inside(error) == [error]


def test_an_exception_is_cut_behind_the_users_last_line() -> None:
    error = raised().value
    assert trim(error)
    assert error.__traceback__ is not None


def test_what_a_doctest_wraps() -> None:
    info = raised()
    test = doctest.DocTest([], {}, "net", None, None, None)
    example = doctest.Example("net()", "")
    wrapped = doctest.UnexpectedException(test, example, (info.type, info.value, info.tb))
    assert inside(wrapped) == [info.value]
