"""What may be going on around a count: other modes, transforms, devices, autocast. It changes no count."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest
import torch
from torch import nn
from torch._subclasses import FakeTensorMode
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend, Mode

StateOf = Callable[[nn.Module], dict[str, object]]

BOTH: tuple[Backend, Backend] = ("shapes", "execute")
MODES: tuple[Mode, Mode] = ("inference", "training")
# Of one call of the layer at 4x8.
ONCE = 4 * 8 * 8


class Dispatching(TorchDispatchMode):
    """A user's own."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


class Functions(TorchFunctionMode):
    """A user's own."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


def numbers(model: nn.Module, backend: Backend, mode: Mode = "inference") -> Sequence[int]:
    measurement = count(model, "4x8", backend=backend, mode=mode)
    assert not measurement.uncounted
    return measurement.macs, measurement.activations, measurement.total_flops


AROUND: Mapping[str, Callable[[], AbstractContextManager[object]]] = {
    "inference mode": torch.inference_mode,
    "no gradients": torch.no_grad,
    "torch's counter": lambda: FlopCounterMode(display=False),
    "fake tensors": FakeTensorMode,
    "a dispatch mode": Dispatching,
    "a function mode": Functions,
    "a device": lambda: torch.device("cpu"),
    "the device without data": lambda: torch.device("meta"),
    "autocast": lambda: torch.autocast("cpu"),
    "anomalies": torch.autograd.detect_anomaly,
}


@pytest.mark.filterwarnings("ignore:Anomaly Detection has been enabled")
@pytest.mark.parametrize("backend", BOTH)
@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_what_goes_on_around_a_count(
    around: Callable[[], AbstractContextManager[object]], backend: Backend, everything_of: StateOf
) -> None:
    model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))
    before = everything_of(model)
    with around():
        assert count(model, "4x8", backend=backend).macs == 2 * ONCE
        # By the weights of both layers, and by the input of the second.
        assert count(model, "4x8", backend=backend, mode="training").macs == (2 + 3) * ONCE
    assert everything_of(model) == before


def test_torchs_counter_counts_its_own_alone() -> None:
    model = nn.Linear(8, 8)
    with FlopCounterMode(display=False) as counter:
        count(model, "4x8", mode="training")
        model(torch.ones(4, 8))
        count(model, "4x8", backend="execute")
    assert counter.get_total_flops() == 2 * ONCE
    assert counter.get_flop_counts()["Linear"] == counter.get_flop_counts()["Global"]


@pytest.mark.parametrize("backend", BOTH)
@pytest.mark.parametrize("transform", [torch.vmap, torch.func.grad], ids=["vmap", "grad"])
def test_a_count_inside_a_transform(transform: Callable[..., Any], backend: Backend, everything_of: StateOf) -> None:
    model = nn.Linear(8, 8)
    counted: list[int] = []
    before = everything_of(model)

    def function(x: torch.Tensor) -> torch.Tensor:
        counted.extend(numbers(model, backend, mode)[0] for mode in MODES)
        return (x * x).sum()

    assert torch.equal(transform(function)(torch.ones(3)), torch.ones(3) * (1 if transform is torch.vmap else 2))
    assert counted == [ONCE, 2 * ONCE]
    assert everything_of(model) == before
