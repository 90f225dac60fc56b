"""What models do: each is counted, the same on shapes and executed, and leaves everything as it was.

Where each kind of trouble is shown:

=========================================  ==================================================================
modules that are never called              here (told by ``Measurement.modules`` with 0 calls)
users' hooks                               here, ``test_modules.py``
mixed element types, complex numbers       here, ``shape_rules/test_refusing.py``, ``test_building.py``
autocast                                   ``test_autocast.py``
inference mode                             here, ``test_execute.py``; around the count: ``test_surroundings.py``
checkpointing                              here, ``test_checkpointing.py``
tensor subclasses, parametrised weights    here, ``test_tensor_subclasses.py``, ``test_parametrized.py``
sizes of zero                              here
sparse and nested tensors                  ``test_refused_makes.py``, ``test_idioms.py``, ``test_totals.py``
models on an accelerator                   here, where there is one
tensors as plain attributes                here, ``test_copies.py``
recursion, shared modules                  here, ``test_modules.py``, ``test_thop_sharing.py``
other modes and transforms                 here; around the count: ``test_surroundings.py``, ``test_guard.py``
threads                                    ``test_guard.py``, ``test_threads.py``
an exception, an interrupt                 here, ``test_guard.py``, ``test_training.py``
=========================================  ==================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import FlopCounterMode

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend, Mode
from pytest_flopbudget.errors import MeasureError

StateOf = Callable[[nn.Module], dict[str, object]]
Forward = Callable[[nn.Module, torch.Tensor], object]

BOTH: tuple[Backend, Backend] = ("shapes", "execute")
MODES: tuple[Mode, Mode] = ("inference", "training")
# Of one call of the layer at 4x8.
ONCE = 4 * 8 * 8
pytestmark = [
    pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad=True:UserWarning"),
    pytest.mark.filterwarnings("ignore:Full backward hook is firing:UserWarning"),
    # torch 2.4's checkpointing warns of itself.
    pytest.mark.filterwarnings("ignore:`torch.cpu.amp.autocast:FutureWarning"),
]


class Net(nn.Module):
    """A function of a layer."""

    def __init__(self, forward: Forward, layer: nn.Module | None = None) -> None:
        super().__init__()
        self.layer, self.run = nn.Linear(8, 8) if layer is None else layer, forward

    def forward(self, x: torch.Tensor) -> object:
        return self.run(self.layer, x)


class Attributes(nn.Module):
    """Tensors that no module registers, one of them deep inside."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.weight, self.table = nn.Linear(8, 8), torch.ones(8, 8), {"bias": [torch.ones(8)]}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.layer(x) @ self.weight + self.table["bias"][0]
        assert isinstance(out, torch.Tensor)
        return out


class Recursive(nn.Module):
    """Calls itself."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(8, 8)

    def forward(self, x: torch.Tensor, depth: int = 3) -> Any:
        return self(self.layer(x), depth - 1) if depth else x


class Shared(nn.Module):
    """One module at two places."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(8, 8)
        self.second = nn.Sequential(self.first, nn.ReLU())

    def forward(self, x: torch.Tensor) -> Any:
        return self.second(self.first(x))


def hooked() -> nn.Module:
    model = Net(lambda layer, x: layer(x))
    model.layer.register_forward_pre_hook(lambda _, args: (args[0] * 2,))
    model.layer.register_forward_hook(lambda _, args, out: out + args[0] @ torch.ones(8, 8))
    model.layer.register_full_backward_hook(lambda *_: None)
    return model


def complex_product(layer: nn.Module, x: torch.Tensor) -> object:
    return torch.view_as_real(torch.complex(layer(x), x) @ torch.complex(x, x).mH)


def under_a_mode(mode: Callable[[], AbstractContextManager[object]]) -> Callable[[], nn.Module]:
    def forward(layer: nn.Module, x: torch.Tensor) -> object:
        with mode():
            return layer(x)

    return lambda: Net(forward)


class Dispatching(TorchDispatchMode):
    """A user's own."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


class Functions(TorchFunctionMode):
    """A user's own."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


def none_of(layer: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """As a router that sends nothing to an expert."""
    out = layer(x)
    nothing = layer(x[:0])
    out = torch.cat([out, nothing])
    assert isinstance(out, torch.Tensor)
    return out + (x[:, :0] @ x[:0, :0].t()).sum()


Row = tuple[Callable[[], nn.Module], int]
MODELS: Mapping[str, Row] = {
    "hooks": (hooked, 2 * ONCE),
    "mixed types": (lambda: Net(lambda layer, x: layer(x.half().float()) + x.double().float()), ONCE),
    "a complex product costs four": (lambda: Net(complex_product), ONCE + 4 * 4 * 8 * 4),
    "frequencies": (lambda: Net(lambda layer, x: torch.fft.irfft(torch.fft.rfft(layer(x)))), ONCE),
    "inference mode": (under_a_mode(lambda: torch.inference_mode(False)), ONCE),
    "computed again": (lambda: Net(lambda layer, x: checkpoint(layer, x, use_reentrant=False)), ONCE),
    "computed again, re-entrant": (
        lambda: Net(lambda layer, x: checkpoint(layer, layer(x), use_reentrant=True)),
        2 * ONCE,
    ),
    "a normed weight": (lambda: Net(lambda layer, x: layer(x), parametrizations.weight_norm(nn.Linear(8, 8))), ONCE),
    "sizes of zero": (lambda: Net(none_of), ONCE),
    "attributes": (Attributes, 2 * ONCE),
    "recursion": (Recursive, 3 * ONCE),
    "a shared module": (Shared, 2 * ONCE),
    "a dispatch mode": (under_a_mode(Dispatching), ONCE),
    "a function mode": (under_a_mode(Functions), ONCE),
    "torch's counter": (under_a_mode(lambda: FlopCounterMode(display=False)), ONCE),
    "a device": (under_a_mode(lambda: torch.device("cpu")), ONCE),
    "mapped": (lambda: Net(lambda layer, x: torch.vmap(layer)(x)), ONCE),
    "differentiated": (
        lambda: Net(lambda layer, x: torch.func.grad(lambda y: layer(y).sum())(x) + layer(x)),
        3 * ONCE,
    ),
}


def numbers(model: nn.Module, backend: Backend, mode: Mode = "inference") -> Sequence[int]:
    measurement = count(model, "4x8", backend=backend, mode=mode)
    assert not measurement.uncounted
    return measurement.macs, measurement.activations, measurement.total_flops


# In torch 2.4 the gradient of a normed weight has no data-less kernel: `auto` executes the model.
KNOWN = {name for name in MODELS if name != "a normed weight" or not torch.__version__.startswith("2.4.")}


@pytest.mark.parametrize(("build", "macs"), [MODELS[name] for name in sorted(KNOWN)], ids=sorted(KNOWN))
def test_what_models_do(build: Callable[[], nn.Module], macs: int, everything_of: StateOf) -> None:
    model = build()
    before = everything_of(model)
    for mode in MODES:
        on_shapes, executed = (numbers(model, backend, mode) for backend in BOTH)
        assert on_shapes == executed
        assert on_shapes[0] == macs if mode == "inference" else on_shapes[0] > macs
    assert everything_of(model) == before


@pytest.mark.parametrize("backend", BOTH)
def test_modules_that_are_never_called_are_named(backend: Backend) -> None:
    class Half(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.spare = nn.Linear(8, 8), nn.Sequential(nn.Linear(8, 2), nn.ReLU())

        def forward(self, x: torch.Tensor) -> Any:
            return self.used(x)

    measurement = count(Half(), "4x8", backend=backend)
    assert [module.path for module in measurement.modules if not module.calls] == ["spare", "spare.0", "spare.1"]
    # They are parameters of the model all the same.
    assert measurement.by_module()["spare"].macs == 0
    assert measurement.params == 8 * 8 + 8 + 8 * 2 + 2


class Torn(nn.Module):
    """Changes what it can, and ends midway."""

    def __init__(self, error: type[BaseException]) -> None:
        super().__init__()
        self.layer, self.norm, self.error = nn.Linear(8, 8), nn.BatchNorm1d(8), error

    def forward(self, x: torch.Tensor) -> object:
        self.late = self.norm(self.layer(x))
        self.layer.weight.data.zero_()
        self.layer.register_forward_hook(lambda *_: None)
        self.train()
        torch.manual_seed(7)
        torch.set_default_dtype(torch.float64)
        torch.autocast("cpu").__enter__()
        torch.set_grad_enabled(False)
        raise self.error


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("backend", BOTH)
@pytest.mark.parametrize(
    ("error", "raised"), [(KeyError, MeasureError), (SystemExit, MeasureError), (KeyboardInterrupt, KeyboardInterrupt)]
)
def test_what_ends_midway(
    error: type[BaseException], raised: type[BaseException], backend: Backend, mode: Mode, everything_of: StateOf
) -> None:
    model = Torn(error).eval()
    before = everything_of(model)
    with pytest.raises(raised):
        count(model, "4x8", backend=backend, mode=mode)
    assert everything_of(model) == before
    assert not torch.is_autocast_enabled("cpu")


@pytest.mark.skipif(not torch.accelerator.is_available() if hasattr(torch, "accelerator") else True, reason="none here")
@pytest.mark.parametrize("backend", BOTH)
def test_a_model_on_an_accelerator(backend: Backend, everything_of: StateOf) -> None:
    device = torch.accelerator.current_accelerator()
    assert device is not None
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8 * 36, 4)).to(device)
    before = everything_of(model)
    for mode in MODES:
        measurement = count(model, "2x3x8x8", backend=backend, mode=mode)
        if mode == "inference":
            assert measurement.macs == 2 * (36 * 8 * 27 + 8 * 36 * 4)
    assert everything_of(model) == before
