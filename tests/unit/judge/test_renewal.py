"""What becomes of a lock, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.judge.locks import Entry, Lock, LockedModule
from pytest_flopbudget.judge.renewal import Renewal, renewal

NET = Entry(metrics={"macs": 1000, "params": 60})
DEARER = Entry(metrics={"macs": 1250, "params": 60})


def test_a_first_lock() -> None:
    assert renewal(None, {"b": NET, "a": NET}) == Renewal(Lock({"b": NET, "a": NET}), ("a: new", "b: new"))


def test_what_was_not_counted_stays() -> None:
    assert renewal(Lock({"a": NET, "b": NET}), {"a": DEARER}) == Renewal(
        Lock({"a": DEARER, "b": NET}), ("a: 1.25 kMACs, locked 1 kMACs (+25%)",)
    )


def test_nothing_changes() -> None:
    lock = Lock({"a": NET, "b": NET})
    assert renewal(lock, {"a": NET}) == Renewal(lock)


def test_what_changes_of_an_entry() -> None:
    before = Entry(metrics={"macs": 1000, "params": 60, "total_flops": 5, "arena_bytes@board": 2048})
    after = replace(before, metrics={"macs": 1000, "params": 61, "weight_bytes": 7, "arena_bytes@board": 1024})
    with_modules = replace(NET, modules={"": LockedModule(1000, 60, 0, 1)})
    lock = Lock({"a": before, "b": NET, "c": NET, "d": NET})
    found = renewal(
        lock, {"a": after, "b": replace(NET, backend="thop"), "c": replace(DEARER, mode="training"), "d": with_modules}
    )
    assert found.told == (
        (
            "a: 1 KiB (arena), locked 2 KiB (-50%) on board; 61 params, locked 60 params (+1.7%); total_flops is no "
            "longer locked; weight_bytes is new"
        ),
        "b: backend thop, before auto",
        "c: mode training, before inference; 1.25 kMACs, locked 1 kMACs (+25%)",
        "d: its modules alone",
    )


def test_pruning() -> None:
    found = renewal(Lock({"a": NET, "old": NET}), {"a": NET}, ["old"])
    assert found == Renewal(Lock({"a": NET}), ("old: taken out",))


def test_other_conventions() -> None:
    lock = Lock({"a": NET, "b": NET, "old": NET}, conventions=CONVENTIONS - 1)
    told = f"counted by conventions {CONVENTIONS}, before by {CONVENTIONS - 1}"
    assert renewal(lock, {"a": NET}).not_renewed == ("b", "old")
    assert renewal(lock, {"a": NET, "b": NET, "c": NET}, ["old"]) == Renewal(
        Lock({"a": NET, "b": NET, "c": NET}), (told, "c: new", "old: taken out")
    )
    assert renewal(lock, {"a": NET, "b": NET}, ["old"]) == Renewal(Lock({"a": NET, "b": NET}), (told, "old: taken out"))
