"""What a backward pass computes again of the forward is a share of its own, in the modules that compute it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

from pytest_flopbudget import count
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Backend, Measurement
from pytest_flopbudget.trace.region import region

# What torch 2.4 says of its own code.
pytestmark = pytest.mark.filterwarnings("ignore:`torch.cpu.amp.autocast:FutureWarning")

StateOf = Callable[[nn.Module], dict[str, object]]

FIRST, MIX, SECOND = 3 * 4 * 8, 3 * 8 * 8, 3 * 8 * 2


class Block(nn.Module):
    """Two layers, and a product of its own between them."""

    def __init__(self, reentrant: bool | None) -> None:
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.mix = nn.Parameter(torch.ones(8, 8))
        self.second = nn.Linear(8, 2)
        self.reentrant = reentrant

    def inner(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.second((self.first(x) @ self.mix).relu())
        return y

    def forward(self, x: torch.Tensor) -> Any:
        if self.reentrant is None:
            return self.inner(x)
        return checkpoint(self.inner, x, use_reentrant=self.reentrant)


def in_region(model: nn.Module, x: torch.Tensor) -> Measurement:
    with region(FORMULAS) as seen:
        model(x).sum().backward()
    return Measurement.of(seen.trace(), FORMULAS)


def by_path(measurement: Measurement, root: str = "") -> dict[str, int]:
    return {path.removeprefix(f"{root}."): cost.macs for path, cost in measurement.by_module().items() if path != root}


# The input asks for a gradient in all of them, since the reentrant kind is of no use where none does. The other kind
# ends where everything is there again that the backward needs: before the last product.
EVERY: dict[bool | None, dict[str, int]] = {
    None: {"forward": FIRST + MIX + SECOND, "backward": 2 * (FIRST + MIX + SECOND)},
    False: {
        "forward": FIRST + MIX + SECOND,
        "backward": 2 * (FIRST + MIX + SECOND),
        "recomputed": FIRST + MIX,
    },
    True: {
        "forward": FIRST + MIX + SECOND,
        "backward": 2 * (FIRST + MIX + SECOND),
        "recomputed": FIRST + MIX + SECOND,
    },
}


@pytest.mark.parametrize("backend", ["shapes", "execute", None], ids=["shapes", "execute", "region"])
@pytest.mark.parametrize("reentrant", EVERY)
def test_the_shares(reentrant: bool | None, backend: Backend | None, state_of: StateOf) -> None:
    model, x = Block(reentrant), torch.ones(3, 4, requires_grad=True)
    before = state_of(model)
    if backend is None:
        measurement = in_region(model, x)
    else:
        measurement = count(model, x, mode="training", backend=backend)
        assert state_of(model) == before
    assert {phase: cost.macs for phase, cost in measurement.by_phase().items()} == EVERY[reentrant]
    again = EVERY[reentrant].get("recomputed", 0)
    paths = by_path(measurement, "Block" if backend is None else "")
    assert paths["first"] == 3 * FIRST + (FIRST if again else 0)
    assert paths["second"] == 3 * SECOND + (SECOND if reentrant else 0)
    assert (measurement.macs, measurement.uncounted) == (sum(EVERY[reentrant].values()), {})
    assert measurement.activations == 3 * (8 + 8 + 2)


@pytest.mark.parametrize("backend", ["shapes", "execute"])
def test_a_sequence_of_checkpoints(backend: Backend) -> None:
    class Stack(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(*(nn.Linear(4, 4) for _ in range(4)))

        def forward(self, x: torch.Tensor) -> Any:
            return checkpoint_sequential(self.layers, 2, x, use_reentrant=False)

    measurement = count(Stack(), torch.ones(2, 4), mode="training", backend=backend)
    # Of the first half its second layer is not needed again; the second half is not checkpointed.
    assert by_path(measurement) == {
        "layers": 32 * (3 + 3 + 3 + 2 + 1),
        "layers.0": 32 * (2 + 1),
        "layers.1": 32 * 3,
        "layers.2": 32 * 3,
        "layers.3": 32 * 3,
    }


class Shared(nn.Module):
    """One layer at two paths, each of which is computed again."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.Linear(4, 4)
        self.one = nn.Sequential(layer, nn.ReLU())
        self.two = nn.Sequential(layer, nn.Tanh())

    def forward(self, x: torch.Tensor) -> Any:
        return checkpoint(self.two, checkpoint(self.one, x, use_reentrant=False), use_reentrant=False)


@pytest.mark.parametrize("backend", ["shapes", "execute", None], ids=["shapes", "execute", "region"])
def test_what_is_computed_again_stands_at_the_path_of_its_forward(backend: Backend | None) -> None:
    x = torch.ones(2, 4)
    measurement = in_region(Shared(), x) if backend is None else count(Shared(), x, mode="training", backend=backend)
    root = "Shared" if backend is None else ""
    # The input asks for no gradient; what the ReLU and the tanh saved is computed again.
    assert by_path(measurement, root) == {
        **({"": 7 * 32} if root else {}),
        "one": 3 * 32,
        "one.0": 3 * 32,
        "one.1": 0,
        "two": 4 * 32,
        "two.0": 4 * 32,
        "two.1": 0,
    }
    calls = {module.path.removeprefix(f"{root}."): module.calls for module in measurement.modules}
    assert (calls["one.0"], calls["two.0"]) == (2, 2)


class Squared(torch.autograd.Function):
    """Computes its forward again by itself."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x, weight)
        return (x @ weight).square()

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, ...]:
        with torch.enable_grad():
            x, weight = (each.detach().requires_grad_() for each in ctx.saved_tensors)
            out = (x @ weight).square()
        return torch.autograd.grad(out, (x, weight), gradients)


@pytest.mark.parametrize("backend", ["shapes", "execute"])
def test_a_function_that_computes_its_forward_again(backend: Backend) -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(4, 4))

        def forward(self, x: torch.Tensor) -> Any:
            apply: Callable[..., torch.Tensor] = Squared.apply
            return apply(x, self.weight)

    measurement = count(Model(), "2x4", mode="training", backend=backend)
    assert {phase: cost.macs for phase, cost in measurement.by_phase().items()} == {
        "forward": 32,
        "backward": 2 * 32,
        "recomputed": 32,
    }


def test_a_backward_that_is_to_be_differentiated_computes_nothing_again() -> None:
    layer, x = nn.Linear(4, 4), torch.ones(2, 4, requires_grad=True)
    with region(FORMULAS) as seen:
        (slope,) = torch.autograd.grad(layer(x).square().sum(), x, create_graph=True)
        slope.square().sum().backward()
    measurement = Measurement.of(seen.trace(), FORMULAS)
    assert {phase: cost.macs for phase, cost in measurement.by_phase().items()} == {"forward": 32, "backward": 5 * 32}
    assert measurement.by_module()["Linear"].macs == 6 * 32
