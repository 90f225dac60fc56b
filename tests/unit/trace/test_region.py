"""Regions: whatever runs inside a block, for real, under the modules that ran it."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from pytest_flopbudget import Measurement, count
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.region import Region, region


def measured(seen: Region) -> Measurement:
    return Measurement.of(seen.trace(), FORMULAS)


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.second = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.second(self.first(x).relu())
        return y


def test_calls_belong_to_the_modules_that_ran_them() -> None:
    net, other, x = Net(), Net(), torch.ones(3, 4)
    with region(FORMULAS) as seen:
        y = net(x)
        y = y @ y.t()
        other(x)
        net(x)
    measurement = measured(seen)
    one = 3 * (4 * 8 + 8 * 2)
    assert {path: cost.macs for path, cost in measurement.by_module().items()} == {
        "": 3 * one + 3 * 2 * 3,
        "Net": 2 * one,
        "Net.first": 2 * 3 * 4 * 8,
        "Net.second": 2 * 3 * 8 * 2,
        "Net#2": one,
        "Net#2.first": 3 * 4 * 8,
        "Net#2.second": 3 * 8 * 2,
    }
    assert {module.path: module.calls for module in measurement.modules if module.calls} == {
        "Net": 2,
        "Net.first": 2,
        "Net.second": 2,
        "Net#2": 1,
        "Net#2.first": 1,
        "Net#2.second": 1,
    }
    assert (measurement.traced, measurement.built, measurement.uncounted) == ("executed", "given", {})


@pytest.mark.parametrize("gradients", [True, False])
def test_the_same_macs_with_gradients_and_without(gradients: bool) -> None:
    attention = nn.MultiheadAttention(64, 4, batch_first=True)
    x = torch.ones(2, 16, 64)
    with torch.set_grad_enabled(gradients), region(FORMULAS) as seen:
        attention(x, x, x, need_weights=False)
    assert measured(seen).macs == 2 * 16 * 4 * 64 * 64 + 2 * 2 * 16 * 16 * 64
    assert not measured(seen).uncounted


def test_what_runs_before_and_after_is_not_counted() -> None:
    net, x = Net(), torch.ones(3, 4)
    net(x)
    with region(FORMULAS) as seen:
        pass
    net(x).sum().backward()
    assert measured(seen).macs == 0
    assert net.first.weight.grad is not None


def test_a_count_inside_is_no_part_of_it() -> None:
    net, x = Net(), torch.ones(3, 4)
    with region(FORMULAS) as seen:
        count(net, "3x4")
        net(x)
    measurement = measured(seen)
    assert measurement.macs == 3 * (4 * 8 + 8 * 2)
    assert {module.path: module.calls for module in measurement.modules}["Net"] == 1


def test_a_region_inside_a_region_belongs_to_both() -> None:
    net, x = Net(), torch.ones(3, 4)
    with region(FORMULAS) as outer:
        with region(FORMULAS) as inner:
            net(x)
        net(x)
    assert measured(outer).macs == 2 * measured(inner).macs == 2 * 3 * (4 * 8 + 8 * 2)


def test_an_error_inside_passes_through_and_leaves_nothing() -> None:
    hooks = len(torch.nn.modules.module._global_forward_hooks)
    with pytest.raises(ValueError, match="mine"), region(FORMULAS):
        raise ValueError("mine")
    assert len(torch.nn.modules.module._global_forward_hooks) == hooks
    assert torch._C._len_torch_dispatch_stack() == 0
    Net()(torch.ones(3, 4)).sum().backward()


def test_a_backward_is_refused() -> None:
    message = "a backward pass inside a region is not counted yet: let the region end before it"
    with pytest.raises(MeasureError) as error, region(FORMULAS):
        Net()(torch.ones(3, 4)).sum().backward()
    assert str(error.value) == message
    x = torch.ones(3, 4, requires_grad=True)
    with pytest.raises(MeasureError) as error, region(FORMULAS):
        torch.autograd.grad(x.sum(), x)
    assert str(error.value) == message


def test_a_thread_of_the_regions_own_is_refused_and_another_is_not() -> None:
    with pytest.raises(MeasureError) as error, region(FORMULAS):
        threading.Thread(target=print).start()
    assert str(error.value) == "work that a region hands to a thread is not seen: do it outside, or without the thread"


def test_what_is_compiled_runs_as_it_was_written() -> None:
    def backend(*_: object) -> object:
        raise AssertionError("nothing is compiled")

    net = torch.compile(Net(), backend=backend)
    with region(FORMULAS) as seen:
        net(torch.ones(3, 4))
    assert measured(seen).macs == 3 * (4 * 8 + 8 * 2)


@pytest.mark.skipif(
    not hasattr(TorchDispatchMode, "supports_higher_order_operators"),
    reason="this torch does not hand higher-order operators to a dispatch mode",
)
def test_of_branches_the_one_that_ran() -> None:
    net, x = Net(), torch.ones(3, 4)
    with torch.no_grad(), region(FORMULAS) as seen:
        torch.cond(x.sum() > 0, net.first, lambda x: net.second(net.first(x)) @ torch.ones(2, 8), (x,))
    assert measured(seen).macs == 3 * 4 * 8


def test_what_nothing_can_count_is_named() -> None:
    with region(FORMULAS) as seen:
        torch.linalg.svd(torch.ones(3, 3))
    assert list(measured(seen).uncounted) == [("aten::_linalg_svd", "")]
