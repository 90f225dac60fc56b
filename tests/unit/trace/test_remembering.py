"""Floats that do not depend on data are known in training too, where autograd wants them without data."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.errors import MeasureError

AsModel = Callable[[Callable[..., object]], nn.Module]
Mask = Callable[[torch.Tensor], torch.Tensor]


def written_in_places(x: torch.Tensor) -> torch.Tensor:
    mask = torch.ones(2, 4)
    mask[:, 2:] = 0
    mask.view(-1)[0].add_(1)
    return mask


def of_a_type_and_shape(x: torch.Tensor) -> torch.Tensor:
    return x.new_zeros((2, 4)) + torch.tensor([0.0, 2.0, 3.0, 0.0])


def written_by_known_integers(x: torch.Tensor) -> torch.Tensor:
    mask = torch.zeros(8)
    mask.index_put_((torch.arange(3),), torch.ones(3))
    return mask


# How many places are not zero: each branches on them, and on one of them alone.
MASKS: dict[str, tuple[Mask, int]] = {
    "ones": (lambda x: torch.ones(2, 4), 8),
    "cut": (lambda x: torch.ones(4, 4).triu(1), 4 * 3 // 2),
    "written in places": (written_in_places, 2 * 2),
    "written by known integers": (written_by_known_integers, 3),
    "of a type and shape": (of_a_type_and_shape, 2 * 2),
    "like an activation": (torch.ones_like, 2 * 4),
    "like an activation, in integers": (lambda x: torch.ones_like(x, dtype=torch.int64), 2 * 4),
    "one number": (lambda x: x.new_full((), 3.0), 1),
    "a view of what was scaled": (lambda x: (torch.arange(8.0).view(2, 4) * 2).t()[1:], 6),
    "complex": (lambda x: torch.ones(3, dtype=torch.complex64), 3),
}


@pytest.mark.parametrize(("make", "chosen"), MASKS.values(), ids=MASKS)
def test_a_forward_may_look_at_them(as_model: AsModel, make: Mask, chosen: int) -> None:
    layer = nn.Linear(4, 4)

    def forward(x: torch.Tensor) -> torch.Tensor:
        mask = make(x)
        times = int((mask != 0).sum()) + int(mask.reshape(-1)[-1].abs().item() > 1e6)
        for _ in range(times):
            x = layer(x)
        return x

    model = as_model(forward)
    model.layer = layer
    on_shapes, executed = (count(model, "2x4", mode="training", backend=way) for way in ("shapes", "execute"))
    assert on_shapes.by_phase() == executed.by_phase()
    assert on_shapes.by_phase()["forward"].macs == chosen * 2 * 4 * 4


def written_by_an_activation(x: torch.Tensor) -> torch.Tensor:
    mask = torch.ones(2, 4)
    mask[0] = x[0].detach()
    return mask


def written_through_a_view(x: torch.Tensor) -> torch.Tensor:
    mask = torch.ones(2, 4)
    mask.view(-1)[2:].copy_(x.detach().view(-1)[2:])
    return mask


def met_by_an_activation(x: torch.Tensor) -> torch.Tensor:
    return torch.ones(2, 4) * x.detach()


def differentiated(x: torch.Tensor) -> torch.Tensor:
    return torch.ones(2, 4).requires_grad_() * 2


def parts_of_a_complex_number(x: torch.Tensor) -> torch.Tensor:
    mask = torch.ones(2, 4, dtype=torch.complex64)
    torch.view_as_real(mask)[0, :, 0] = x[0].detach()
    return mask.abs()


DEPENDING = [
    parts_of_a_complex_number,
    written_by_an_activation,
    written_through_a_view,
    met_by_an_activation,
    differentiated,
]


@pytest.mark.parametrize("make", DEPENDING)
def test_what_met_an_activation_is_not_looked_at(as_model: AsModel, make: Mask) -> None:
    layer = nn.Linear(4, 4)
    model = as_model(lambda x: layer(x) if make(x).sum() > 0 else layer(layer(x)))
    model.layer = layer
    with pytest.raises(MeasureError) as refused:
        count(model, "2x4", mode="training", backend="shapes")
    assert "reads values that depend on data" in refused.value.headline


def test_the_oldest_are_forgotten(as_model: AsModel) -> None:
    """So that what a long forward makes is not all kept: 70 MiB here."""

    def forward(x: torch.Tensor) -> torch.Tensor:
        first, *_, last = (torch.ones(2**18) for _ in range(70))
        assert last[0] == 1
        assert first[0] == 1
        return x

    with pytest.raises(MeasureError) as refused:
        count(as_model(forward), "2x4", mode="training", backend="shapes")
    assert any("assert first[0] == 1" in detail for detail in refused.value.details)
