"""Large values that do not depend on data: they take no memory on shapes, and are no data where they are needed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Mode
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.dataless import DatalessTensor

AsModel = Callable[[Callable[..., object]], nn.Module]


def attention_mask() -> torch.Tensor:
    return torch.ones(8, 2048, dtype=torch.int64)[:, None, None, :].expand(8, 1, 2048, 2048)


LARGE: dict[str, Callable[[], torch.Tensor]] = {
    "a mask of another type": lambda: attention_mask().to(torch.float32),
    "one hot": lambda: nn.functional.one_hot(torch.arange(2048), 8192),
    "a mask in floats": lambda: torch.ones(5000, 4000, dtype=torch.bool).float(),
    "one hot of as many classes as there are": lambda: nn.functional.one_hot(torch.tensor([10**9])),
    "one element, many times": lambda: torch.zeros(1).repeat_interleave(torch.tensor([10**9])),
    "eye": lambda: torch.eye(12_000),
    "diag": lambda: torch.arange(8000.0).diag(),
    "diag_embed": lambda: torch.arange(8000.0).diag_embed(),
    "contiguous": lambda: torch.zeros(1).expand(8000, 8000).contiguous(),
    "reshape": lambda: torch.zeros(8000).expand(8000, 8000).reshape(-1),
    "rows": lambda: torch.zeros(8000)[torch.zeros(1, dtype=torch.int64).expand(8000, 8000)],
    "repeats": lambda: torch.ones(8000).repeat_interleave(torch.full((8000,), 100)),
    "both masks": lambda: torch.ones(1, dtype=torch.bool).expand(9000, 8000) & torch.tensor(True),
    "scaled": lambda: nn.functional.interpolate(torch.zeros(1, 1, 100, 100), scale_factor=100.0),
    "like a large one": lambda: torch.zeros_like(torch.zeros(1).expand(8000, 8000)),
    "a large mask": lambda: torch.ones(9000, 8000, dtype=torch.bool),
}


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_a_large_result_has_no_data(as_model: AsModel, make: Callable[[], torch.Tensor]) -> None:
    seen: list[bool] = []

    def forward(x: torch.Tensor) -> torch.Tensor:
        seen.append(type(make()) is DatalessTensor)
        return x @ x.t()

    assert count(as_model(forward), "3x4", backend="shapes").macs == 3 * 3 * 4
    assert seen == [True]


VIEWS: dict[str, Callable[[], torch.Tensor]] = {
    "expanded": attention_mask,
    "of its own type": lambda: attention_mask().to(torch.int64),
    "a transposed one": lambda: torch.ones(2048, 2048, dtype=torch.bool).t(),
    "another type of the same bytes": lambda: torch.zeros(1000, 1000, dtype=torch.int32).view(torch.uint8),
    "written": lambda: torch.zeros(1000, 1000, dtype=torch.int64).add_(1),
    "out": lambda: torch.add(torch.zeros(900, dtype=torch.int64)[:, None], 1, out=torch.empty(0, dtype=torch.int64)),
}


@pytest.mark.parametrize("make", VIEWS.values(), ids=VIEWS)
def test_a_view_of_what_is_kept_is_kept(as_model: AsModel, make: Callable[[], torch.Tensor]) -> None:
    expected = make().flatten()[-1].item()

    def forward(x: torch.Tensor) -> torch.Tensor:
        return x @ x.t() if make()[(-1,) * make().dim()].item() == expected else x

    assert count(as_model(forward), "3x4", backend="shapes").macs == 3 * 3 * 4


def causal(x: torch.Tensor) -> torch.Tensor:
    return x if not torch.ones(2048, 2048, dtype=torch.bool).tril().all() else x @ x.t()


def masked(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return x @ x.t() if mask.all() else x


def test_masks_and_positions_are_kept_up_to_64_mebibytes(as_model: AsModel) -> None:
    assert count(as_model(causal), "3x4", backend="shapes").macs == 0
    mask = torch.ones(160_000, dtype=torch.int64)
    assert count(as_model(masked), [torch.ones(3, 4), mask], backend="shapes").macs == 3 * 3 * 4


def scaled(linear: nn.Linear, x: torch.Tensor, pixels: torch.Tensor) -> torch.Tensor:
    mask = nn.functional.interpolate(pixels[None].float(), size=(25, 42)).to(torch.bool)[0]
    return linear(x) if mask.all() else x


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.float32])
@pytest.mark.parametrize("mode", ["inference", "training"])
def test_so_is_a_mask_of_pixels_in_floats(as_model: AsModel, mode: Mode, dtype: torch.dtype) -> None:
    """As models of detection make one that hides nothing, and scale it to the size of their features."""
    linear = nn.Linear(4, 5)
    model = as_model(lambda x: scaled(linear, x, torch.ones(1, 800, 1333, dtype=dtype)))
    model.linear = linear
    assert count(model, "3x4", backend="shapes", mode=mode).by_phase()["forward"].macs == 3 * 4 * 5


def triangle(x: torch.Tensor) -> object:
    return x @ x.t() if torch.full((1024, 1024), 1.0).tril().sum() > 0 else x


def triangle_written(x: torch.Tensor) -> object:
    row = torch.zeros(1024)
    row += torch.full((1024, 1024), 1.0)[0]
    return x @ x.t() if row.sum() > 0 else x


TOO_LARGE: dict[str, tuple[Callable[[torch.Tensor], object], str]] = {
    "read": (triangle, "aten::is_nonzero"),
    "read where it was written": (triangle_written, "aten::is_nonzero"),
    "chosen by": (lambda x: [x[torch.full((3, 2**19), 1.0)[:, :4].bool()], x @ x.t()][1], "aten::index"),
    "searched": (lambda x: x @ x.t() if torch.ones(1).expand(3000, 2000).nonzero().any() else x, "aten::nonzero"),
    "written to a tensor that grows": (
        lambda x: [torch.add(torch.zeros(1).expand(600, 600), 1, out=torch.empty(0)), x @ x.t()][1],
        "aten::add",
    ),
}


@pytest.mark.parametrize(("forward", "operator"), TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_large_value_is_no_data(as_model: AsModel, forward: Callable[[torch.Tensor], object], operator: str) -> None:
    with pytest.raises(MeasureError) as refused:
        count(as_model(forward), "3x4", backend="shapes")
    why = f"cannot be counted on shapes: {operator} in Function needs a value that is too large to be kept"
    assert refused.value.headline == why
    measurement = count(as_model(forward), "3x4")
    assert (measurement.traced, measurement.data_dependent, measurement.macs) == ("executed", False, 3 * 3 * 4)


def test_data_in_a_large_tensor_is_data(as_model: AsModel) -> None:
    def forward(x: torch.Tensor) -> torch.Tensor:
        table = torch.zeros(1024, 1024)
        table[:3, :4] = x
        return x @ x.t() if table.sum() > 0 else x

    with pytest.raises(MeasureError) as refused:
        count(as_model(forward), "3x4", backend="shapes")
    assert refused.value.headline == (
        "cannot be counted on shapes: aten::is_nonzero in Function reads values that depend on data"
    )
