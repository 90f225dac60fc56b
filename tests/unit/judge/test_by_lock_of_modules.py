"""Which limits are on modules by the lock, and which modules they are on."""

from __future__ import annotations

from dataclasses import replace

from locked_net import AS_LOCKED, NET, PLACE, limit, terms, told
from pytest_flopbudget.judge.by_lock import Subject, Terms, by_lock, entry_of
from pytest_flopbudget.judge.locks import LockedModule
from pytest_flopbudget.judge.verdicts import ModuleRow


def test_a_number_for_a_module_asks_nothing_of_the_lock() -> None:
    without = replace(AS_LOCKED, modules={})
    number = replace(limit("macs", "a"), relation="<=", value=600)
    assert told(by_lock(NET, Subject([number]), terms(without))) == []


def test_in_a_region_a_class_stands_for_all_models_of_it() -> None:
    rows = (ModuleRow("", 1, 9, 0, 0, 0), ModuleRow("Net", 1, 4, 0, 0, 0), ModuleRow("Net#2", 1, 5, 0, 0, 0))
    locked = {row.path: LockedModule(4, 0, 0, 1) for row in rows}
    by_class, entry = Subject([limit("macs", "Net")]), replace(AS_LOCKED, modules=locked)
    region = replace(NET, kind="region", modules=rows)
    grown = [("grown", "error", "Net#2: 5 MACs > 4 MACs locked (+25%)")]
    assert told(by_lock(region, by_class, terms(entry))) == grown
    # Elsewhere a module may be called so.
    assert told(by_lock(replace(region, kind="test"), by_class, terms(entry))) == []


def test_of_no_depth_only_what_is_named_is_locked() -> None:
    assert list(entry_of(NET, Subject(), 0).modules) == [""]
    assert list(entry_of(NET, Subject([limit("macs", "a.b")]), 0).modules) == ["a.b", ""]


def test_a_lock_is_held_against_unless_it_is_renewed() -> None:
    assert told(by_lock(NET, Subject(), Terms(lock=None, called="x.json", place=PLACE))) == [
        ("unlocked", "warn", "not in x.json: pytest --flopbudget-update takes it in")
    ]
