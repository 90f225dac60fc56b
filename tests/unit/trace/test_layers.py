"""Single layers against counts by hand; the formula of each stands beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget.count.measurement import Measurement
from pytest_flopbudget.errors import RunError

Count = Callable[..., Measurement]

kernel = torch.ones(64, 3, 3, 3)


def channels_last(layer: nn.Conv2d) -> nn.Conv2d:
    layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)
    return layer


# The layers' truths: MACs of convolutions, linear layers and matrix products, bias not counted.
MODULES = {
    "convolution at 64": (nn.Conv2d(3, 64, 3, padding=1), [(1, 3, 64, 64)], 64 * 64 * 64 * 3 * 3 * 3),
    "convolution at 128": (nn.Conv2d(3, 64, 3, padding=1), [(1, 3, 128, 128)], 4 * 7_077_888),
    "depthwise-separable at 64": (
        nn.Sequential(nn.Conv2d(3, 3, 3, groups=3, padding=1), nn.Conv2d(3, 64, 1)),
        [(1, 3, 64, 64)],
        64 * 64 * (3 * 9 + 3 * 64),
    ),
    "depthwise-separable at 128": (
        nn.Sequential(nn.Conv2d(3, 3, 3, groups=3, padding=1), nn.Conv2d(3, 64, 1)),
        [(1, 3, 128, 128)],
        128 * 128 * (3 * 9 + 3 * 64),
    ),
    "transposed": (nn.ConvTranspose2d(8, 16, 3, stride=2, groups=4), [(1, 8, 10, 10)], 10 * 10 * 3 * 3 * 8 * 16 // 4),
    "unbatched": (nn.Conv2d(3, 64, 3, padding=1), [(3, 64, 64)], 64 * 64 * 64 * 3 * 3 * 3),
    "dilated": (nn.Conv2d(4, 8, 3, dilation=2), [(2, 4, 9, 9)], 2 * 5 * 5 * 8 * 4 * 3 * 3),
    "padding='same'": (nn.Conv2d(4, 8, 3, padding="same"), [(2, 4, 9, 9)], 2 * 9 * 9 * 8 * 4 * 3 * 3),
    "reflected padding": (nn.Conv2d(4, 8, 3, padding=1, padding_mode="reflect"), [(1, 4, 9, 9)], 9 * 9 * 8 * 4 * 9),
    "channels last": (
        channels_last(nn.Conv2d(4, 8, 3)),
        [(1, 4, 9, 9)],
        7 * 7 * 8 * 4 * 3 * 3,
    ),
    "1d": (nn.Conv1d(4, 8, 3, groups=2), [(2, 4, 10)], 2 * 8 * 8 * 2 * 3),
    "3d": (nn.Conv3d(2, 4, (1, 2, 3)), [(1, 2, 4, 5, 6)], 4 * 4 * 4 * 4 * 2 * 1 * 2 * 3),
    "linear": (nn.Linear(20, 30), [(128, 20)], 128 * 20 * 30),
    "linear on a sequence": (nn.Linear(20, 30), [(4, 7, 20)], 4 * 7 * 20 * 30),
    "bilinear": (nn.Bilinear(20, 30, 40), [(128, 20), (128, 30)], 128 * 40 * 20 * 30),
    "half precision": (nn.Linear(20, 30).half(), [(128, 20)], 128 * 20 * 30),
}

FUNCTIONS: dict[str, tuple[Callable[..., object], list[tuple[int, ...]], int]] = {
    "F.conv2d without a module": (
        lambda x: nn.functional.conv2d(x, kernel, padding=1),
        [(1, 3, 64, 64)],
        64 * 64 * 64 * 3 * 3 * 3,
    ),
    "mv": (torch.mv, [(32, 64), (64,)], 32 * 64),
    "addmv": (torch.addmv, [(32,), (32, 64), (64,)], 32 * 64),
    "dot": (torch.dot, [(64,), (64,)], 64),
    "vdot": (torch.vdot, [(64,), (64,)], 64),
    "mm": (torch.mm, [(4, 5), (5, 6)], 4 * 5 * 6),
    "addmm": (torch.addmm, [(4, 6), (4, 5), (5, 6)], 4 * 5 * 6),
    "bmm": (torch.bmm, [(3, 4, 5), (3, 5, 6)], 3 * 4 * 5 * 6),
    "baddbmm": (torch.baddbmm, [(3, 4, 6), (3, 4, 5), (3, 5, 6)], 3 * 4 * 5 * 6),
    "the @ operator": (lambda a, b: a @ b, [(2, 1, 4, 5), (3, 5, 6)], 2 * 3 * 4 * 5 * 6),
    "matrix @ vector": (lambda a, b: a @ b, [(2, 4, 5), (5,)], 2 * 4 * 5),
    "inner": (torch.inner, [(4, 5), (6, 5)], 4 * 5 * 6),
    "tensordot": (lambda a, b: torch.tensordot(a, b, dims=2), [(3, 4, 5), (4, 5, 6)], 3 * 4 * 5 * 6),
    "einsum": (lambda a, b: torch.einsum("bij,bjk->bik", a, b), [(2, 3, 4), (2, 4, 5)], 2 * 3 * 4 * 5),
    "einsum, left to right": (
        lambda a, b, c: torch.einsum("ij,jk,kl->il", a, b, c),
        [(8, 16), (16, 4), (4, 32)],
        8 * 16 * 4 + 8 * 4 * 32,
    ),
    "a product of elements": (lambda a, b: (a * b).sum() + a @ b.t(), [(4, 5), (4, 5)], 4 * 5 * 4),
}


@pytest.mark.parametrize(("model", "inputs", "macs"), MODULES.values(), ids=MODULES)
def test_modules(count: Count, model: nn.Module, inputs: list[tuple[int, ...]], macs: int) -> None:
    measurement = count(model, *inputs)
    assert measurement.macs == macs
    assert not measurement.uncounted


@pytest.mark.parametrize(("function", "inputs", "macs"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions(
    count: Count,
    as_model: Callable[[Callable[..., object]], nn.Module],
    function: Callable[..., object],
    inputs: list[tuple[int, ...]],
    macs: int,
) -> None:
    measurement = count(as_model(function), *inputs)
    assert measurement.macs == macs
    assert not measurement.uncounted


def test_a_count_beyond_64_bits_is_exact(count: Count) -> None:
    with torch.device("meta"):
        model = nn.Linear(10**5, 10**5, bias=False)
    assert count(model, (10**9 + 7, 10**5)).macs == (10**9 + 7) * 10**5 * 10**5


def test_an_input_beyond_what_torch_can_address(count: Count) -> None:
    with pytest.raises(RunError) as refused:
        count(nn.Linear(4, 4), (2**40, 2**40, 4))
    assert refused.value.headline.startswith(f"cannot run at {2**40}x{2**40}x4: Linear: ")


def test_the_unit_of_counting_is_the_highest_operator(count: Count) -> None:
    measurement = count(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU6(), nn.Flatten()), (1, 3, 8, 8))
    assert [call.operator for call, _ in measurement.calls] == [
        "aten::conv2d",
        "aten::batch_norm",
        "aten::hardtanh",
        "aten::flatten",
    ]
    assert [call.module for call, _ in measurement.calls] == ["0", "1", "2", "3"]


def test_what_nothing_can_count_is_named(count: Count, as_model: Callable[..., nn.Module]) -> None:
    @torch.library.custom_op("flopbudget_tests::twice", mutates_args=(), schema="(Tensor x) -> Tensor")
    def twice(x: torch.Tensor) -> torch.Tensor:
        return x * 2

    twice.register_fake(torch.empty_like)
    measurement = count(as_model(lambda x: twice(twice(x)) @ x.t()), (4, 5))
    assert measurement.uncounted == {("flopbudget_tests::twice", ""): 2}
    assert measurement.macs == 4 * 5 * 4
