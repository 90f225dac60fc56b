"""Verdicts of a run, where a test runs again, or in several workers."""

from __future__ import annotations

import pytest

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.verdicts import Finding, Verdict
from pytest_flopbudget.plugin.kept import Kept

TEST = "pyproject.toml::net::R96"


def verdict(*, fails: bool, case: str = "net::R96") -> Verdict:
    findings = (Finding("exceeded", "error", "7 MACs > 6 MACs"),) if fails else ()
    return Verdict(case=case, model="net", place=Place("pyproject.toml", 3), findings=findings)


def report(worker: str = "", test: str = TEST) -> pytest.TestReport:
    told = pytest.TestReport(test, ("pyproject.toml", 2, "net"), {}, "passed", None, "call")
    if worker:
        # As pytest-xdist does.
        vars(told)["worker_id"] = worker
    return told


@pytest.mark.parametrize("worker", ["", "gw0"])
def test_one_that_is_run_again_has_its_last(worker: str) -> None:
    kept, other = Kept(), report(worker, "other")
    failing, passing, beside = verdict(fails=True), verdict(fails=False), verdict(fails=False, case="net::R160")
    for told, reached in ((report(worker), [failing, beside]), (other, [failing]), (report(worker), [passing])):
        kept.begin(told)
        kept.keep(told, reached)
    assert kept.by_test() == {"other": {"net::R96": failing}, TEST: {"net::R96": passing}}
    assert list(kept.by_test()) == ["other", TEST]


@pytest.mark.parametrize("fails", [(True, False), (False, True), (False, False), (True, True)])
def test_one_that_fails_in_a_worker_fails(fails: tuple[bool, bool]) -> None:
    kept = Kept()
    workers = {"gw0": verdict(fails=fails[0]), "gw1": verdict(fails=fails[1])}
    for worker in workers:
        kept.begin(report(worker))
    for worker, reached in workers.items():
        kept.keep(report(worker), [reached])
    # One that begins after the other ended takes nothing of it away.
    kept.begin(report("gw2"))
    assert {case: each.fails for case, each in kept.by_test()[TEST].items()} == {"net::R96": any(fails)}


def test_what_reached_nothing_is_not_told() -> None:
    kept = Kept()
    kept.begin(report())
    kept.keep(report(), [])
    assert kept.by_test() == {}
