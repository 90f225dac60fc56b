"""What one run of one test has come to: its verdicts, the names it gave them, and what was raised for them."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from pytest_flopbudget.errors import FlopBudgetError, shown
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.plugin.lost import is_lost, tasks

_UNLABELLED = "#1"


@dataclass(slots=True)
class _Reached:
    verdict: Verdict
    when: str | None = None


@dataclass(slots=True)
class _Raised:
    error: BaseException
    headline: str
    tasks: tuple[object, ...]
    is_told: bool = False


@dataclass(slots=True)
class Ledger:
    """The account of one test; a test that is run again begins a new one.

    Args:
        in_region: Whether a region is being counted.
        not_entered: How many regions were made that no ``with`` entered yet.
        ran: Whether the test's own code is through.
        part_failed: Whether a subtest failed; that is a failure of its own.
    """

    in_region: bool = False
    not_entered: int = 0
    ran: bool = False
    part_failed: bool = False
    _names: set[str] = field(default_factory=set)
    _reached: list[_Reached] = field(default_factory=list)
    _raised: list[_Raised] = field(default_factory=list)

    @property
    def has_measured(self) -> bool:
        """Whether anything was judged."""
        return bool(self._reached)

    def name(self, label: object) -> str:
        """The name of a further case: its label, or ``"#1"`` for the only one without.

        Raises:
            FlopBudgetError: The name is not one, or is taken.
        """
        if label is not None and (not isinstance(label, str) or not _is_name(label)):
            raise FlopBudgetError(
                f"label: {shown(label)} is no label: write a short text without '::', and with no '#' in front, as in "
                "label='student'"
            )
        name = _UNLABELLED if label is None else str(label)
        if name in self._names:
            again = "a second case without a label" if label is None else f"the label {name!r} is taken"
            raise FlopBudgetError(f"{again}: give each case of a test its own, as in label='student'")
        self._names.add(name)
        return name

    def keep(self, verdict: Verdict) -> None:
        """Keep a verdict for the report of the phase in which it was reached."""
        self._reached.append(_Reached(verdict))

    def verdicts(self, when: str) -> list[Verdict]:
        """The verdicts reached in a phase; a subtest's report, too, comes while its phase still runs."""
        for each in self._reached:
            each.when = each.when or when
        return [each.verdict for each in self._reached if each.when == when]

    def raised(self, error: BaseException, headline: str) -> None:
        """Note what a test is about to be told, and its one line for the short summary."""
        self._raised.append(_Raised(error, headline, tasks()))

    def headline(self, error: BaseException) -> str | None:
        """The one line of an exception that was raised for this test; None for any other."""
        return next((each.headline for each in self._raised if each.error is error), None)

    def lost(self) -> BaseException | None:
        """The first exception that was raised for this test and never reached it, of those that are lost since."""
        found = [each for each in self._raised if not each.is_told and is_lost(each.error, each.tasks)]
        for each in found:
            each.is_told = True
        return found[0].error if found else None

    def close(self) -> None:
        """Let go of what was raised: exceptions hold the frames that they passed, tasks their loops."""
        self._raised.clear()


LEDGER = pytest.StashKey[Ledger]()


def _is_name(label: str) -> bool:
    return bool(label.strip()) and label.isprintable() and not label.startswith("#") and "::" not in label
