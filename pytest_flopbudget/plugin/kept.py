"""The verdicts of one run, kept as reports bring them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from pytest_flopbudget.judge.verdicts import Verdict


def worker_of(report: pytest.TestReport) -> str:
    """Which of xdist's workers a report comes from; ``""`` where it comes from none."""
    return str(getattr(report, "worker_id", ""))


@dataclass(slots=True)
class Kept:
    """Verdicts by test and case; under ``--dist=each`` every worker reaches one of its own."""

    _by_test: dict[str, dict[str, dict[str, Verdict]]] = field(default_factory=dict)

    def begin(self, report: pytest.TestReport) -> None:
        """Let go of the verdicts of a test that begins, where that worker ran it before."""
        by_worker = self._by_test.get(report.nodeid, {})
        by_worker.pop(worker_of(report), None)
        if not by_worker:
            # One that is run again stands where its last run does.
            self._by_test.pop(report.nodeid, None)

    def keep(self, report: pytest.TestReport, verdicts: Iterable[Verdict]) -> None:
        """Keep the verdicts that a report brings, each case's last."""
        for verdict in verdicts:
            of_test = self._by_test.setdefault(report.nodeid, {})
            of_test.setdefault(worker_of(report), {})[verdict.case] = verdict

    def by_test(self) -> dict[str, dict[str, Verdict]]:
        """The verdicts of each test, by its node id and the case's; one that fails in any worker is the one told."""
        return {nodeid: _worst(by_worker.values()) for nodeid, by_worker in self._by_test.items()}


def _worst(by_case: Iterable[dict[str, Verdict]]) -> dict[str, Verdict]:
    found: dict[str, Verdict] = {}
    for verdicts in by_case:
        found |= {case: verdict for case, verdict in verdicts.items() if case not in found or verdict.fails}
    return found
