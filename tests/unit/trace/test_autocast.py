"""Autocast: on shapes, operators see the element types that torch's own policy gives them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from pytest_flopbudget import count
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Backend, Measurement, Mode
from pytest_flopbudget.counting.operators import TensorSpec
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.autocast import is_cast, tracked
from pytest_flopbudget.trace.region import region

StateOf = Callable[[nn.Module], dict[str, object]]
Forward = Callable[[nn.Module, torch.Tensor], object]

pytestmark = [
    pytest.mark.filterwarnings("ignore:`torch.cpu.amp.autocast:FutureWarning"),
    pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad=True:UserWarning"),
    pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN:UserWarning"),
]
BOTH: tuple[Backend, Backend] = ("shapes", "execute")


def under(dtype: torch.dtype = torch.bfloat16) -> AbstractContextManager[object]:
    return torch.autocast("cpu", dtype=dtype)


class Cast(nn.Module):
    """A model whose forward is under autocast."""

    def __init__(self, model: nn.Module, dtype: torch.dtype = torch.bfloat16) -> None:
        super().__init__()
        self.model, self.dtype = model, dtype

    def forward(self, x: torch.Tensor) -> object:
        with under(self.dtype):
            return self.model(x)


class Net(nn.Module):
    """A function of a layer."""

    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self.layer, self.run = nn.Linear(8, 8), forward

    def forward(self, x: torch.Tensor) -> object:
        return self.run(self.layer, x)


def without(layer: nn.Module, x: torch.Tensor) -> object:
    with torch.autocast("cpu", enabled=False):
        return layer(layer(x).float())


def in_place(layer: nn.Module, x: torch.Tensor) -> object:
    return layer(x).add_(x.to(torch.bfloat16)).relu_()


def losses(layer: nn.Module, x: torch.Tensor) -> object:
    return functional.mse_loss(layer(x), x) + functional.cross_entropy(layer(x), torch.zeros(4, dtype=torch.long))


CONVOLUTIONS = nn.Sequential(
    nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2)
)
IMAGES = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Upsample(scale_factor=2, mode="bilinear"), nn.ConvTranspose2d(4, 2, 2))
MODELS: Mapping[str, tuple[nn.Module, str]] = {
    "a layer": (nn.Linear(8, 4), "4x8"),
    "a weight that is cast once": (Net(lambda layer, x: layer(layer(x))), "4x8"),
    "convolutions": (CONVOLUTIONS, "2x3x8x8"),
    "images": (IMAGES, "1x3x4x4"),
    "an encoder layer": (nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), "2x5x16"),
    "LSTM": (nn.LSTM(8, 4, 2, batch_first=True, bidirectional=True), "2x5x8"),
    "LSTM with projections": (nn.LSTM(8, 4, batch_first=True, proj_size=3), "2x5x8"),
    "GRU": (nn.GRU(8, 4, batch_first=True), "2x5x8"),
    "RNN": (nn.RNN(8, 4, batch_first=True), "2x5x8"),
    "a cell": (nn.GRUCell(8, 4), "2x8"),
    "in pieces": (Net(lambda layer, x: torch.einsum("ij,kj->ik", x, layer(x)) + x[:, :4]), "4x8"),
    "the widest of several": (Net(lambda layer, x: torch.cat([layer(x), x])), "4x8"),
    "losses": (Net(losses), "4x8"),
    "known values": (Net(lambda layer, x: layer(x) @ torch.eye(8) + torch.arange(8.0) @ torch.eye(8)), "4x8"),
    "autocast off inside": (Net(without), "4x8"),
    "double precision stays": (nn.Linear(8, 4).double(), "4x8"),
    "norms": (nn.Sequential(nn.Linear(8, 8), nn.GroupNorm(2, 8), nn.GELU(), nn.PReLU()), "4x8"),
    "in place": (Net(in_place), "4x8"),
    "frequencies": (Net(lambda layer, x: torch.fft.rfft(layer(x)).real), "4x8"),
    "mapped": (Net(lambda layer, x: torch.vmap(layer)(x)), "4x8"),
    "computed again": (Net(lambda layer, x: checkpoint(layer, layer(x), use_reentrant=False)), "4x8"),
    "computed again, re-entrant": (Net(lambda layer, x: checkpoint(layer, layer(x), use_reentrant=True)), "4x8"),
}


def types(value: object) -> object:
    """Shapes and element types of what an operator was given, or gave."""
    if isinstance(value, TensorSpec):
        return value.shape, value.dtype
    return tuple(types(each) for each in value) if isinstance(value, tuple) else None


def seen(measurement: Measurement) -> list[tuple[str, object, object]]:
    """What operators saw, in their order."""
    return [
        (call.operator, tuple(types(each) for each in call.arguments.values()), types(call.out))
        for call, _ in measurement.calls
    ]


@pytest.mark.parametrize("mode", ["inference", "training"])
@pytest.mark.parametrize(("model", "input"), MODELS.values(), ids=MODELS)
def test_both_ways_see_the_same(model: nn.Module, input: str, mode: Mode, state_of: StateOf) -> None:
    cast = Cast(model)
    before = state_of(cast)
    on_shapes, executed = (count(cast, input, backend=backend, mode=mode) for backend in BOTH)
    assert on_shapes.macs == executed.macs > 0
    assert (on_shapes.activations, on_shapes.total_flops) == (executed.activations, executed.total_flops)
    assert seen(on_shapes) == seen(executed)
    assert state_of(cast) == before


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_product_is_cast_and_a_sum_takes_the_widest(dtype: torch.dtype) -> None:
    measurement = count(Cast(Net(lambda layer, x: layer(x) + x), dtype), "4x8", backend="shapes")
    half, full = str(dtype).removeprefix("torch."), "float32"
    outputs = {call.operator: types(call.out) for call, _ in measurement.calls}
    assert outputs["aten::linear"] == ((4, 8), half)
    assert outputs["aten::add"] == ((4, 8), full)
    # As without autocast: a cast computes nothing.
    assert measurement.macs == 4 * 8 * 8
    assert measurement.total_flops == 2 * 4 * 8 * 8 + 4 * 8 + 4 * 8


@pytest.mark.parametrize("backend", [*BOTH, "auto"])
def test_autocast_around_the_count(backend: Backend) -> None:
    model = nn.Linear(8, 4)
    with under():
        measurement = count(model, "4x8", backend=backend)
        assert torch.is_autocast_enabled("cpu")
        # What was cast for the count has no history, and is met by nobody.
        model(torch.ones(4, 8)).sum().backward()
    assert model.weight.grad is not None
    assert measurement.traced == ("executed" if backend == "execute" else "shapes")
    assert measurement.macs == 4 * 8 * 4
    assert [types(call.out) for call, _ in measurement.calls if call.operator == "aten::linear"] == [
        ((4, 4), "bfloat16")
    ]


@pytest.mark.parametrize("backend", BOTH)
def test_what_a_forward_leaves_on_is_switched_off(backend: Backend) -> None:
    def careless(layer: nn.Module, x: torch.Tensor) -> object:
        torch.set_autocast_enabled("cpu", True)
        torch.set_autocast_dtype("cpu", torch.float16)
        return layer(x)

    before = torch.get_autocast_dtype("cpu")
    measurement = count(Net(careless), "4x8", backend=backend)
    assert not torch.is_autocast_enabled("cpu")
    assert torch.get_autocast_dtype("cpu") == before
    assert types(measurement.calls[-1][0].out) == ((4, 8), "float16")
    assert types(count(nn.Linear(8, 8), "4x8", backend=backend).calls[-1][0].out) == ((4, 8), "float32")


def test_an_error_under_autocast_is_the_models_own(in_common: Callable[[str], str]) -> None:
    with pytest.raises(MeasureError) as refused:
        count(Cast(nn.Linear(8, 4)), "4x9", backend="shapes")
    assert in_common(refused.value.headline) == (
        "cannot run at 4x9: model (Linear): mat1 and mat2 shapes cannot be multiplied (4x9 and 8x4)"
    )


def test_an_error_on_the_way_leaves_autocast_off(state_of: StateOf) -> None:
    def stopped(layer: nn.Module, x: torch.Tensor) -> object:
        layer(x)
        raise KeyboardInterrupt

    model = Cast(Net(stopped))
    before = state_of(model)
    with pytest.raises(KeyboardInterrupt):
        count(model, "4x8", backend="shapes")
    assert state_of(model) == before
    assert nn.Linear(8, 4)(torch.ones(2, 8)).dtype == torch.float32
    with under():
        assert nn.Linear(8, 4)(torch.ones(2, 8)).dtype == torch.bfloat16


def test_the_policy_is_that_of_the_models_device() -> None:
    """As on an accelerator, of which nothing but its name is needed to be asked what is cast."""
    device, x, weight = torch.device("cuda"), torch.empty(4, 8, device="meta"), torch.empty(4, 8, device="meta")
    with tracked(device, casts=True):
        torch.set_autocast_enabled("cuda", True)
        try:
            assert functional.linear(x, weight).dtype == torch.float16
            # On the CPU, a softmax is not looked at.
            assert x.half().softmax(-1).dtype == torch.float32
            with pytest.raises(RuntimeError, match="unsafe to autocast"):
                functional.binary_cross_entropy(x, x)
        finally:
            torch.set_autocast_enabled("cuda", False)
        assert functional.linear(x, weight).dtype == torch.float32
    assert functional.linear(x, weight).dtype == torch.float32


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no accelerator here")
@pytest.mark.parametrize("backend", BOTH)
def test_on_an_accelerator(backend: Backend) -> None:
    class OnDevice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(8, 8, device="cuda")

        def forward(self, x: torch.Tensor) -> object:
            with torch.autocast("cuda"):
                return self.layer(x).softmax(-1)

    outputs = [types(call.out) for call, _ in count(OnDevice(), "4x8", backend=backend).calls]
    assert outputs[-2:] == [((4, 8), "float16"), ((4, 8), "float32")]


def test_a_region_on_another_thread_goes_its_own_way() -> None:
    """Neither meets the other's autocast."""
    inside, go, seen_there = threading.Event(), threading.Event(), list[object]()

    def waiting(layer: nn.Module, x: torch.Tensor) -> object:
        with under():
            out = layer(x)
            inside.set()
            go.wait(20)
            return layer(out)

    def counting() -> None:
        seen_there.extend(types(call.out) for call, _ in count(Net(waiting), "4x8", backend="shapes").calls)

    thread = threading.Thread(target=counting)
    thread.start()
    assert inside.wait(20)
    with region(FORMULAS) as watched:
        assert nn.Linear(8, 8)(torch.ones(4, 8)).dtype == torch.float32
    go.set()
    thread.join()
    assert types(watched.trace().calls[-1].out) == ((4, 8), "float32")
    assert seen_there[-1] == ((4, 8), "bfloat16")


def test_a_region_casts_within_what_it_sees_whole() -> None:
    x, y = torch.ones(4, 8), torch.ones(4, 8, dtype=torch.bfloat16)
    with region(FORMULAS) as watched, torch.inference_mode(), under():
        assert torch.einsum("ij,kj->ik", x, y).dtype == torch.bfloat16
    assert "aten::bmm" in [call.operator for call in watched.trace().calls]


def test_a_switch_on_another_thread_is_not_looked_at() -> None:
    found = []

    def work() -> None:
        with under():
            found.append(is_cast())

    thread = threading.Thread(target=work)
    with tracked(torch.device("cpu"), casts=False):
        thread.start()
        thread.join()
        assert (found, is_cast()) == ([False], False)
        with under():
            assert is_cast()


def test_an_lstm_of_packed_sequences_keeps_their_lengths() -> None:
    class Packed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.LSTM(8, 4)

        def forward(self, x: torch.Tensor) -> object:
            return self.layer(nn.utils.rnn.pack_padded_sequence(x, [3, 1]))[0].data

    on_shapes, executed = (count(Cast(Packed()), "3x2x8", backend=backend) for backend in BOTH)
    # Four steps in all, of four gates each.
    assert on_shapes.macs == executed.macs == 4 * 4 * 4 * (8 + 4)
    assert on_shapes.boundary is not None
    assert on_shapes.boundary.outputs[0].dtype == "bfloat16"
