"""A kept report as an earlier state."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_flopbudget.errors import LockError
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.json_report import json_report
from pytest_flopbudget.report.past_report import past_report
from pytest_flopbudget.report.results import Reached, Results, results


def test_what_it_knows(full: Verdict, run_of: Callable[..., Results]) -> None:
    past = past_report(json_report(run_of(full)), "old.json").of("pyproject.toml", alone=True)
    entry = past.entries[full.case]
    assert (past.called, past.notes) == ("old.json", ())
    assert entry.metrics["macs"] == full.metrics["macs"]
    assert entry.metrics["arena_bytes@nucleo"] == full.targets["nucleo"].metrics["arena_bytes"]
    assert not [name for name in entry.metrics if name.startswith("flops")]
    assert past.limits == {full.case: tuple(check.limit for check in full.checks)}


def test_the_same_case_of_two_tables(full: Verdict) -> None:
    other = replace(full, metrics={**full.metrics, "macs": 7})
    kept = past_report(json_report(results([Reached("a/p.toml", full), Reached("b/p.toml", other)])), "old.json")

    def macs(table: str, *, alone: bool) -> list[int]:
        return [entry.metrics["macs"] for entry in kept.of(table, alone=alone).entries.values()]

    for alone in (True, False):
        assert macs("a/p.toml", alone=alone) == [full.metrics["macs"]]
        assert macs("b/p.toml", alone=alone) == [7]
        assert macs("p.toml", alone=alone) == []


def test_a_table_that_was_called_otherwise(full: Verdict) -> None:
    kept = past_report(json_report(results([Reached("a/p.toml", full)])), "old.json")
    assert list(kept.of("p.toml", alone=True).entries) == [full.case]
    # One of several may be another that has such a case.
    assert list(kept.of("p.toml", alone=False).entries) == []


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (["metrics", "macs"], "many", "cases[0].metrics['macs']: 'many' stands where a whole number was expected"),
        (["modules", 0, "path"], None, "cases[0].modules[0].path: null stands where a text was expected"),
        (["modules", 0, "macs"], [], "cases[0].modules[0].macs: a list stands where a whole number was expected"),
        (["limits", 0, "share"], "half", "ValueError: Invalid literal for Fraction: 'half'"),
        (["limits", 0, "share"], "1/0", "ZeroDivisionError: Fraction(1, 0)"),
    ],
)
def test_a_damaged_one(
    full: Verdict,
    run_of: Callable[..., Results],
    with_value: Callable[..., object],
    keys: list[str | int],
    value: object,
    message: str,
) -> None:
    data = with_value(json_report(run_of(full)), ["cases", 0, *keys], value)
    with pytest.raises(LockError) as caught:
        past_report(json.dumps(data), "old.json")
    assert str(caught.value) == f"old.json: it is damaged: {message}"
