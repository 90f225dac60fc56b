from __future__ import annotations

import pytest

from pytest_flopbudget.cli.growth import steps


@pytest.mark.parametrize("power", [0.5, 1, 2, 3])
def test_a_power_law_has_no_jump(power: float) -> None:
    sizes = [10, 20, 40, 50]
    found = steps(sizes, [round(1_000_000 * size**power) for size in sizes])

    assert [step.power for step in found if step] == pytest.approx([power] * 3, abs=1e-4)
    assert [step.is_jump for step in found if step] == [False] * 3


def test_a_step_above_the_others_is_a_jump() -> None:
    # From 10 to 40 the cost goes with the square: 100 to 1600; at 20 it is 600 and not 400.
    found = steps([10, 20, 40], [100, 600, 1600])

    assert [step.is_jump for step in found if step] == [True, False]
    assert found[0] is not None
    assert found[0].excess == pytest.approx(600 / 400)


def test_a_fall_is_pointed_out() -> None:
    assert [step.is_jump for step in steps([1, 2], [5, 4]) if step] == [True]


def test_what_is_not_known() -> None:
    assert steps([1, 2, 3, 4], [None, 5, None, 0]) == [None, None, None]
    assert steps([1], [5]) == []
