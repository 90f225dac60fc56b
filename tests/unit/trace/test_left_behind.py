"""What a model leaves outside itself: no inference tensor, and a data-less one is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.errors import MeasureError

Count = Callable[..., Measurement]
CACHE: dict[str, torch.Tensor] = {}


class Caching(nn.Module):
    """Keeps positions, which do not depend on data, in a cache outside the model."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if "positions" not in CACHE:
            CACHE["positions"] = torch.arange(4.0) + torch.tensor([1.0])
        out = self.linear(x + CACHE["positions"])
        assert isinstance(out, torch.Tensor)
        return out


def test_no_inference_tensor_is_left_behind(count: Count) -> None:
    CACHE.clear()
    model = Caching()
    count(model, (2, 4))
    assert CACHE["positions"].tolist() == [1, 2, 3, 4]
    assert not CACHE["positions"].is_inference()
    CACHE["positions"].requires_grad_(True)
    model(torch.ones(2, 4)).sum().backward()
    assert model.linear.weight.grad is not None
    CACHE.clear()


class Leaking(Caching):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        CACHE["activation"] = x
        return x @ x.t()


def test_a_data_less_tensor_left_outside_the_model_is_named(count: Count) -> None:
    CACHE.clear()
    with pytest.raises(MeasureError) as refused:
        count(Leaking(), (2, 4))
    assert str(refused.value) == (
        f"the forward keeps tensors without data where they cannot be put back: {__name__}.CACHE\n"
        "a later call would find them there; keep such a cache in the model, as a buffer or an attribute, "
        'or count it with backend = "execute"'
    )
    CACHE.clear()


class Failing(Leaking):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        super().forward(x)
        raise ValueError("leaking")


def test_it_is_named_also_when_the_forward_fails(count: Count) -> None:
    CACHE.clear()
    with pytest.raises(MeasureError) as refused:
        count(Failing(), (2, 4))
    assert refused.value.headline == "cannot run at 2x4: Failing: ValueError: leaking"
    assert refused.value.details[-1] == (
        f"leaks     tensors without data stay where they cannot be put back: {__name__}.CACHE"
    )
    CACHE.clear()


def test_a_failure_that_leaves_nothing_tells_nothing_of_it(count: Count) -> None:
    with pytest.raises(MeasureError) as refused:
        count(nn.Linear(3, 4), (2, 4))
    assert not any(detail.startswith("leaks") for detail in refused.value.details)
    assert any(frame.name == "follow" for frame in refused.traceback)
