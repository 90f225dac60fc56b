"""What grew, was added and went away between a lock and now."""

from __future__ import annotations

from pytest_flopbudget.judge.changes import ModuleChange
from pytest_flopbudget.judge.locks import LockedModule
from pytest_flopbudget.judge.pairing import changes_between, locked_modules
from pytest_flopbudget.judge.verdicts import ModuleRow

Sizes = dict[str, tuple[int, int, int]]


def rows(own: Sizes, operators: dict[str, str] | None = None, calls: dict[str, int] | None = None) -> list[ModuleRow]:
    """The rows of modules whose own MACs, parameters and activations are given, the root first."""
    made = []
    for path in ("", *own):
        below = [each for at, each in own.items() if not path or f"{at}.".startswith(f"{path}.")]
        macs, params, activations = (sum(column) for column in zip(*below, strict=True))
        made.append(
            ModuleRow(path, (calls or {}).get(path, 1), macs, 0, params, activations, (operators or {}).get(path, ""))
        )
    return made


NET: Sizes = {"stem": (100, 10, 4), "body": (0, 0, 0), "body.a": (200, 20, 5), "body.b": (300, 30, 6)}


def changed(now: Sizes, depth: int = 2) -> tuple[ModuleChange, ...]:
    return changes_between(locked_modules(rows(NET), depth), rows(now), depth)


def test_nothing_changed() -> None:
    assert changed(NET) == ()


def test_without_modules_nothing_can_be_told() -> None:
    assert changes_between({}, rows(NET), 2) == ()


def test_a_layer_grew_and_no_parent_is_named_for_it() -> None:
    assert changed({**NET, "body.a": (250, 20, 7)}) == (
        ModuleChange("body.a", "grown", "macs", 200, 250),
        ModuleChange("body.a", "grown", "activations", 5, 7),
    )


def test_the_largest_growth_stands_first_and_the_largest_loss_last() -> None:
    now = {"stem": (140, 10, 4), "body": (0, 0, 0), "body.a": (180, 20, 5), "body.b": (100, 30, 6), "body.c": (9, 1, 1)}
    assert [(each.path, each.fate, each.growth) for each in changed(now) if each.metric == "macs"] == [
        ("stem", "grown", 40),
        ("body.c", "new", 9),
        ("body.a", "shrunk", -20),
        ("body.b", "shrunk", -200),
    ]


def test_new_and_removed() -> None:
    now = {path: own for path, own in NET.items() if path != "body.b"} | {"head": (70, 7, 0)}
    assert changed(now) == (
        ModuleChange("head", "new", "macs", 0, 70),
        ModuleChange("body.b", "removed", "macs", 300, 0),
        ModuleChange("head", "new", "params", 0, 7),
        ModuleChange("body.b", "removed", "params", 30, 0),
        ModuleChange("body.b", "removed", "activations", 6, 0),
    )


def test_a_block_that_moved_is_one_change_with_all_of_its_cost() -> None:
    now = {"stem": (100, 10, 4), "trunk": (0, 0, 0), "trunk.a": (200, 20, 5), "trunk.b": (300, 30, 6)}
    assert changed(now) == (
        ModuleChange("trunk", "moved", "macs", 200 + 300, 200 + 300, was="body"),
        ModuleChange("trunk", "moved", "params", 20 + 30, 20 + 30, was="body"),
        ModuleChange("trunk", "moved", "activations", 5 + 6, 5 + 6, was="body"),
    )


def test_what_moved_is_no_change_of_a_metric_that_it_has_nothing_of() -> None:
    before, after = ({**NET, name: (50, 0, 7)} for name in ("pool", "head"))
    assert changes_between(locked_modules(rows(before), 2), rows(after), 2) == (
        ModuleChange("head", "moved", "macs", 50, 50, was="pool"),
        ModuleChange("head", "moved", "activations", 7, 7, was="pool"),
    )


def test_a_layer_before_all_others_pushes_them_along() -> None:
    before: Sizes = {"0": (100, 10, 1), "1": (200, 20, 1)}
    after: Sizes = {"0": (50, 5, 1), "1": (100, 10, 1), "2": (200, 20, 1)}
    changes = changes_between(locked_modules(rows(before), 2), rows(after), 2)
    assert [(each.path, each.fate, each.growth, each.was) for each in changes if each.metric == "macs"] == [
        ("0", "new", 50, ""),
        ("1", "moved", 0, "0"),
        ("2", "moved", 0, "1"),
    ]


def test_below_the_cut_all_counts_for_the_module_at_the_cut() -> None:
    now = {**NET, "body.a": (200, 20, 5), "body.b": (310, 30, 6)}
    assert changed(now, depth=1) == (ModuleChange("body", "grown", "macs", 200 + 300, 200 + 310),)
    assert changed(now, depth=0) == (ModuleChange("", "grown", "macs", 600, 610),)


def test_a_lock_that_is_less_deep_is_compared_as_deep_as_it_is() -> None:
    lock = locked_modules(rows(NET), 1)
    assert changes_between(lock, rows({**NET, "body.b": (310, 30, 6)}), 2) == (
        ModuleChange("body", "grown", "macs", 500, 510),
    )
    deep = locked_modules(rows(NET), 2)
    assert changes_between(deep, rows({**NET, "body.b": (310, 30, 6)}), 1) == (
        ModuleChange("body", "grown", "macs", 500, 510),
    )


WAS = "aten::linear 1x8, 4x8 gives 1x4"
NOW = "aten::linear 1x8, 5x8 gives 1x5"


def test_the_operator_whose_shapes_changed_is_named() -> None:
    before = locked_modules(rows({"a": (32, 32, 4)}, {"a": WAS}), 2)
    (macs, params, activations) = changes_between(before, rows({"a": (40, 40, 5)}, {"a": NOW}), 2)
    assert macs == ModuleChange("a", "grown", "macs", 32, 40, operator=f"{NOW}, was {WAS}")
    assert params.operator == activations.operator == macs.operator


def test_a_module_that_is_called_more_often() -> None:
    before = locked_modules(rows({"a": (32, 32, 4)}, {"a": WAS}), 2)
    changes = changes_between(before, rows({"a": (64, 32, 8)}, {"a": WAS}, {"a": 2}), 2)
    assert changes[0] == ModuleChange("a", "grown", "macs", 32, 64, operator="called 2 times, was 1")


def test_of_an_unknown_operator_nothing_is_claimed() -> None:
    before = locked_modules(rows({"a": (32, 32, 4)}), 2)
    changes = changes_between(before, rows({"a": (40, 32, 4)}, {"a": NOW}), 2)
    assert changes == (ModuleChange("a", "grown", "macs", 32, 40),)


def test_new_and_removed_ones_name_their_operator() -> None:
    before = locked_modules(rows({"a": (32, 0, 0)}, {"a": WAS}), 2)
    changes = changes_between(before, rows({"b": (40, 0, 0)}, {"b": NOW}), 2)
    assert changes == (
        ModuleChange("b", "new", "macs", 0, 40, operator=NOW),
        ModuleChange("a", "removed", "macs", 32, 0, operator=WAS),
    )


def test_a_lock_keeps_the_dearest_operator_of_what_is_folded() -> None:
    own: Sizes = {"body": (1, 0, 0), "body.a": (200, 20, 5), "body.b": (300, 30, 6)}
    made = rows(own, {"body": "aten::add", "body.a": WAS, "body.b": NOW})
    assert locked_modules(made, 1) == {
        "": LockedModule(501, 50, 11, 1),
        "body": LockedModule(501, 50, 11, 1, NOW),
    }


def test_of_two_that_cost_the_same_a_lock_keeps_the_first() -> None:
    made = rows({"body": (0, 0, 0), "body.a": (200, 0, 0), "body.b": (200, 0, 0)}, {"body.a": WAS, "body.b": NOW})
    assert locked_modules(made, 1)["body"] == LockedModule(400, 0, 0, 1, WAS)


def test_a_lock_of_the_model_alone_is_compared_with_all_that_is_in_it() -> None:
    now = rows({"body": (1, 0, 0), "body.a": (200, 0, 0)}, {"body": NOW, "body.a": WAS})
    assert changes_between({"": LockedModule(150, 0, 0, 1, NOW)}, now, 2) == (
        ModuleChange("", "grown", "macs", 150, 201, operator=f"{WAS}, was {NOW}"),
    )
