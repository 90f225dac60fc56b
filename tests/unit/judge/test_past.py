"""Cases beside what they were."""

from __future__ import annotations

from dataclasses import replace

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.changes import ModuleChange
from pytest_flopbudget.judge.locks import Entry, LockedModule
from pytest_flopbudget.judge.past import Compared, Comparison, Number, Past, compared, remembered
from pytest_flopbudget.judge.verdicts import Finding, ModuleRow, Verdict

NET = Verdict(
    case="net::R96",
    model="net",
    place=Place("pyproject.toml", 7),
    metrics={"macs": 120, "flops": 240, "params": 9},
    modules=(ModuleRow("", 1, 120, 0, 9, 3), ModuleRow("a", 1, 120, 0, 9, 3)),
)
THEN = Entry(
    metrics={"macs": 100, "params": 9, "io_bytes": 5},
    modules={"": LockedModule(100, 9, 3, 1), "a": LockedModule(100, 9, 3, 1)},
)


def test_a_case_that_changed() -> None:
    found = compared([NET], Past("main", {"net::R96": THEN}))
    assert found.changed == (
        Compared(NET, (Number("macs", 100, 120),), (ModuleChange("a", "grown", "macs", 100, 120),)),
    )
    assert (found.same, found.new) == ((), ())


def test_a_case_that_did_not() -> None:
    same = replace(THEN, metrics={"macs": 120}, modules={})
    assert compared([NET], Past("main", {"net::R96": same})).same == ("net::R96",)


def test_the_same_sum_in_other_modules_is_a_change() -> None:
    then = Entry(metrics={"macs": 120}, modules={"": LockedModule(120, 9, 3, 1), "a": LockedModule(100, 9, 3, 1)})
    (found,) = compared([NET], Past("main", {"net::R96": then})).changed
    assert found.numbers == ()
    assert [(each.path, each.growth) for each in found.changes] == [("a", 20), ("", -20)]


def test_counts_stand_in_the_order_of_metrics_and_what_a_later_version_counts_behind_them() -> None:
    names = ("arena_bytes@board", "joules", "activations", "params", "macs")
    before, after = (Past("v1", {"net": Entry(metrics=dict.fromkeys(names, value))}) for value in (1, 2))
    (found,) = compared(remembered(after), before).changed
    in_order = ("macs", "params", "activations", "joules", "arena_bytes@board")
    assert found.numbers == tuple(Number(name, 1, 2) for name in in_order)


def test_what_was_not_known_is_new() -> None:
    past = Past("main", {"net::R96": replace(THEN, mode="training"), "other": replace(THEN, backend="thop")})
    verdicts = [NET, replace(NET, case="other"), replace(NET, case="another")]
    assert compared(verdicts, past).new == ("net::R96", "other", "another")


def test_what_was_not_counted_now_is_left_out() -> None:
    broken = Verdict(case="net::R96", model="net", place=NET.place, findings=(Finding("error", "error", "no"),))
    found = compared([broken, replace(NET, case="another")], Past("main", {"net::R96": THEN}))
    assert (found.changed, found.same, found.new) == ((), (), ("another",))


def test_what_is_remembered_compares_as_what_is_counted() -> None:
    entry = Entry(
        metrics={"macs": 100, "arena_bytes@board": 64},
        modules={"": LockedModule(100, 10, 5, 1), "body": LockedModule(100, 10, 5, 1, "aten::linear")},
        mode="training",
    )
    (verdict,) = remembered(Past("v1", {"net::R96": entry}))

    assert (verdict.case, verdict.model, verdict.mode, verdict.metrics) == (
        "net::R96",
        "net",
        "training",
        {"macs": 100},
    )
    assert verdict.targets["board"].metrics == {"arena_bytes": 64}
    assert verdict.place == Place("", 1)
    # A lock knows nothing of other FLOPs.
    assert verdict.modules == (ModuleRow("", 1, 100, 0, 10, 5), ModuleRow("body", 1, 100, 0, 10, 5, "aten::linear"))
    assert compared([verdict], Past("v0", {"net::R96": entry})) == Comparison((), ("net::R96",), ())
