"""What a deployment computes together, and what it writes over its input."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pytest_flopbudget.counting.deployment import Deployment, Fusion
from pytest_flopbudget.counting.memory.planning import plan
from pytest_flopbudget.counting.operators import TensorSpec

if TYPE_CHECKING:
    from tests.unit.counting.memory.conftest import Forward

FUSIONS: tuple[Fusion, ...] = ("none", "conv-bn", "conv-bn-act")
SIZES = (1, 4, 8, 8)
SIZE = 4 * 4 * 8 * 8
Made = Callable[["Forward", TensorSpec], TensorSpec]


def conv(net: Forward, x: TensorSpec) -> TensorSpec:
    return net.conv(x)


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
    before = net.conv(net.input(*SIZES))
    after = relu(net, norm(net, before))
    out = net.op("add", before, after)
    planned = plan(net.measurement(out), Deployment(fusion="conv-bn-act"))
    # The convolution's result stays for the sum; norm and activation are one.
    assert [buffer.kind for buffer in planned.buffers] == ["input", "activation", "activation", "output"]
    assert planned.peak_bytes == 3 * SIZE


def test_what_somebody_else_read_before_is_not_fused(forward: Callable[[], Forward]) -> None:
    net = forward()
    before = net.conv(net.input(*SIZES))
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
    before = net.conv(x)
    net.call("add_", before, self=before, other=x, writes=[before])
    planned = plan(net.measurement(relu(net, before)), Deployment(fusion="conv-bn-act"))
    # The input beside what is convolved, summed and bounded in one place.
    assert [buffer.operator for buffer in planned.buffers] == ["", "aten::conv2d"]
    assert planned.peak_bytes == 2 * SIZE


def test_a_norm_that_puts_out_its_statistics_is_fused(forward: Callable[[], Forward]) -> None:
    net = forward()
    before = net.conv(net.input(*SIZES))
    out, mean, scale = net.new(*SIZES), net.new(0), net.new(0)
    net.call("_native_batch_norm_legit_no_training", (out, mean, scale), input=before)
    planned = plan(net.measurement(out), Deployment(fusion="conv-bn"))
    assert [buffer.operator for buffer in planned.buffers] == ["", "aten::conv2d"]


def test_an_output_of_the_model_is_not_fused(forward: Callable[[], Forward]) -> None:
    net = forward()
    before = net.conv(net.input(*SIZES))
    after = relu(net, before)
    assert len(plan(net.measurement(before, after), Deployment(fusion="conv-bn-act")).buffers) == 3


def depthwise(net: Forward, x: TensorSpec) -> TensorSpec:
    return net.conv(x, groups=4)


def strided(net: Forward, x: TensorSpec) -> TensorSpec:
    return net.conv(x, groups=4, stride=(2, 2))


def widened(net: Forward, x: TensorSpec) -> TensorSpec:
    return net.conv(x, 8, groups=4)


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
