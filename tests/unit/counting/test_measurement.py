"""Measurements: totals and breakdowns of a few hand-made calls."""

from __future__ import annotations

from pytest_flopbudget.counting.marking import Formula, FormulaTable, Free
from pytest_flopbudget.counting.measurement import Measurement, ModuleNode, Trace
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
from pytest_flopbudget.counting.paths import ancestors


def call(operator: str, module: str) -> OperatorCall:
    return OperatorCall(f"shop::{operator}", module, {}, None)


MODULES = (
    ModuleNode("", calls=1, params=2),
    ModuleNode("stem", calls=1, params=30),
    ModuleNode("blocks", calls=0, params=0),
    ModuleNode("blocks.0", calls=2, params=400),
    ModuleNode("blocks.0.conv", calls=2, params=5000),
    ModuleNode("unused", calls=0, params=60000),
)

MEASUREMENT = Measurement(
    calls=(
        (call("conv", "stem"), Cost(100, 10)),
        (call("relu", "stem"), Cost(0, 5)),
        (call("conv", "blocks.0.conv"), Cost(1000, 0)),
        (call("scan", "blocks.0"), None),
        (call("conv", "blocks.0.conv"), Cost(1000, 0)),
        (call("scan", "blocks.0"), None),
        (call("scan", ""), None),
        (call("add", ""), Cost(0, 7)),
    ),
    modules=MODULES,
)


def test_totals() -> None:
    assert MEASUREMENT.macs == 100 + 1000 + 1000
    assert MEASUREMENT.flops == 2 * (100 + 1000 + 1000)
    assert MEASUREMENT.params == 2 + 30 + 400 + 5000 + 60000


def test_by_operator_in_the_order_of_their_first_call() -> None:
    assert list(MEASUREMENT.by_operator().items()) == [
        ("shop::conv", Cost(100 + 1000 + 1000, 10)),
        ("shop::relu", Cost(0, 5)),
        ("shop::scan", Cost()),
        ("shop::add", Cost(0, 7)),
    ]


def test_by_module_with_all_below_in_the_order_of_the_tree() -> None:
    assert list(MEASUREMENT.by_module().items()) == [
        ("", Cost(2100, 10 + 5 + 7)),
        ("stem", Cost(100, 10 + 5)),
        ("blocks", Cost(2000, 0)),
        ("blocks.0", Cost(2000, 0)),
        ("blocks.0.conv", Cost(2000, 0)),
        ("unused", Cost()),
    ]


def test_by_phase_in_the_order_of_a_training_step() -> None:
    out = TensorSpec((2, 3))
    step = Measurement(
        calls=(
            (OperatorCall("shop::mm", "stem", {}, out), Cost(10, 1)),
            (OperatorCall("shop::mm", "stem", {}, out, phase="recomputed"), Cost(10, 2)),
            (OperatorCall("shop::mm", "stem", {}, out, phase="backward"), Cost(20, 3)),
            (OperatorCall("shop::scan", "stem", {}, out, phase="backward"), None),
            (OperatorCall("shop::mm", "", {}, out), Cost(100)),
        ),
        modules=MODULES,
        mode="training",
    )
    assert list(step.by_phase().items()) == [
        ("forward", Cost(10 + 100, 1)),
        ("backward", Cost(20, 3)),
        ("recomputed", Cost(10, 2)),
    ]
    assert MEASUREMENT.by_phase() == {"forward": Cost(2100, 10 + 5 + 7)}
    # Gradients are no activations, and what is computed again is none either.
    assert step.activations == 2 * (2 * 3)


def test_params_by_module() -> None:
    assert MEASUREMENT.params_by_module() == {
        "": 65432,
        "stem": 30,
        "blocks": 5400,
        "blocks.0": 5400,
        "blocks.0.conv": 5000,
        "unused": 60000,
    }


def test_uncounted_by_operator_and_module() -> None:
    assert MEASUREMENT.uncounted == {("shop::scan", "blocks.0"): 2, ("shop::scan", ""): 1}


def test_a_module_outside_the_tree_still_reaches_the_root() -> None:
    measurement = Measurement(calls=((call("conv", "made.up"), Cost(3, 1)),), modules=(ModuleNode("stem"),))
    assert measurement.by_module() == {"": Cost(3, 1), "stem": Cost(), "made.up": Cost(3, 1)}


def test_nothing_was_counted() -> None:
    measurement = Measurement(calls=(), modules=(ModuleNode(""),))
    assert (measurement.macs, measurement.flops, measurement.params) == (0, 0, 0)
    assert measurement.by_module() == {"": Cost()}
    assert (measurement.by_operator(), measurement.uncounted) == ({}, {})


def test_exact_beyond_64_bits() -> None:
    calls = tuple((call("conv", "stem"), Cost(2**63 + 1, 2**64)) for _ in range(3))
    measurement = Measurement(calls=calls, modules=(ModuleNode("", params=2**64 + 1), ModuleNode("stem")))
    assert measurement.macs == 3 * 2**63 + 3
    assert measurement.flops == 6 * 2**63 + 6
    assert measurement.params == 2**64 + 1
    assert measurement.by_module()[""] == Cost(3 * 2**63 + 3, 3 * 2**64)


def test_of_a_trace() -> None:
    table = FormulaTable(
        {"shop::conv": Formula("shop::conv", lambda **_: Cost(4, 1), None, "flops.py:3")},
        {"shop::view": Free(("shop::view",), "a view")},
    )
    trace = Trace(
        calls=(call("conv", "stem"), call("view", "stem"), call("scan", "")),
        modules=MODULES,
        backend="auto",
        traced="executed",
        built="meta",
    )
    measurement = Measurement.of(trace, table)
    assert [cost for _, cost in measurement.calls] == [Cost(4, 1), Cost(), None]
    assert [counted for counted, _ in measurement.calls] == list(trace.calls)
    assert (measurement.modules, measurement.backend) == (MODULES, "auto")
    assert (measurement.traced, measurement.built) == ("executed", "meta")
    assert measurement.macs == 4


def test_ancestors() -> None:
    assert ancestors("blocks.0.conv") == ["blocks.0.conv", "blocks.0", "blocks", ""]
    assert ancestors("") == [""]
