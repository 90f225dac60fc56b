"""Single layers against counts by hand; the formula of each stands beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.backends import opt_einsum

from pytest_flopbudget import count as count_given
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.marking import Formula, FormulaTable, ShapeFunction
from pytest_flopbudget.counting.measurement import Backend, Measurement, Mode
from pytest_flopbudget.counting.operators import Cost, TensorSpec
from pytest_flopbudget.errors import FormulaError, RunError
from pytest_flopbudget.trace.failures import DataNeededError

Count = Callable[..., Measurement]

BOTH: tuple[Backend, Backend] = ("shapes", "execute")
MODES: tuple[Mode, Mode] = ("inference", "training")

RULES = pytest.mark.parametrize("shape_rules", [True, False], ids=["by rules", "by kernels"])

kernel = torch.ones(64, 3, 3, 3)


def channels_last(layer: nn.Conv2d) -> nn.Conv2d:
    layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)
    return layer


# The layers' truths: MACs of convolutions, linear layers and matrix products, bias not counted.
MODULES: dict[str, tuple[nn.Module, list[tuple[int, ...]], int]] = {
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
    "attention": (
        lambda q: nn.functional.scaled_dot_product_attention(q, q, q),
        [(2, 4, 16, 32)],
        2 * 2 * 4 * 16 * 16 * 32,
    ),
    "a product of elements": (lambda a, b: (a * b).sum() + a @ b.t(), [(4, 5), (4, 5)], 4 * 5 * 4),
}


@RULES
@pytest.mark.parametrize(("model", "inputs", "macs"), MODULES.values(), ids=MODULES)
def test_modules(
    count: Count, model: nn.Module, inputs: list[tuple[int, ...]], macs: int, *, shape_rules: bool
) -> None:
    measurement = count(model, *inputs, shape_rules=shape_rules)
    assert measurement.macs == macs
    assert not measurement.uncounted


@RULES
@pytest.mark.parametrize(("function", "inputs", "macs"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions(
    count: Count,
    as_model: Callable[[Callable[..., object]], nn.Module],
    function: Callable[..., object],
    inputs: list[tuple[int, ...]],
    macs: int,
    *,
    shape_rules: bool,
) -> None:
    measurement = count(as_model(function), *inputs, shape_rules=shape_rules)
    assert measurement.macs == macs
    assert not measurement.uncounted


# The rows above, and those whose truths stand in ``test_totals.py``.
LAYERS: dict[str, tuple[nn.Module, list[tuple[int, ...]]]] = {
    **{name: (model, inputs) for name, (model, inputs, _) in MODULES.items() if name != "half precision"},
    "LSTM": (nn.LSTM(32, 64, num_layers=2, batch_first=True), [(2, 10, 32)]),
    "GRU": (nn.GRU(32, 64, batch_first=True), [(2, 10, 32)]),
    "encoder layer": (nn.TransformerEncoderLayer(64, 4, 128, batch_first=True), [(2, 16, 64)]),
    "multi-head attention": (nn.MultiheadAttention(64, 4, batch_first=True), [(2, 16, 64)] * 3),
}


@pytest.mark.parametrize("mode", ["inference", "training"])
@pytest.mark.parametrize(("model", "inputs"), LAYERS.values(), ids=LAYERS)
def test_both_ways_agree(model: nn.Module, inputs: list[tuple[int, ...]], mode: Mode) -> None:
    on_shapes, executed = (count_given(model, inputs, backend=backend, mode=mode) for backend in BOTH)
    assert on_shapes.macs == executed.macs > 0
    assert (on_shapes.activations, on_shapes.total_flops) == (executed.activations, executed.total_flops)
    assert on_shapes.by_phase() == executed.by_phase()
    assert on_shapes.uncounted == executed.uncounted == {}


@pytest.mark.parametrize(("function", "inputs"), [row[:2] for row in FUNCTIONS.values()], ids=FUNCTIONS)
def test_both_ways_agree_on_functions(
    as_model: Callable[[Callable[..., object]], nn.Module],
    function: Callable[..., object],
    inputs: list[tuple[int, ...]],
) -> None:
    """In training too: the inputs ask for their gradients."""
    given = [torch.ones(shape, requires_grad=True) for shape in inputs]
    for mode in MODES:
        on_shapes, executed = (count_given(as_model(function), given, backend=backend, mode=mode) for backend in BOTH)
        assert on_shapes.macs == executed.macs > 0
        assert (on_shapes.activations, on_shapes.total_flops) == (executed.activations, executed.total_flops)
        assert on_shapes.by_phase() == executed.by_phase()


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


@torch.library.custom_op("flopbudget_tests::gathered", mutates_args=(), schema="(Tensor ids, Tensor x) -> Tensor")
def gathered(ids: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    raise AssertionError("no kernel runs on data")


def gathering(x: torch.Tensor) -> torch.Tensor:
    out: torch.Tensor = gathered(torch.arange(3), x)
    return out @ x.t()


def shaped(shape: ShapeFunction) -> FormulaTable:
    def cost(out: TensorSpec, **_: object) -> Cost:
        return Cost(macs=out.numel)

    mark = Formula("flopbudget_tests::gathered", cost, shape, "flops.py:3")
    return FORMULAS + FormulaTable({mark.operator: mark})


def test_a_formula_gives_the_shape_of_an_operator_without_a_kernel(
    count: Count, as_model: Callable[..., nn.Module]
) -> None:
    formulas = shaped(lambda ids, x: (*ids.shape, x.shape[1]))
    assert count(as_model(gathering), (4, 5), formulas=formulas).macs == 3 * 5 + 3 * 5 * 4


def test_an_operator_without_a_kernel_or_a_shape(count: Count, as_model: Callable[..., nn.Module]) -> None:
    with pytest.raises(DataNeededError) as refused:
        count(as_model(gathering), (4, 5))
    assert refused.value.headline == (
        "cannot be counted on shapes: flopbudget_tests::gathered in Function has no data-less kernel: "
        'give it one with register_fake, or its shape with @formula("flopbudget_tests::gathered", shape=...)'
    )


RAISED = (
    "the shape of flopbudget_tests::gathered (flops.py:3) raised ZeroDivisionError: integer division or "
    "modulo by zero; it was called with ids=int64[3], x=float32[4, 5]"
)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (lambda **_: 1 // 0, RAISED),
        (lambda **_: None, "the shape of flopbudget_tests::gathered (flops.py:3) is None, no sequence of sizes"),
        (lambda **_: (3, -1), "the shape of flopbudget_tests::gathered (flops.py:3) is (3, -1), no sequence of sizes"),
    ],
)
def test_a_shape_that_fails(
    count: Count, as_model: Callable[..., nn.Module], shape: ShapeFunction, message: str
) -> None:
    with pytest.raises(FormulaError) as error:
        count(as_model(gathering), (4, 5), formulas=shaped(shape))
    assert str(error.value) == message


def test_attention_keeps_one_form(count: Count) -> None:
    layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True)
    measurement = count(layer, (2, 16, 64))
    assert measurement.macs == 2 * 16 * (4 * 64 * 64 + 2 * 64 * 128) + 2 * 2 * 16 * 16 * 64
    assert not measurement.uncounted


def test_opt_einsum_is_off(count: Count, as_model: Callable[..., nn.Module], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.opt_einsum, "is_available", lambda: True)
    monkeypatch.setattr(opt_einsum, "enabled", True)
    seen: list[bool] = []

    def looking(x: torch.Tensor) -> torch.Tensor:
        seen.append(torch.backends.opt_einsum.enabled)
        return x @ x.t()

    count(as_model(looking), (2, 3))
    assert seen == [False]
    assert torch.backends.opt_einsum.enabled


def test_lists_and_tables_of_inputs(as_model: Callable[..., nn.Module]) -> None:
    def summed(pair: list[torch.Tensor], *, named: dict[str, torch.Tensor]) -> torch.Tensor:
        return pair[0] @ pair[1] + named["bias"]

    class Model(nn.Module):
        def forward(self, pair: list[torch.Tensor], named: dict[str, torch.Tensor]) -> torch.Tensor:
            return summed(pair, named=named)

    measurement = count_given(Model(), [["2x3", "3x4"]], input_kwargs={"named": {"bias": "4"}})
    assert measurement.macs == 2 * 3 * 4
