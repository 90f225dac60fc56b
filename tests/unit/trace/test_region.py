"""Regions: whatever runs inside a block, for real, under the modules that ran it."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
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


FIRST, SECOND = 3 * 4 * 8, 3 * 8 * 2


def test_a_backward_belongs_to_the_modules_of_its_forward() -> None:
    net, x = Net(), torch.ones(3, 4)
    with region(FORMULAS) as seen:
        net(x).sum().backward()
    measurement = measured(seen)
    # Each gradient of a product costs what the product does, and the input asks for none.
    assert {path: cost.macs for path, cost in measurement.by_module().items()} == {
        "": 2 * FIRST + 3 * SECOND,
        "Net": 2 * FIRST + 3 * SECOND,
        "Net.first": 2 * FIRST,
        "Net.second": 3 * SECOND,
    }
    assert {phase: cost.macs for phase, cost in measurement.by_phase().items()} == {
        "forward": FIRST + SECOND,
        "backward": FIRST + 2 * SECOND,
    }
    assert (measurement.mode, measurement.uncounted) == ("training", {})
    assert net.first.weight.grad is not None


def test_gradients_by_an_input_are_a_backward_too() -> None:
    net, x = Net(), torch.ones(3, 4, requires_grad=True)
    with region(FORMULAS) as seen:
        torch.autograd.grad(net(x).sum(), x)
    assert measured(seen).macs == 2 * FIRST + 2 * SECOND
    assert x.grad is None


def test_the_backward_of_what_ran_before() -> None:
    net = Net()
    loss = net(torch.ones(3, 4)).sum()
    with region(FORMULAS) as seen:
        loss.backward()
    assert {path: cost.macs for path, cost in measured(seen).by_module().items()} == {"": FIRST + 2 * SECOND}


def test_gradients_that_are_added_up_belong_to_the_parameters_module() -> None:
    net, x = Net(), torch.ones(3, 4)
    net(x).sum().backward()
    with region(FORMULAS) as seen:
        net(x).sum().backward()
    added = [call.module for call in seen.trace().calls if call.operator == "aten::add_"]
    assert sorted(added) == ["Net.first", "Net.first", "Net.second", "Net.second"]


def test_a_whole_step() -> None:
    net = Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, foreach=False)
    before = net.first.weight.detach().clone()
    with region(FORMULAS) as seen:
        optimizer.zero_grad()
        net(torch.ones(3, 4)).sum().backward()
        optimizer.step()
    assert (measured(seen).macs, measured(seen).uncounted) == (2 * FIRST + 3 * SECOND, {})
    assert not torch.equal(net.first.weight, before)


def test_a_backward_in_a_region_leaves_nothing() -> None:
    engine = vars(torch.autograd)["_engine_run_backward"]
    with region(FORMULAS):
        Net()(torch.ones(3, 4)).sum().backward()
    assert vars(torch.autograd)["_engine_run_backward"] is engine


def test_a_count_that_differentiates_inside_is_none_of_its_backwards() -> None:
    class Force(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = x.requires_grad_()
            (force,) = torch.autograd.grad(super().forward(x).sum(), x)
            return force

    with region(FORMULAS) as seen:
        assert count(Force(4, 8), "3x4").macs >= 3 * 4 * 8
    assert measured(seen).macs == 0


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors is in prototype stage")
def test_a_refusal_that_the_block_catches_is_told_at_its_end() -> None:
    with region(FORMULAS) as seen:
        Net()(torch.ones(3, 4))
        with contextlib.suppress(MeasureError):
            torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(3, 3)])
    with pytest.raises(MeasureError) as error:
        seen.trace()
    assert str(error.value) == (
        "cannot be counted: aten::_nested_tensor_from_tensor_list works on a nested tensor, which is not counted: "
        "pad it, or give its module a @module_formula"
    )


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


@pytest.mark.skipif(
    not hasattr(TorchDispatchMode, "supports_higher_order_operators"),
    reason="this torch does not hand higher-order operators to a dispatch mode",
)
def test_a_higher_order_operator_that_is_not_followed() -> None:
    effects: Any = pytest.importorskip("torch._higher_order_ops.effects")
    with region(FORMULAS), pytest.raises(MeasureError) as error:
        effects.with_effects(torch.ones(0), torch.ops.aten.relu.default, torch.ones(3, 4))
    assert str(error.value) == "cannot be counted: with_effects is a higher-order operator, which is not counted"


@torch.library.custom_op("flopbudget_regions::turned", mutates_args=(), schema="(Tensor x) -> Tensor")
def turned(x: torch.Tensor) -> torch.Tensor:
    return x.flip(0)


def test_what_nothing_can_count_is_named() -> None:
    with region(FORMULAS) as seen:
        turned(torch.ones(3, 3))
    assert list(measured(seen).uncounted) == [("flopbudget_regions::turned", "")]


def macs(seen: Region) -> dict[str, int]:
    return {path: cost.macs for path, cost in measured(seen).by_module().items()}


@pytest.mark.parametrize("part_first", [True, False])
def test_a_part_that_is_called_by_itself_stands_apart_from_its_model(part_first: bool) -> None:
    net, x = Net(), torch.ones(3, 4)
    with region(FORMULAS) as seen:
        if part_first:
            net.first(x)
        net(x)
        net(x)
        if not part_first:
            net.first(x)
    first, second = 3 * 4 * 8, 3 * 8 * 2
    assert macs(seen) == {
        "": 3 * first + 2 * second,
        "Linear": first,
        "Net": 2 * (first + second),
        "Net.first": 2 * first,
        "Net.second": 2 * second,
    }


def test_a_model_in_a_wrapper_is_told_by_its_own_class() -> None:
    net, x = Net(), torch.ones(3, 4)
    with region(FORMULAS) as seen:
        nn.DataParallel(net)(x)
        nn.DataParallel(nn.Sequential(nn.DataParallel(net)))(x)
        net(x)
    assert [node.path for node in measured(seen).modules if node.calls] == [
        *("Net", "Net.first", "Net.second"),
        *("Sequential", "Sequential.0", "Sequential.0.first", "Sequential.0.second"),
    ]


def test_shapes_alone_are_counted_as_if_they_ran() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 4, 1))
    with region(FORMULAS) as seen, FakeTensorMode(allow_non_fake_inputs=True):
        assert net(torch.ones(1, 3, 16, 16)).device.type == "cpu"
    assert measured(seen).macs == 16 * 16 * (3 * 8 * 9 + 8 * 4)


def test_a_model_may_be_exported_inside() -> None:
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 4, 1))
    with region(FORMULAS) as seen:
        torch.export.export(net, (torch.ones(1, 3, 16, 16),), strict=False)
    # Older torch runs it twice.
    assert measured(seen).macs in [times * 16 * 16 * (3 * 8 * 9 + 8 * 4) for times in (1, 2)]
