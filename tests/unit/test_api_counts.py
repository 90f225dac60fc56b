"""Counting from plain Python: what the model gets, and what a count tells."""

from __future__ import annotations

import inspect

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend, Measurement
from pytest_flopbudget.counting.operators import Cost


def test_no_input() -> None:
    class Constant(nn.Linear):
        def forward(self) -> torch.Tensor:  # type: ignore[override]
            return self.weight @ self.weight.t()

    assert count(Constant(4, 8)).macs == 8 * 4 * 8


@pytest.mark.parametrize("backend", ["shapes", "execute"])
def test_a_tensor_that_is_given_is_not_the_one_that_the_model_gets(backend: Backend) -> None:
    x = torch.arange(12.0).reshape(3, 4)
    x.requires_grad_()

    class Writing(nn.Linear):
        def forward(self, input: torch.Tensor) -> torch.Tensor:
            assert input.requires_grad
            input.detach().zero_()
            return super().forward(input)

    count(Writing(4, 8), x, backend=backend)
    assert x.sum() == sum(range(12))


def test_integers_that_are_given_are_known() -> None:
    class Repeating(nn.Linear):
        def forward(self, input: torch.Tensor, times: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
            return torch.stack([super(Repeating, self).forward(input) for _ in range(int(times))])

    measurement = count(Repeating(4, 8), ["3x4", torch.tensor(5)])
    assert (measurement.macs, measurement.traced) == (5 * 3 * 4 * 8, "shapes")


def counted_with_lines() -> tuple[Measurement, int]:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(4, 8)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y: torch.Tensor = self.layer(x)
            z: torch.Tensor = self.layer(x)
            return y @ z.t()

    return count(Two(), "3x4", lines=True), inspect.getsourcelines(Two.forward)[1]


def test_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(__file__.rpartition("/tests/")[0])
    measurement, first = counted_with_lines()
    linear = Cost(3 * 4 * 8, 3 * 8)
    assert measurement.by_line() == {
        f"tests/unit/test_api_counts.py:{first + 1}": linear,
        f"tests/unit/test_api_counts.py:{first + 2}": linear,
        f"tests/unit/test_api_counts.py:{first + 3}": Cost(3 * 8 * 3),
    }
    assert sum(cost.macs for cost in measurement.by_line().values()) == measurement.macs


def test_a_measurement_is_shown_by_its_sums() -> None:
    assert repr(count(nn.Linear(8, 4), "2x8")) == "<Measurement 64 MACs, 36 params, shapes>"
