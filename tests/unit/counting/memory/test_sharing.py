"""What a deployment computes together, and what it writes over its input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_flopbudget.counting.deployment import Deployment, Fusion
from pytest_flopbudget.counting.memory.planning import plan
from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec

if TYPE_CHECKING:
    from tests.unit.counting.memory.conftest import Forward

FUSIONS: tuple[Fusion, ...] = ("none", "conv-bn", "conv-bn-act")
SIZES = (1, 4, 8, 8)
SIZE = 4 * 4 * 8 * 8
Made = Callable[["Forward", TensorSpec], TensorSpec]


def conv(net: Forward, x: TensorSpec, channels: int = 4, groups: int = 1, **more: object) -> TensorSpec:
    weight = net.weight(f"conv{len(net.calls)}.weight", channels, x.shape[1] // groups, 1, 1)
    given = {"stride": (1, 1), "padding": (0, 0), "groups": groups} | more
    size = x.shape[2] // 2 if given["stride"] == (2, 2) else x.shape[2]
    out = net.new(1, channels, size, size)
    net.add("conv2d", out, {"input": x, "weight": weight, "bias": None, **given})
    return out


def norm(net: Forward, x: TensorSpec, *, training: bool = False) -> TensorSpec:
    out, names = net.new(*x.shape), ("weight", "bias", "running_mean", "running_var")
    held = {name: net.weight(f"norm{len(net.calls)}.{name}", x.shape[1]) for name in names}
    net.add("batch_norm", out, {"input": x, "training": training, **held})
    return out


def linear(net: Forward, x: TensorSpec) -> TensorSpec:
    out = net.new(*x.shape)
    net.call("linear", out, input=x, weight=net.weight("linear.weight", 8, 8), bias=None)
    return out


def relu(net: Forward, x: TensorSpec) -> TensorSpec:
    return net.op("relu", x)


def relu_in_place(net: Forward, x: TensorSpec) -> TensorSpec:
    net.call("relu_", x, self=x, writes=[x])
    return x


def sums(net: Forward, x: TensorSpec) -> TensorSpec:
    return net.op("add", x, x)


def bounded_by_a_tensor(net: Forward, x: TensorSpec) -> TensorSpec:
    return net.op("clamp", x, net.weight("most", 1))


def in_training(net: Forward, x: TensorSpec) -> TensorSpec:
    return norm(net, x, training=True)


@pytest.mark.parametrize(
    ("layers", "buffers"),
    [
        # How many buffers beside the input: without fusion, with norms folded, with activations too.
        ([conv, norm], (2, 1, 1)),
        ([conv, norm, relu], (3, 2, 1)),
        ([conv, relu], (2, 2, 1)),
        ([conv, norm, relu_in_place], (2, 1, 1)),
        ([linear, norm, relu], (3, 2, 1)),
        ([sums, relu], (2, 2, 1)),
        ([norm, relu], (2, 2, 1)),
        ([relu, norm], (2, 2, 2)),
        ([conv, relu, norm], (3, 3, 2)),
        ([conv, relu_in_place, norm], (2, 2, 2)),
        ([conv, in_training], (2, 2, 2)),
        ([conv, bounded_by_a_tensor], (2, 2, 2)),
        ([conv, relu, relu], (3, 3, 2)),
    ],
)
def test_what_is_fused(forward: Callable[[], Forward], layers: list[Made], buffers: tuple[int, ...]) -> None:
    net = forward()
    x = net.input(*SIZES)
    for layer in layers:
        x = layer(net, x)
    measurement = net.measurement(x)
    assert tuple(len(plan(measurement, Deployment(fusion=fusion)).buffers) - 1 for fusion in FUSIONS) == buffers


def test_what_somebody_else_reads_is_not_fused(forward: Callable[[], Forward]) -> None:
    net = forward()
    before = conv(net, net.input(*SIZES))
    after = relu(net, norm(net, before))
    out = net.op("add", before, after)
    planned = plan(net.measurement(out), Deployment(fusion="conv-bn-act"))
    # The convolution's result stays for the sum; norm and activation are one.
    assert [buffer.kind for buffer in planned.buffers] == ["input", "activation", "activation", "output"]
    assert planned.peak_bytes == 3 * SIZE


def test_what_somebody_else_read_before_is_not_fused(forward: Callable[[], Forward]) -> None:
    net = forward()
    before = conv(net, net.input(*SIZES))
    doubled = net.op("add", before, before)
    out = net.op("mul", relu(net, before), doubled)
    planned = plan(net.measurement(out), Deployment(fusion="conv-bn-act"))
    assert [buffer.operator for buffer in planned.buffers] == [
        "",
        "aten::conv2d",
        "aten::add",
        "aten::relu",
        "aten::mul",
    ]


def test_an_activation_behind_a_sum_in_place_is_fused(forward: Callable[[], Forward]) -> None:
    net = forward()
    x = net.input(*SIZES)
    before = conv(net, x)
    net.call("add_", before, self=before, other=x, writes=[before])
    planned = plan(net.measurement(relu(net, before)), Deployment(fusion="conv-bn-act"))
    # The input beside what is convolved, summed and bounded in one place.
    assert [buffer.operator for buffer in planned.buffers] == ["", "aten::conv2d"]
    assert planned.peak_bytes == 2 * SIZE


def test_a_norm_that_puts_out_its_statistics_is_fused(forward: Callable[[], Forward]) -> None:
    net = forward()
    before = conv(net, net.input(*SIZES))
    out, mean, scale = net.new(*SIZES), net.new(0), net.new(0)
    net.call("_native_batch_norm_legit_no_training", (out, mean, scale), input=before)
    planned = plan(net.measurement(out), Deployment(fusion="conv-bn"))
    assert [buffer.operator for buffer in planned.buffers] == ["", "aten::conv2d"]


def test_an_output_of_the_model_is_not_fused(forward: Callable[[], Forward]) -> None:
    net = forward()
    before = conv(net, net.input(*SIZES))
    after = relu(net, before)
    assert len(plan(net.measurement(before, after), Deployment(fusion="conv-bn-act")).buffers) == 3


def depthwise(net: Forward, x: TensorSpec) -> TensorSpec:
    return conv(net, x, groups=4)


def strided(net: Forward, x: TensorSpec) -> TensorSpec:
    return conv(net, x, groups=4, stride=(2, 2))


def widened(net: Forward, x: TensorSpec) -> TensorSpec:
    return conv(net, x, 8, groups=4)


@pytest.mark.parametrize(
    ("layer", "peak"),
    [
        (depthwise, SIZE),
        (strided, SIZE),
        # More channels than go in, or channels that mix: beside its input.
        (widened, SIZE + 2 * SIZE),
        (conv, SIZE + SIZE),
    ],
)
def test_depthwise_in_place(forward: Callable[[], Forward], layer: Made, peak: int) -> None:
    net = forward()
    out = layer(net, net.input(*SIZES))
    assert plan(net.measurement(out), Deployment(inplace=("depthwise",))).peak_bytes == peak


def test_a_depthwise_kernel_that_is_computed_stays(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, template, out = net.input(*SIZES), net.input(4, 1, 1, 1), net.new(*SIZES)
    net.add("conv2d", out, {"input": x, "weight": net.op("mul", template), "bias": None, "groups": 4})
    planned = plan(net.measurement(out), Deployment(inplace=("depthwise",)))
    # At first the input, the template and the kernel; then the kernel, and the result over the input.
    assert [(buffer.bytes, buffer.start, buffer.end) for buffer in planned.buffers] == [
        (SIZE, 0, 1),
        (4 * 4, 0, 0),
        (4 * 4, 0, 1),
    ]


def test_a_result_as_large_takes_its_inputs_buffer_as_it_is(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, out = net.input(*SIZES), net.new(1, 4, 8 - 5 + 1, 8 + 2 * 4)
    given = {"stride": (1, 1), "padding": (0, 4), "groups": 4}
    net.add("conv2d", out, {"input": x, "weight": net.weight("conv.weight", 4, 1, 5, 1), "bias": None, **given})
    planned = plan(net.measurement(out), Deployment(inplace=("depthwise",)))
    assert [(buffer.shape, buffer.bytes) for buffer in planned.buffers] == [(SIZES, SIZE)]


def test_nothing_is_written_over_what_is_still_read(forward: Callable[[], Forward]) -> None:
    net = forward()
    x = net.input(*SIZES)
    out = net.op("add", depthwise(net, x), x)
    assert plan(net.measurement(out), Deployment(inplace=("depthwise",))).peak_bytes == 3 * SIZE


def test_padding_is_a_copy(forward: Callable[[], Forward]) -> None:
    net = forward()
    x = net.input(*SIZES)
    out = conv(net, x, stride=(2, 2), padding=(1, 1))
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
    out = conv(net, net.input(*SIZES), stride=(2, 2), padding=(3, 2))
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
    out = conv(net, net.input(*SIZES), 4, 1, **more)
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
    out = net.op("mul", conv(net, net.op("mul", net.input(*SIZES)), stride=(2, 2), padding=(1, 1)))
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
