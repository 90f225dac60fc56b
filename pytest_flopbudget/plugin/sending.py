"""Verdicts on a test's report: so they reach xdist's controller, as basic types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.entry_record import of_entry, to_entry
from pytest_flopbudget.report.record import from_record, to_record

_VERDICTS = "flopbudget"
_ENTRIES = "flopbudget_entries"


def send(report: pytest.TestReport, verdicts: Sequence[Verdict]) -> None:
    """Put verdicts on a report, and beside them what locks are to know of each."""
    if verdicts:
        vars(report)[_VERDICTS] = [to_record(verdict) for verdict in verdicts]
        vars(report)[_ENTRIES] = [None if each.entry is None else of_entry(each.entry) for each in verdicts]


def received(report: pytest.TestReport) -> Iterator[Verdict]:
    """The verdicts on a report, which pytest keeps, and which lets go of them."""
    records, entries = vars(report).pop(_VERDICTS, ()), vars(report).pop(_ENTRIES, ())
    for record, entry in zip(records, entries, strict=True):
        yield replace(from_record(record), entry=None if entry is None else to_entry(entry))
