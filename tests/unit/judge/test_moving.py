"""Which modules only moved."""

from __future__ import annotations

import pytest

from pytest_flopbudget.judge.moving import Own, is_below, moved

Tree = dict[str, Own]


def own(macs: int, operator: str = "") -> Own:
    return Own(macs, macs // 10, 1, 1, operator)


def block(path: str, *macs: int) -> Tree:
    """A block that costs nothing by itself, with a layer for each number."""
    return {path: Own(0, 0, 0, 1), **{f"{path}.conv{at}": own(each) for at, each in enumerate(macs)}}


ROOT = {"": Own(0, 0, 0, 1)}


def children(*macs: int) -> Tree:
    return ROOT | {str(at): own(each) for at, each in enumerate(macs)}


@pytest.mark.parametrize(
    ("before", "after", "homes"),
    [
        (ROOT | {"a": own(10)}, ROOT | {"b": own(10)}, {"b": "a"}),
        (ROOT | {"a": own(10)}, ROOT | {"b": own(11)}, {}),
        (ROOT | {"a": own(10)}, ROOT | {"a": own(11)}, {}),
        # What has no cost has nothing to be known by.
        (ROOT | {"a": Own(0, 0, 0, 1)}, ROOT | {"b": Own(0, 0, 0, 1)}, {}),
        (ROOT | {"a": Own(0, 5, 0, 1)}, ROOT | {"b": Own(0, 5, 0, 1)}, {"b": "a"}),
        (ROOT | {"a": Own(0, 0, 5, 1)}, ROOT | {"b": Own(0, 0, 5, 1)}, {"b": "a"}),
        # What kept its path stayed there, whatever it costs now.
        (ROOT | {"a": own(10), "b": own(20)}, ROOT | {"a": own(20)}, {}),
        (ROOT | {"a": own(10)}, ROOT | {"a": own(20), "b": own(10)}, {}),
        # A block as a whole, though its layers cost the same among each other.
        (
            ROOT | block("layer", 10, 10),
            ROOT | block("stage", 10, 10),
            {"stage": "layer", "stage.conv0": "layer.conv0", "stage.conv1": "layer.conv1"},
        ),
        # Two blocks that cost the same: which is which?
        (ROOT | block("a", 10) | block("b", 10), ROOT | block("x", 10) | block("y", 10), {}),
        # One that was copied: either may be the first.
        (ROOT | {"a": own(10)}, ROOT | {"b": own(10), "c": own(10)}, {}),
        # Their own names tell them apart.
        (
            ROOT | {"old.q": own(10), "old.k": own(10)},
            ROOT | {"new.q": own(10), "new.k": own(10)},
            {"new.q": "old.q", "new.k": "old.k"},
        ),
        # One that kept its own name is found by that, with all below it, though these would be found as well.
        (
            ROOT | block("old.q", 10, 20),
            ROOT | block("new.q", 10, 20),
            {"new.q": "old.q", "new.q.conv0": "old.q.conv0", "new.q.conv1": "old.q.conv1"},
        ),
        # A container that is there on one side alone has nothing that was pushed along.
        (ROOT | {"a.0": own(10)}, ROOT | {"b.0": own(10)}, {"b.0": "a.0"}),
        # What is inside of two blocks costs the same: it is known once the one of them is found.
        (
            ROOT | block("p", 10) | block("q", 10, 20),
            ROOT | block("x", 10) | block("y", 10, 21),
            {"x": "p", "x.conv0": "p.conv0", "y.conv0": "q.conv0"},
        ),
        # A block that grew is another, and what did not grow in it moved.
        (ROOT | block("layer", 10, 20), ROOT | block("stage", 10, 21), {"stage.conv0": "layer.conv0"}),
    ],
)
def test_renamed(before: Tree, after: Tree, homes: dict[str, str]) -> None:
    assert moved(before, after) == homes


@pytest.mark.parametrize(
    ("before", "after", "homes"),
    [
        (children(10, 20), children(5, 10, 20), {"1": "0", "2": "1"}),
        (children(10, 20, 30), children(10, 30), {"1": "2"}),
        (children(10, 20, 30), children(20, 30), {"0": "1", "1": "2"}),
        (children(10, 10, 20), children(10, 10, 10, 20), {"3": "2"}),
        # One more at the end: all others stay where they are.
        (children(10, 20), children(10, 20, 30), {}),
        # Wider by one layer's worth everywhere: by its cost the first could be the second of before, and is not.
        (children(10, 20, 30), children(20, 30, 40), {}),
        # One more in a gap: those that were there stay where they are.
        (ROOT | {"0": own(10), "2": own(20)}, ROOT | {"0": own(10), "1": own(20), "2": own(20)}, {}),
        # Each container by itself.
        (
            ROOT | {"a.0": own(10), "a.1": own(11), "b.0": own(20)},
            ROOT | {"a.0": own(10), "a.1": own(11), "a.2": own(12), "b.0": own(5), "b.1": own(20)},
            {"b.1": "b.0"},
        ),
        # One more, and another that changed: nothing is certain.
        (children(10, 20), children(5, 10, 21), {}),
    ],
)
def test_pushed_along(before: Tree, after: Tree, homes: dict[str, str]) -> None:
    assert moved(before, after) == homes


def test_eleven_layers_are_in_the_order_of_their_numbers() -> None:
    before, after = children(*range(10, 21)), children(5, *range(10, 21))
    assert moved(before, after) == {str(at + 1): str(at) for at in range(11)}


def test_what_is_inside_goes_along() -> None:
    before, after = ROOT | block("0", 10) | block("1", 20), ROOT | block("0", 5) | block("1", 10) | block("2", 20)
    assert moved(before, after) == {"1": "0", "1.conv0": "0.conv0", "2": "1", "2.conv0": "1.conv0"}


def test_operators_tell_modules_apart_where_they_are_known() -> None:
    before = ROOT | {"a": own(10, "aten::linear 1x2, 5x2"), "b": own(10, "aten::linear 1x5, 2x5")}
    after = ROOT | {"x": own(10, "aten::linear 1x2, 5x2"), "y": own(10, "aten::linear 1x5, 2x5")}
    assert moved(before, after) == {"x": "a", "y": "b"}
    assert moved(ROOT | {"a": own(10)}, ROOT | {"x": own(10, "aten::linear 1x2, 5x2")}) == {"x": "a"}
    assert moved(before, ROOT | {"x": own(10, "aten::linear 1x1, 10x1")}) == {}


@pytest.mark.parametrize(
    ("path", "above", "below"),
    [("a.b", "a", True), ("a", "", True), ("ab", "a", False), ("a", "a", False), ("", "", False)],
)
def test_below(path: str, above: str, below: bool) -> None:
    assert is_below(path, above) is below


def test_no_module_of_before_is_two_of_now() -> None:
    # The last of a container took the place of the first, and a layer that costs the same is new elsewhere.
    before = ROOT | {"x": Own(0, 0, 0, 1), "x.0": own(60), "x.3": own(10)}
    after = ROOT | {"x": Own(0, 0, 0, 1), "x.0": own(10), "y": own(10)}
    assert moved(before, after) == {"x.0": "x.3"}


def test_what_is_inside_of_one_that_was_pushed_along_went_with_it() -> None:
    before = ROOT | {"0": Own(0, 0, 0, 1), "0.0": own(10), "1": own(30)}
    after = ROOT | {"0": Own(0, 0, 0, 1), "0.0": own(20), "0.1": own(10), "1": Own(0, 0, 0, 1), "1.0": own(10)}
    assert moved(before, after | {"2": own(30)}) == {"1": "0", "1.0": "0.0", "2": "1"}
    # And what is beside it was pushed along by itself.
    before |= {"z.0": own(70)}
    after |= {"2": own(30), "z.0": own(60), "z.1": own(70)}
    assert moved(before, after) == {"1": "0", "1.0": "0.0", "2": "1", "z.1": "z.0"}
