"""What is known of an operator that nothing could count."""

from __future__ import annotations

from judged_cases import call
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec
from pytest_flopbudget.judge.uncounted import uncounted_operators
from pytest_flopbudget.judge.verdicts import UncountedOperator


def test_its_first_call_is_the_example() -> None:
    specs = TensorSpec((2, 3)), TensorSpec(())
    split = OperatorCall("shop::split", "a", {"x": specs[0], "parts": (specs[1], 4), "by": 2}, (specs[0], (specs[1],)))
    again = OperatorCall("shop::split", "a", {"x": TensorSpec((9, 9))}, None)
    silent = OperatorCall("shop::log", "b", {}, None)
    calls = tuple((each, None) for each in (split, again, silent, call("shop::mix", "b")))

    assert uncounted_operators(Measurement(calls=calls, modules=())) == (
        UncountedOperator("shop::split", "a", 2, ("x",), 2, "x 2x3, parts [scalar] gives [2x3, [scalar]]"),
        UncountedOperator("shop::log", "b", 1),
        UncountedOperator("shop::mix", "b", 1, ("x",), 1, "x 1x4 gives 1x4"),
    )
