"""Copies that a deployment makes: padding, another type, and integers of an exported graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.memory.planning import plan
from pytest_flopbudget.counting.operators import OperatorCall

if TYPE_CHECKING:
    from tests.unit.counting.memory.conftest import Forward

SIZES = (1, 4, 8, 8)
SIZE = 4 * 4 * 8 * 8


def test_padding_is_a_copy(forward: Callable[[], Forward]) -> None:
    net = forward()
    x = net.input(*SIZES)
    out = net.conv(x, stride=(2, 2), padding=(1, 1))
    planned = plan(net.measurement(out), Deployment(explicit_padding=True))
    assert [(each.operator, each.shape, each.kind) for each in planned.buffers] == [
        ("", (1, 4, 8, 8), "input"),
        ("pad", (1, 4, 10, 10), "copy"),
        ("aten::conv2d", (1, 4, 4, 4), "output"),
    ]
    assert planned.peak_bytes == SIZE + 4 * 4 * 10 * 10
    assert [(each.start, each.end) for each in planned.buffers] == [(0, 0), (0, 1), (1, 1)]


def test_padding_is_on_both_sides(forward: Callable[[], Forward]) -> None:
    net = forward()
    out = net.conv(net.input(*SIZES), stride=(2, 2), padding=(3, 2))
    planned = plan(net.measurement(out), Deployment(explicit_padding=True))
    assert planned.buffers[1].shape == (1, 4, 8 + 2 * 3, 8 + 2 * 2)


def test_padding_of_an_image_without_a_batch(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, out = net.input(4, 8, 8), net.new(4, 4, 4)
    given = {"stride": (2, 2), "padding": (1, 2), "groups": 1}
    net.add("conv2d", out, {"input": x, "weight": net.weight("conv.weight", 4, 4, 3, 5), "bias": None, **given})
    planned = plan(net.measurement(out), Deployment(explicit_padding=True))
    assert planned.buffers[1].shape == (4, 8 + 2 * 1, 8 + 2 * 2)


@pytest.mark.parametrize("more", [{"padding": (1, 1)}, {"stride": (2, 2)}, {"stride": (2, 2), "padding": "valid"}])
def test_no_padding_to_copy(forward: Callable[[], Forward], more: dict[str, object]) -> None:
    net = forward()
    out = net.conv(net.input(*SIZES), 4, 1, **more)
    planned = plan(net.measurement(out), Deployment(explicit_padding=True))
    assert [step.operator for step in planned.steps] == ["aten::conv2d"]


def test_inputs_and_outputs_of_another_type(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, ids = net.input(10), net.input(3, dtype="int64")
    out = net.op("mul", net.op("mul", x, ids), shape=(20,))
    planned = plan(net.measurement(out, ids), Deployment(activation_dtype="int8", io_dtype="float32"))
    assert [(each.operator, each.dtype, each.bytes, each.kind) for each in planned.buffers] == [
        ("", "float32", 40, "input"),
        ("", "int64", 24, "input"),
        ("quantise", "int8", 10, "copy"),
        ("aten::mul", "int8", 10, "activation"),
        ("aten::mul", "int8", 20, "activation"),
        ("dequantise", "float32", 80, "output"),
    ]
    assert [step.operator for step in planned.steps] == ["quantise", "aten::mul", "aten::mul", "dequantise"]
    # At the end the integers and floats of the output, and the second input, which is an output too.
    assert planned.peak_bytes == 20 + 80 + 24


def test_other_steps_stay_around_a_padded_one(forward: Callable[[], Forward]) -> None:
    net = forward()
    out = net.op("mul", net.conv(net.op("mul", net.input(*SIZES)), stride=(2, 2), padding=(1, 1)))
    planned = plan(net.measurement(out), Deployment(explicit_padding=True))
    assert [step.operator for step in planned.steps] == ["aten::mul", "pad", "aten::conv2d", "aten::mul"]


def test_each_copy_is_one_of_its_own(forward: Callable[[], Forward]) -> None:
    net = forward()
    first, second = net.input(10), net.input(10)
    outputs = net.op("mul", first), net.op("mul", second)
    planned = plan(net.measurement(*outputs), Deployment(activation_dtype="int8", io_dtype="float32"))
    assert [(each.operator, each.bytes, each.start, each.end) for each in planned.buffers] == [
        ("", 40, 0, 0),
        ("", 40, 0, 1),
        ("quantise", 10, 0, 2),
        ("quantise", 10, 1, 3),
        ("aten::mul", 10, 2, 4),
        ("aten::mul", 10, 3, 5),
        ("dequantise", 40, 4, 5),
        ("dequantise", 40, 5, 5),
    ]


def test_an_input_that_nobody_reads_is_copied_too(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, _ = net.input(10), net.input(30)
    planned = plan(net.measurement(net.op("mul", x)), Deployment(activation_dtype="int8", io_dtype="float32"))
    assert [(each.operator, each.bytes, each.start, each.end) for each in planned.buffers] == [
        ("", 40, 0, 0),
        ("", 120, 0, 1),
        ("quantise", 10, 0, 2),
        ("quantise", 30, 1, 1),
        ("aten::mul", 10, 2, 3),
        ("dequantise", 40, 3, 3),
    ]
    # While the second is copied, the copy of the first is there.
    assert planned.peak_bytes == 40 + 120 + 10


def test_the_type_that_is_there_already_needs_no_copy(forward: Callable[[], Forward]) -> None:
    net = forward()
    out = net.op("mul", net.input(10))
    assert len(plan(net.measurement(out), Deployment(io_dtype="float32")).buffers) == 2


def test_an_exported_quantized_graph_works_on_integers(forward: Callable[[], Forward]) -> None:
    net = forward()
    x = net.input(10)
    quantised, floats = net.new(10, dtype="int8"), net.new(10)
    net.call("quantize", quantised, self=x)
    net.calls[-1] = _renamed(net, "quantize_per_tensor")
    net.call("dequantize", floats, self=quantised)
    net.calls[-1] = _renamed(net, "dequantize_per_tensor")
    computed = net.op("mul", floats, shape=(20,))
    out = net.new(20, dtype="int8")
    net.call("quantize", out, self=computed)
    net.calls[-1] = _renamed(net, "quantize_per_tensor")
    planned = plan(net.measurement(out), Deployment())
    # The floats that come in, integers of them, integers that a kernel makes of these.
    assert [(each.dtype, each.bytes) for each in planned.buffers] == [("float32", 40), ("int8", 10), ("int8", 20)]
    assert planned.peak_bytes == 40 + 10


def test_scales_that_are_computed_stay_beside_the_integers(forward: Callable[[], Forward]) -> None:
    net = forward()
    x = net.input(10)
    scale, zero, quantised, floats = net.new(1), net.new(1, dtype="int64"), net.new(10, dtype="int8"), net.new(10)
    net.call("choose_qparams", (scale, zero), self=x)
    net.call("quantize", quantised, self=x, scale=scale, zero_point=zero)
    net.calls[-1] = _renamed(net, "quantize_per_tensor")
    net.call("dequantize", floats, self=quantised, scale=scale, zero_point=zero)
    net.calls[-1] = _renamed(net, "dequantize_per_tensor")
    planned = plan(net.measurement(net.op("mul", floats)), Deployment())
    assert [(each.dtype, each.bytes, each.start, each.end) for each in planned.buffers] == [
        ("float32", 40, 0, 1),
        ("float32", 4, 0, 2),
        ("int64", 8, 0, 2),
        ("int8", 10, 1, 3),
        ("float32", 40, 3, 3),
    ]
    assert planned.peak_bytes == 40 + 4 + 8 + 10


def _renamed(net: Forward, name: str) -> OperatorCall:
    return replace(net.calls[-1], operator=f"quantized_decomposed::{name}")
