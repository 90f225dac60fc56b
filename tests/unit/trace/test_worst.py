"""The worst case: a ceiling for what depends on data, on shapes alone."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping

import pytest
import torch
from torch import nn

from pytest_flopbudget.counting.dynamic import DYNAMIC
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Backend, Measurement
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.given import given
from pytest_flopbudget.trace.ladder import Request, trace_live
from pytest_flopbudget.trace.masks import INDEXING
from pytest_flopbudget.trace.parts import subject_of
from pytest_flopbudget.trace.worst import _LARGEST

AsModel = Callable[[Callable[..., object]], nn.Module]


def measured(
    model: nn.Module, input: object, assume: Mapping[str, int] | None, backend: Backend = "auto"
) -> Measurement:
    request = Request(backend=backend, worst=assume)
    return Measurement.of(trace_live(subject_of(model, given(input, None)), FORMULAS, request), FORMULAS)


WEIGHT = torch.ones(5, 4)


def where(x: torch.Tensor) -> torch.Tensor:
    rows, _ = torch.where(x > 0)
    return x[rows] @ WEIGHT


def repeated(x: torch.Tensor) -> torch.Tensor:
    return torch.repeat_interleave(x, x[:, 0].int(), dim=0) @ WEIGHT


def put(x: torch.Tensor) -> torch.Tensor:
    out = torch.zeros(3, 5)
    out[x > 0] = x[x > 0]
    return out @ WEIGHT


# 3 rows of 5 elements, and 5 * 4 MACs for each row that a product has.
@pytest.mark.parametrize(
    ("function", "assume", "rows"),
    [
        pytest.param(lambda x: x[x[:, 0] > 0] @ WEIGHT, {}, 3, id="rows by a mask"),
        pytest.param(lambda x: x[x[:, 0] > 0] @ WEIGHT, {"aten::index": 2}, 2, id="two rows by a mask"),
        pytest.param(lambda x: x[x > 0].unsqueeze(1) @ WEIGHT[:1], {}, 3, id="elements by a mask"),
        pytest.param(lambda x: torch.masked_select(x, x > 0).unsqueeze(1) @ WEIGHT[:1], {}, 3, id="masked_select"),
        pytest.param(lambda x: x[(x > 0).nonzero()[:, 0]] @ WEIGHT, {}, 15, id="nonzero"),
        pytest.param(lambda x: x[(x > 0).nonzero()[:, 0]] @ WEIGHT, {"aten::nonzero": 4}, 4, id="four places"),
        pytest.param(lambda x: x[torch.argwhere(x > 0)[:, 0]] @ WEIGHT, {}, 15, id="argwhere"),
        pytest.param(where, {}, 15, id="where"),
        pytest.param(lambda x: x.unique().unsqueeze(1) @ WEIGHT[:1], {}, 3, id="unique"),
        pytest.param(lambda x: x.unique(dim=0) @ WEIGHT, {}, 3, id="unique rows"),
        pytest.param(lambda x: x.unique_consecutive(dim=0) @ WEIGHT, {}, 3, id="unique rows in a row"),
        pytest.param(lambda x: x.unique(return_counts=True)[1].float()[:5] @ WEIGHT, {}, 1, id="counts"),
        pytest.param(
            lambda x: x.flatten().int().bincount().float().unsqueeze(1) @ WEIGHT[:1],
            {"aten::bincount": 10},
            2,
            id="bincount",
        ),
        pytest.param(repeated, {"aten::repeat_interleave": 7}, 7, id="repeat_interleave"),
        pytest.param(
            lambda x: torch.repeat_interleave(x.flatten(), x.flatten().int()).unsqueeze(1) @ WEIGHT[:1],
            {"aten::repeat_interleave": 10},
            2,
            id="repeat_interleave of all",
        ),
        pytest.param(put, {}, 3, id="put by a mask"),
        pytest.param(lambda x: x[:, x[0] > 0] @ WEIGHT, {}, 3, id="columns by a mask"),
    ],
)
def test_what_depends_on_data_is_as_large_as_it_can_be(
    as_model: AsModel, function: Callable[..., object], assume: Mapping[str, int], rows: int
) -> None:
    measurement = measured(as_model(function), "3x5", assume)
    assert (measurement.macs, measurement.traced) == (rows * 5 * 4, "worst case")
    assert not measurement.data_dependent


@pytest.fixture
def nms() -> Iterator[Callable[..., torch.Tensor]]:
    """Non-maximum suppression under torchvision's name, which keeps the first half of the boxes."""
    if importlib.util.find_spec("torchvision"):
        pytest.skip("torchvision has its own")
    with torch.library._scoped_library("torchvision", "FRAGMENT") as library:
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.impl("nms", lambda dets, scores, _: torch.arange(dets.shape[0] // 2), "CPU")
        yield torch.ops.torchvision.nms


@pytest.mark.parametrize(
    ("assume", "rows", "traced"),
    [({}, 6, "worst case"), ({"torchvision::nms": 2}, 2, "worst case"), (None, 3, "executed")],
)
def test_boxes_that_are_kept(
    as_model: AsModel,
    nms: Callable[..., torch.Tensor],
    assume: Mapping[str, int] | None,
    rows: int,
    traced: str,
) -> None:
    measurement = measured(as_model(lambda x: x[nms(x[:, :4], x[:, 4], 0.5)] @ WEIGHT), "6x5", assume)
    assert (measurement.macs, measurement.traced) == (rows * 5 * 4, traced)
    assert measurement.data_dependent == (assume is None)


def test_it_is_a_ceiling(as_model: AsModel) -> None:
    model = as_model(lambda x: x[x[:, 0] > 0] @ WEIGHT)
    executed = measured(model, "16x5", None)
    assert executed.traced == "executed"
    assert executed.macs <= measured(model, "16x5", {}).macs == 16 * 5 * 4


def test_what_depends_on_no_data_is_traced_as_ever(as_model: AsModel) -> None:
    assert measured(as_model(lambda x: x @ WEIGHT), "3x5", {}).traced == "shapes"


def branching(x: torch.Tensor) -> torch.Tensor:
    return x @ WEIGHT if x.sum() > 0 else x


def uncertain(x: torch.Tensor) -> torch.Tensor:
    return x[: int(x.flatten().int().bincount().shape[0])]


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (branching, "cannot be counted on shapes: aten::is_nonzero in Function reads values that depend on data"),
        (uncertain, "cannot be counted on shapes: aten::bincount in Function reads values that depend on data"),
        (
            repeated,
            "cannot be counted on shapes: aten::repeat_interleave in Function reads values that depend on data",
        ),
    ],
)
def test_what_has_no_worst_case(as_model: AsModel, function: Callable[..., object], told: str) -> None:
    with pytest.raises(MeasureError) as error:
        measured(as_model(function), "3x5", {})
    lines = str(error.value).splitlines()
    assert lines[0] == told
    assert lines[-1] == ('hint      it has no worst case: data_dependent = "execute" counts it for one input\'s values')


def test_the_table_knows_what_is_assumed() -> None:
    assert {*_LARGEST, *INDEXING} - {"aten::_index_put_impl_"} == {*DYNAMIC}
