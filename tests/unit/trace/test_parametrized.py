"""Weights that are computed at every call cost what they cost at every call, on shapes and executed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend

StateOf = Callable[[nn.Module], dict[str, object]]

BACKENDS = pytest.mark.parametrize("backend", ["shapes", "execute"])


class Mixed(nn.Module):
    """A parametrization of one's own: the rows of a weight, mixed."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Parameter(torch.randn(6, 6))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return self.mix @ weight


def mixed() -> nn.Module:
    return parametrize.register_parametrization(nn.Linear(4, 6), "weight", Mixed())


def older_weight_norm() -> nn.Module:
    return nn.utils.weight_norm(nn.Linear(4, 6))


# A layer from 4 to 6: beyond its own 3 * 4 * 6, the MACs, the elements that their calls put out, the other FLOPs, and
# the parameters.
NORM = (0, 0, 2 * 6 * 4 + 6 + 6 * 4, 6)  # the rows' lengths, the scales over them, the rows scaled
SPECTRAL = (6 * 4 + 6, 6 + 1, 6 * 4, 0)  # the matrix by a vector, that by another, the matrix divided by it

PARAMETRIZED: dict[str, tuple[Callable[[], nn.Module], tuple[int, int, int, int]]] = {
    "weight_norm": (lambda: parametrizations.weight_norm(nn.Linear(4, 6)), NORM),
    "spectral_norm": (lambda: parametrizations.spectral_norm(nn.Linear(4, 6)), SPECTRAL),
    "the older weight_norm": (older_weight_norm, NORM),
    "the older spectral_norm": (lambda: nn.utils.spectral_norm(nn.Linear(4, 6)), SPECTRAL),
    "one's own": (mixed, (6 * 6 * 4, 6 * 4, 0, 6 * 6)),
}
EACH = pytest.mark.parametrize(("make", "extra"), PARAMETRIZED.values(), ids=PARAMETRIZED)

pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated:FutureWarning")


@BACKENDS
@EACH
def test_by_hand(
    make: Callable[[], nn.Module], extra: tuple[int, int, int, int], backend: Backend, state_of: StateOf
) -> None:
    model = make()
    macs, outs, others, params = extra
    before = state_of(model)
    measurement = count(model, "3x4", backend=backend)
    assert state_of(model) == before
    assert measurement.macs == 3 * 4 * 6 + macs
    assert measurement.activations == 3 * 6 + outs
    assert measurement.by_module()[""].other_flops == 3 * 6 + others
    assert measurement.params == 6 * 4 + 6 + params
    assert measurement.uncounted == {}


@EACH
def test_a_training_step_works_afterwards(make: Callable[[], nn.Module], extra: object) -> None:
    model = make()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    for backend in ("shapes", "execute"):
        count(model, "3x4", backend=backend)
    (model(torch.randn(3, 4)) * torch.randn(3, 6)).sum().backward()
    optimizer.step()
    assert not any(torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True))


class Twice(nn.Module):
    def __init__(self, *, cached: bool) -> None:
        super().__init__()
        self.layer = parametrizations.spectral_norm(nn.Linear(4, 4))
        self.cached = cached

    def forward(self, x: torch.Tensor) -> object:
        if not self.cached:
            return self.layer(self.layer(x))
        with parametrize.cached():
            return self.layer(self.layer(x))


@BACKENDS
@pytest.mark.parametrize(("cached", "times"), [(False, 2), (True, 1)])
def test_at_every_call_unless_it_is_cached(cached: bool, times: int, backend: Backend, state_of: StateOf) -> None:
    model = Twice(cached=cached)
    before = state_of(model)
    costs = count(model, "3x4", backend=backend).by_module()
    assert state_of(model) == before
    assert costs["layer"].macs == 2 * 3 * 4 * 4 + times * (4 * 4 + 4)
    assert costs["layer.parametrizations.weight.0"].macs == times * (4 * 4 + 4)
