"""Verdicts on a test's report: so they reach xdist's controller, as basic types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from weakref import ref

import pytest

from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.entry_record import EntryRecord, of_entry, to_entry
from pytest_flopbudget.report.record import CaseRecord, from_record, to_record

_VERDICTS = "flopbudget"
_ENTRIES = "flopbudget_entries"
_TOLD = "flopbudget_told"


@dataclass(frozen=True, slots=True)
class Post:
    """Sends the verdicts of one run, and receives them: in one process, as the very same objects."""

    # By the identity of a report: some, as a subtest's, have no hash. A report that is gone takes its verdicts with it.
    _here: dict[int, tuple[ref[pytest.TestReport], Sequence[Verdict]]] = field(default_factory=dict)

    def send(self, report: pytest.TestReport, verdicts: Sequence[Verdict]) -> None:
        """Put verdicts on a report, and beside them what locks are to know of each."""
        if verdicts:
            here = id(report)
            self._here[here] = ref(report, lambda _: self._here.pop(here, None)), verdicts
            vars(report)[_VERDICTS] = [to_record(verdict) for verdict in verdicts]
            vars(report)[_ENTRIES] = [None if each.entry is None else of_entry(each.entry) for each in verdicts]

    def received(self, report: pytest.TestReport) -> Sequence[Verdict]:
        """The verdicts on a report, which pytest keeps, and which lets go of them."""
        records, entries = vars(report).pop(_VERDICTS, ()), vars(report).pop(_ENTRIES, ())
        _, verdicts = self._here.pop(id(report), (None, None))
        return tuple(_read(records, entries)) if verdicts is None else verdicts


def is_told_again(report: pytest.TestReport) -> bool:
    """Whether a report was told before: some plugins tell a test's reports once more, and its verdicts are kept."""
    was_told = _TOLD in vars(report)
    vars(report)[_TOLD] = True
    return was_told


def _read(records: Sequence[CaseRecord], entries: Sequence[EntryRecord | None]) -> Iterator[Verdict]:
    for record, entry in zip(records, entries, strict=True):
        yield replace(from_record(record), entry=None if entry is None else to_entry(entry))
