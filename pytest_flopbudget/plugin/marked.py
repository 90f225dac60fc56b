"""The hooks of tests that are marked, or ask for counts: their marks are read, and their verdicts are sent along."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from pytest_flopbudget.errors import FlopBudgetError
from pytest_flopbudget.plugin.failing import fail, inside, place_of, tell, tell_doctest, trim
from pytest_flopbudget.plugin.items import ITEMS
from pytest_flopbudget.plugin.ledger import LEDGER, Ledger
from pytest_flopbudget.plugin.marks import asked_by_marks, binding_mark, line_of
from pytest_flopbudget.plugin.options import Options
from pytest_flopbudget.plugin.properties import forget_properties
from pytest_flopbudget.plugin.sending import Post
from pytest_flopbudget.plugin.surroundings import Surroundings
from pytest_flopbudget.plugin.tables import Tables

_NOTHING = (
    "marked flop_budget, and measured nothing: count a model with the fixture, as in "
    "flop_budget(model, '1x3x224x224'), or take away the mark at {}"
)
_NO_CASE = "marked flop_cases, and takes no case: write def test_it(flop_case)"
_NOT_ENTERED = "a region was made, and nothing ran in it: write with flop_budget.region(...):"


class Marked:
    """Hooks of one run.

    Args:
        tables: The run's tables.
        options: The command line's.
        post: Sends verdicts along with reports.
    """

    def __init__(self, tables: Tables, options: Options, post: Post) -> None:
        self._post = post
        self._tables = tables
        self._options = options

    def around(self, item: pytest.Item) -> Surroundings:
        """What a test asks of its run."""
        ledger = item.stash.setdefault(LEDGER, Ledger())
        return Surroundings(item, self._tables, self._options, ledger)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Begin the account of a test, and read its marks, also where it will never measure.

        Raises:
            FlopBudgetError: A mark asks for what cannot be; that is the test's own error.
        """
        if isinstance(item, ITEMS):
            return
        item.stash[LEDGER] = Ledger()
        forget_properties(item)
        try:
            asked_by_marks(item, self._tables)
            if item.get_closest_marker("flop_cases") and "flop_case" not in getattr(item, "fixturenames", ()):
                raise FlopBudgetError(_NO_CASE)
        except FlopBudgetError as error:
            raise self.around(item).told(error) from None

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        """Note that a test's own code is through: reports of its subtests come before."""
        if (ledger := item.stash.get(LEDGER, None)) is not None:
            ledger.ran = True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Send a test's verdicts along with its report, and let that say what there is to mend."""
        ledger = item.stash.get(LEDGER, None)
        if ledger is None or isinstance(item, ITEMS):
            return (yield)
        ours = _ours(call, ledger)
        # A test case of unittest has its exception only in the report's making.
        has_line = False not in [trim(error) for error in ours]
        report = yield
        ledger.part_failed |= report.failed and not ledger.ran
        place = (item.path, line_of(item))
        lost = ledger.lost()
        if report.failed:
            _tell(call, report, ledger, None if has_line else place)
        elif report.passed and lost is not None and not hasattr(report, "wasxfail"):
            fail(report, lost, ledger.headline(lost) or "", place_of(lost) or place)
        elif why := self._missed(item, report, ledger):
            fail(report, FlopBudgetError(why), why, place)
        self._post.send(report, ledger.verdicts(call.when))
        if call.when == "teardown":
            ledger.close()
        return report

    def _missed(self, item: pytest.Item, report: pytest.TestReport, ledger: Ledger) -> str:
        """Why a test that passed is to fail: a budget that nothing is held to is worse than none."""
        if report.when != "call" or not report.passed or not ledger.ran or hasattr(report, "wasxfail"):
            return ""
        if ledger.not_entered:
            return _NOT_ENTERED
        if ledger.part_failed:
            return ""
        # A fixture's region ends after the test.
        mark = None if ledger.has_measured or ledger.in_region else binding_mark(item, self._tables)
        return "" if mark is None else _NOTHING.format(mark)


def _ours(call: pytest.CallInfo[None], ledger: Ledger) -> list[BaseException]:
    """What was raised for this test among what ended it."""
    raised = [] if call.excinfo is None else inside(call.excinfo.value)
    return [error for error in raised if ledger.headline(error) is not None]


def _tell(
    call: pytest.CallInfo[None], report: pytest.TestReport, ledger: Ledger, place: tuple[Path, int] | None
) -> None:
    ours = _ours(call, ledger)
    if call.excinfo is None or not ours:
        return
    headline = ledger.headline(ours[0]) or ""
    if ours[0] is call.excinfo.value:
        tell(call.excinfo, report, headline, place)
    else:
        tell_doctest(ours[0], report, headline)
