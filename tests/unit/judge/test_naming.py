"""The dearest call of each module, as a line."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.measurement import Measurement, ModuleNode
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
from pytest_flopbudget.judge.naming import dearest_operators, named


def call(operator: str, module: str = "", *given: tuple[int, ...], out: object = None) -> OperatorCall:
    return OperatorCall(operator, module, {f"x{at}": TensorSpec(shape) for at, shape in enumerate(given)}, out)


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (
            call("aten::conv2d", "", (1, 64, 56, 56), (128, 64, 3, 3), (128,), out=TensorSpec((1, 128, 56, 56))),
            "aten::conv2d 1x64x56x56, 128x64x3x3 gives 1x128x56x56",
        ),
        (call("aten::dot", "", (64,), (64,), out=TensorSpec(())), "aten::dot 64, 64 gives scalar"),
        (call("aten::relu", "", (2, 8), out=(TensorSpec((2, 8)), 3)), "aten::relu 2x8 gives 2x8"),
        (
            call("aten::cat", "", *[(1, 8)] * 6, out=TensorSpec((6, 8))),
            "aten::cat 1x8, 1x8, 1x8, 1x8 and 2 more gives 6x8",
        ),
        (call("aten::cat", "", *[(1, 8)] * 5), "aten::cat 1x8, 1x8, 1x8, 1x8 and 1 more"),
        (call("aten::cat", "", *[(1, 8)] * 4), "aten::cat 1x8, 1x8, 1x8, 1x8"),
        (call("aten::linear", "", (1, 8), (4, 8), (4,)), "aten::linear 1x8, 4x8"),
        (call("shop::mix"), "shop::mix"),
    ],
)
def test_a_call_with_its_shapes(made: OperatorCall, line: str) -> None:
    assert named(made) == line


def test_tensors_in_lists_are_told() -> None:
    specs = (TensorSpec((5, 1, 8)), (TensorSpec((16, 8)), TensorSpec((16, 4)), TensorSpec((16,))))
    made = OperatorCall("aten::lstm", "", {"input": specs[0], "params": specs[1]}, TensorSpec((5, 1, 4)))
    assert named(made) == "aten::lstm 5x1x8, 16x8, 16x4 gives 5x1x4"


def measured(*calls: tuple[OperatorCall, Cost | None], thop: bool = False) -> Measurement:
    return Measurement(calls=calls, modules=(ModuleNode(""),), backend="thop" if thop else "auto")


def test_the_dearest_of_each_module_itself_by_macs_and_then_by_the_rest() -> None:
    calls = (
        (call("aten::relu", "a", (1, 8)), Cost(0, 8)),
        (call("aten::linear", "a", (1, 8), (4, 8)), Cost(32)),
        (call("aten::add", "a", (1, 4)), Cost(0, 400)),
        (call("aten::linear", "a", (1, 4), (8, 4)), Cost(32)),
        (call("aten::add", "b", (1, 4)), Cost(0, 4)),
        (call("aten::mul", "b", (1, 5)), Cost(0, 5)),
        (call("aten::view", "c", (1, 5)), Cost()),
        (call("shop::mix", "d", (1, 5)), None),
        (call("aten::neg", "e", (1,)), Cost(0, 1)),
    )
    assert dearest_operators(measured(*calls)) == {
        "a": "aten::linear 1x8, 4x8",
        "b": "aten::mul 1x5",
        "e": "aten::neg 1",
    }


def test_thops_calls_are_modules_and_have_no_shapes() -> None:
    assert dearest_operators(measured((call("torch.nn.Linear", "a"), Cost(32)), thop=True)) == {}
