"""What weights take: element types, folded norms, storages that are shared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_flopbudget.counting.boundary import Weight
from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.memory.forward import deployed_forward
from pytest_flopbudget.counting.memory.weights import weight_bytes, weight_bytes_by_module
from pytest_flopbudget.counting.operators import TensorSpec

if TYPE_CHECKING:
    from tests.unit.counting.memory.conftest import Forward

INT8 = Deployment(weight_dtype="int8", bias_dtype="int32", fusion="conv-bn")
NAMES = ("weight", "bias", "running_mean", "running_var")


def convolve(net: Forward, x: TensorSpec, weight: TensorSpec, bias: TensorSpec | None = None) -> TensorSpec:
    out = net.new(*x.shape)
    net.add("conv2d", out, {"input": x, "weight": weight, "bias": bias, "groups": 1})
    return out


def normalise(net: Forward, x: TensorSpec, held: dict[str, TensorSpec]) -> TensorSpec:
    out = net.new(*x.shape)
    net.add("batch_norm", out, {"input": x, "training": False, **held})
    return out


def norm(net: Forward, name: str) -> dict[str, TensorSpec]:
    """Of four channels: 16 elements, and 8 bytes for the number of batches."""
    held = {each: net.weight(f"{name}.{each}", 4, buffer=each.startswith("running")) for each in NAMES}
    net.weight(f"{name}.num_batches_tracked", dtype="int64", buffer=True)
    return held


def test_a_folded_norm_leaves_a_bias(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, weight = net.input(1, 4, 8, 8), net.weight("conv.weight", 4, 4, 3, 3)
    out = normalise(net, convolve(net, x, weight), norm(net, "norm"))
    measurement = net.measurement(out)
    assert weight_bytes(measurement, AS_IT_IS) == 4 * (4 * 4 * 9 + 4 * 4) + 8
    assert weight_bytes(measurement, INT8) == 4 * 4 * 9 + 4 * 4
    assert weight_bytes_by_module(measurement, INT8) == {"conv": 4 * 4 * 9 + 4 * 4, "norm": 0}
    # Not folded: the norm's own bias has four bytes, its other three vectors one.
    assert weight_bytes(measurement, replace(INT8, fusion="none")) == 4 * 4 * 9 + (3 * 4 + 4 * 4) + 8


def test_copies_that_a_deployment_makes_fold_nothing(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, weight = net.input(1, 4, 8, 8), net.weight("conv.weight", 4, 4, 3, 3)
    out = normalise(net, convolve(net, x, weight), norm(net, "norm"))
    # The input is quantised and the output is brought back, each by a copy.
    copying = replace(INT8, activation_dtype="int8", io_dtype="float32")
    assert len(deployed_forward(net.measurement(out), copying).actions.steps) == 2 + 2
    assert weight_bytes(net.measurement(out), copying) == 4 * 4 * 9 + 4 * 4


def test_a_layer_without_a_norm_before_one_with(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, plain, weight = (
        net.input(1, 4, 8, 8),
        net.weight("plain.weight", 4, 4, 3, 3),
        net.weight("conv.weight", 4, 4, 3, 3),
    )
    out = normalise(net, convolve(net, net.op("mul", convolve(net, x, plain)), weight), norm(net, "norm"))
    assert weight_bytes_by_module(net.measurement(out), INT8) == {
        "plain": 4 * 4 * 9,
        "conv": 4 * 4 * 9 + 4 * 4,
        "norm": 0,
    }


def test_a_layer_whose_weight_nobody_told(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, out = net.input(1, 4, 8, 8), net.new(1, 4, 8, 8)
    net.add("conv2d", out, {"input": x, "weight": None, "bias": None, "groups": 1})
    assert weight_bytes(net.measurement(normalise(net, out, norm(net, "norm"))), INT8) == 0


def test_a_layer_with_a_bias_keeps_it(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, weight, bias = net.input(1, 4, 8, 8), net.weight("conv.weight", 4, 4, 3, 3), net.weight("conv.bias", 4)
    out = normalise(net, convolve(net, x, weight, bias), norm(net, "norm"))
    assert weight_bytes(net.measurement(out), INT8) == 4 * 4 * 9 + 4 * 4


def test_one_layer_with_two_norms_is_two(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, weight = net.input(1, 4, 8, 8), net.weight("conv.weight", 4, 4, 3, 3)
    first = normalise(net, convolve(net, x, weight), norm(net, "first"))
    second = normalise(net, convolve(net, first, weight), norm(net, "second"))
    assert weight_bytes(net.measurement(second), INT8) == 2 * (4 * 4 * 9 + 4 * 4)
    # And with one call more, without a norm behind it, three, of which one has no bias.
    third = convolve(net, second, weight)
    assert weight_bytes(net.measurement(third), INT8) == 3 * 4 * 4 * 9 + 2 * 4 * 4


def test_a_norm_is_folded_behind_a_copy_of_the_input_too(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, weight = net.input(1, 4, 8, 8), net.weight("conv.weight", 4, 4, 3, 3)
    out = normalise(net, convolve(net, x, weight), norm(net, "norm"))
    copied = replace(INT8, activation_dtype="int8", io_dtype="float32")
    assert weight_bytes(net.measurement(out), copied) == 4 * 4 * 9 + 4 * 4


def test_an_activation_behind_a_layer_changes_no_weight(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, weight = net.input(1, 4, 8, 8), net.weight("conv.weight", 4, 4, 3, 3)
    out = convolve(net, net.op("relu", convolve(net, x, weight)), weight)
    assert weight_bytes(net.measurement(out), replace(INT8, fusion="conv-bn-act")) == 4 * 4 * 9


def test_a_layer_that_is_called_twice_with_its_norm_is_one(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, weight, held = net.input(1, 4, 8, 8), net.weight("conv.weight", 4, 4, 3, 3), norm(net, "norm")
    again = normalise(net, convolve(net, normalise(net, convolve(net, x, weight), held), weight), held)
    assert weight_bytes(net.measurement(again), INT8) == 4 * 4 * 9 + 4 * 4


def test_a_norm_that_stays_at_one_call_stays(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, weight, held = net.input(1, 4, 8, 8), net.weight("conv.weight", 4, 4, 3, 3), norm(net, "norm")
    out = normalise(net, normalise(net, convolve(net, x, weight), held), held)
    assert weight_bytes(net.measurement(out), INT8) == 4 * 4 * 9 + 4 * 4 + (3 * 4 + 4 * 4) + 8


def test_what_two_norms_share_stays_with_the_one_that_stays(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, weight, gone, kept = (
        net.input(1, 4, 8, 8),
        net.weight("conv.weight", 4, 4, 3, 3),
        norm(net, "gone"),
        norm(net, "kept"),
    )
    kept |= {"weight": gone["weight"], "bias": gone["bias"]}
    tied = {"weight": kept["weight"], "bias": kept["bias"]}
    net.weights = [
        each._replace(spec=tied[each.name]) if each.module == "kept" and each.name in tied else each
        for each in net.weights
    ]
    out = normalise(net, net.op("mul", normalise(net, convolve(net, x, weight), gone)), kept)
    # The statistics and the number of batches of the first are gone; what both have stands under its first name.
    assert weight_bytes_by_module(net.measurement(out), INT8) == {
        "conv": 4 * 4 * 9 + 4 * 4,
        "gone": 4 + 4 * 4,
        "kept": 4 + 4 + 8,
    }


@pytest.mark.parametrize(
    ("deployment", "size"),
    [
        (AS_IT_IS, 4 * (100 + 10 + 50 + 5) + 8 * 3),
        (Deployment(weight_dtype="int8"), 100 + 10 + 50 + 5 + 8 * 3),
        (Deployment(weight_dtype="int8", bias_dtype="int32"), 100 + 4 * 10 + 50 + 4 * 5 + 8 * 3),
        (Deployment(weight_dtype="int8", weight_dtypes={"head": "float32"}), 100 + 10 + 4 * (50 + 5) + 8 * 3),
        (Deployment(weight_dtypes={"**": "int8", "head": "float16"}), 100 + 10 + 2 * (50 + 5) + 8 * 3),
        # Four bits each, those of one tensor filled up to a byte.
        (Deployment(weight_dtype="int4"), 50 + 5 + 25 + 3 + 8 * 3),
    ],
)
def test_element_types(forward: Callable[[], Forward], deployment: Deployment, size: int) -> None:
    net = forward()
    for name, *shape in (
        ("body.fc.weight", 10, 10),
        ("body.fc.bias", 10),
        ("head.fc.weight", 5, 10),
        ("head.fc.bias", 5),
    ):
        net.weight(str(name), *(int(each) for each in shape))
    net.weight("table", 3, dtype="int64", buffer=True)
    assert weight_bytes(net.measurement(), deployment) == size


def test_what_an_operator_takes_as_its_bias_is_one(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, weight, shift = net.input(1, 4, 8, 8), net.weight("kernel", 4, 4, 1, 1), net.weight("shift", 4)
    out = convolve(net, x, weight, shift)
    assert weight_bytes(net.measurement(out), INT8) == 16 + 4 * 4


def test_a_storage_counts_once_and_what_is_not_saved_not_at_all(forward: Callable[[], Forward]) -> None:
    net = forward()
    whole = net.weight("whole", 10)
    first, second = (TensorSpec((5,), "float32", whole.storage) for _ in range(2))
    net.weights = [
        Weight("", "first", "parameter", first),
        Weight("", "again", "parameter", first),
        Weight("", "second", "parameter", second, offset=5),
        Weight("", "computed", "temporary", net.new(1000)),
    ]
    assert weight_bytes(net.measurement(), AS_IT_IS) == 4 * (5 + 5)


def test_the_first_storage_of_all_is_one_too(forward: Callable[[], Forward]) -> None:
    net = forward()
    tied = TensorSpec((5,), "float32", 0)
    net.weights = [Weight(module, "weight", "parameter", tied) for module in ("first", "second")]
    assert weight_bytes_by_module(net.measurement(), AS_IT_IS) == {"first": 4 * 5}


def test_what_a_library_packs_has_no_storage(forward: Callable[[], Forward]) -> None:
    net = forward()
    packed = (TensorSpec((8, 4), "qint8"), TensorSpec((8,), "float32"))
    net.weights = [
        Weight("fc", name, "parameter", spec) for name, spec in zip(("p.weight", "p.bias"), packed, strict=True)
    ]
    assert weight_bytes(net.measurement(), AS_IT_IS) == 8 * 4 + 4 * 8
    assert weight_bytes(net.measurement(), INT8) == 8 * 4 + 4 * 8
