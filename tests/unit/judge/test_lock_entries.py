"""What a lock is to know of a case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.by_lock import Subject, entry_of
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.on_targets import Account
from pytest_flopbudget.judge.verdicts import ModuleRow, Verdict

PLACE = Place("pyproject.toml", 2)
NET = Verdict(
    case="net::default",
    model="net",
    place=PLACE,
    metrics={"macs": 1000, "flops": 2000, "total_flops": 2100, "params": 60, "activations": 30},
    modules=(
        ModuleRow("", 1, 1000, 0, 60, 30),
        ModuleRow("a", 1, 600, 0, 40, 20),
        ModuleRow("a.b", 1, 600, 0, 40, 20),
        ModuleRow("a.b.c", 2, 500, 0, 30, 10),
    ),
)


def limit(metric: str, subject: str = "", target: str = "") -> Limit:
    return Limit(metric=metric, subject=subject, target=target, value=0, relation="lock", place=PLACE, source="lock")


@pytest.mark.parametrize(
    ("depth", "limits", "paths"),
    [
        (0, [], [""]),
        (1, [], ["", "a"]),
        (2, [], ["", "a", "a.b"]),
        (9, [], ["", "a", "a.b", "a.b.c"]),
        (0, [limit("macs", "**.c")], ["", "a.b.c"]),
    ],
)
def test_modules_are_locked_to_a_depth_and_those_that_are_named(
    depth: int, limits: list[Limit], paths: list[str]
) -> None:
    entry = entry_of(NET, Subject(limits), depth)
    assert sorted(entry.modules) == paths
    assert entry.modules[""].macs == 1000


def test_which_metrics_are_locked() -> None:
    limits = [limit("total_flops"), limit("flops"), limit("latency_us", target="board"), limit("macs", "a")]
    on_board = replace(NET, targets={"board": Account({"latency_us": 5, "weight_bytes": 64}, {})})
    assert entry_of(on_board, Subject([*limits, limit("weight_bytes", target="board")]), 0).metrics == {
        "macs": 1000,
        "params": 60,
        "activations": 30,
        "total_flops": 2100,
        "weight_bytes@board": 64,
    }
