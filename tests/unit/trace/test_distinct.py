"""How many different values there can be, where the trace does not know them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.trace.distinct import Distinct
from pytest_flopbudget.trace.given import given
from pytest_flopbudget.trace.ladder import Request, trace_live
from pytest_flopbudget.trace.parts import subject_of

AsModel = Callable[[Callable[..., object]], torch.nn.Module]
LABELS = torch.arange(3).repeat(4)
WEIGHT = torch.ones(1, 4)


def product_of_unique(values: torch.Tensor) -> torch.Tensor:
    """As many times 4 MACs as there may be different values."""
    return torch.mm(values.unique().float().unsqueeze(1), WEIGHT)


def chosen(x: torch.Tensor) -> torch.Tensor:
    return LABELS[torch.where(x > 0)[0]]


def written(x: torch.Tensor) -> torch.Tensor:
    values = chosen(x).float()
    values.copy_(x)
    return values


def written_in_place(x: torch.Tensor) -> torch.Tensor:
    values = chosen(x)
    values.add_(x.argsort())
    return values


# Of twelve unknown floats, or of labels 0, 1 and 2, four of each.
@pytest.mark.parametrize(
    ("function", "different"),
    [
        pytest.param(lambda x: x, 12, id="anything"),
        pytest.param(lambda x: x > 0, 2, id="booleans"),
        pytest.param(chosen, 3, id="labels by unknown positions"),
        pytest.param(lambda x: LABELS[x > 0], 3, id="labels by a mask"),
        pytest.param(lambda x: torch.masked_select(LABELS, x > 0), 3, id="masked_select"),
        pytest.param(lambda x: LABELS.index_select(0, x.argsort()), 3, id="index_select"),
        pytest.param(lambda x: LABELS.gather(0, x.argsort()), 3, id="gather"),
        pytest.param(lambda x: LABELS.take(x.argsort()), 3, id="take"),
        pytest.param(lambda x: LABELS.expand(2, 12)[:, x.argsort()].reshape(-1), 3, id="labels, expanded and reshaped"),
        pytest.param(lambda x: chosen(x)[x.argsort()], 3, id="labels, twice"),
        pytest.param(lambda x: chosen(x).view(3, 4)[1:].flatten(), 3, id="a part of them"),
        pytest.param(lambda x: chosen(x)[:2], 2, id="no more than there are elements"),
        pytest.param(lambda x: torch.cat([chosen(x), chosen(x) % 2]), 5, id="of several, all of each"),
        pytest.param(lambda x: x.argsort() % 7, 7, id="remainders by 7"),
        pytest.param(lambda x: x.argsort() % -7, 7, id="and by -7"),
        pytest.param(lambda x: chosen(x) % 7, 3, id="of few"),
        pytest.param(lambda x: x % 7, 12, id="remainders of floats"),
        pytest.param(lambda x: x.argsort() % 7.5, 12, id="and by them"),
        pytest.param(lambda x: chosen(x) + x.argsort(), 12, id="added to anything"),
        pytest.param(lambda x: torch.full((2**24,), 5)[x.argsort()], 1, id="one value, too many to be kept"),
        pytest.param(written_in_place, 12, id="changed in place"),
        pytest.param(written, 12, id="written to"),
    ],
)
def test_no_more_different_values_than_there_were(
    as_model: AsModel, function: Callable[[torch.Tensor], torch.Tensor], different: int
) -> None:
    model = as_model(lambda x: product_of_unique(function(x)))
    request = Request(backend="shapes", worst={})
    measurement = Measurement.of(trace_live(subject_of(model, given("12", None)), FORMULAS, request), FORMULAS)
    assert (measurement.macs, measurement.traced) == (different * 4, "worst case")


def test_what_is_assumed_comes_first(as_model: AsModel) -> None:
    model = as_model(lambda x: product_of_unique(chosen(x)))
    request = Request(worst={"aten::_unique2": 2})
    trace = trace_live(subject_of(model, given("12", None)), FORMULAS, request)
    assert Measurement.of(trace, FORMULAS).macs == 2 * 4


def test_a_part_says_nothing_of_the_whole(as_model: AsModel) -> None:
    def whole(x: torch.Tensor) -> torch.Tensor:
        positions = x.argsort()
        positions[:2].reshape(2)
        return product_of_unique(positions)

    trace = trace_live(subject_of(as_model(whole), given("12", None)), FORMULAS, Request(worst={}))
    assert Measurement.of(trace, FORMULAS).macs == 12 * 4


def test_very_many_are_not_looked_through(as_model: AsModel) -> None:
    """Three labels, expanded: no more values than there is room for in the storage of twelve that they are of."""

    def expanded(x: torch.Tensor) -> torch.Tensor:
        labels = LABELS[:3].unsqueeze(1).expand(3, 2**22)
        return product_of_unique(labels.reshape(-1)[x.argsort()])

    trace = trace_live(subject_of(as_model(expanded), given("20", None)), FORMULAS, Request(worst={}))
    assert Measurement.of(trace, FORMULAS).macs == 12 * 4


def test_of_a_sparse_tensor_every_element_may_differ() -> None:
    known = Distinct(lambda _: False)
    assert known.most(torch.eye(3)) == 2
    assert known.most(torch.eye(3).to_sparse()) == 3 * 3
