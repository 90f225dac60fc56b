"""Random models cost the same on shapes, executed, by torch's own counter, and by the arithmetic of their layers."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from drawing import examples
from pytest_flopbudget import count, value
from pytest_flopbudget.counting.measurement import Backend, Mode
from pytest_flopbudget.counting.operators import OperatorCall
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.errors import RunError
from pytest_flopbudget.live import Way, measure_given
from random_models import Model, models


def assert_the_same_executed(model: Model, mode: Mode) -> None:
    on_shapes, executed = (
        count(model.net, model.shape, mode=mode, backend=backend) for backend in ("shapes", "execute")
    )
    assert (on_shapes.traced, executed.traced) == ("shapes", "executed")
    assert on_shapes.by_phase() == executed.by_phase()
    assert on_shapes.by_module() == executed.by_module()
    assert (on_shapes.activations, on_shapes.total_flops) == (executed.activations, executed.total_flops)
    assert on_shapes.uncounted == executed.uncounted == {}


def made(call: OperatorCall) -> tuple[str, str, tuple[tuple[int, ...], ...]]:
    return call.operator, call.module, tuple(spec.shape for spec in call.outputs)


@examples(40)
@given(models())
def test_by_arithmetic_and_by_torchs_counter(model: Model) -> None:
    ours = count(model.net, model.shape)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model.net.to("meta").eval()(torch.empty(model.shape, device="meta"))

    assert (ours.macs, ours.uncounted) == (model.macs, {})
    assert ours.params == sum(each.numel() for each in model.net.parameters())
    assert ours.by_module()[""].macs == ours.macs == sum(cost.macs for cost in ours.by_operator().values())
    assert counter.get_total_flops() == ours.flops


@examples(25)
@given(models())
def test_executed(model: Model) -> None:
    assert_the_same_executed(model, "inference")


@examples(25)
@given(models())
def test_executed_it_takes_the_same_memory(model: Model) -> None:
    on_shapes, executed = (count(model.net, model.shape, backend=backend) for backend in ("shapes", "execute"))
    for metric in ("peak_activation_bytes", "largest_tensor_bytes", "io_bytes", "traffic_bytes", "weight_bytes"):
        assert value(on_shapes, metric) == value(executed, metric), metric


@examples(8)
@given(models())
def test_in_training(model: Model) -> None:
    assert_the_same_executed(model, "training")


@pytest.mark.parametrize("backend", ["shapes", "execute"])
def test_what_torch_cannot_train_is_refused(backend: Backend) -> None:
    """No such model is drawn."""
    net = nn.Sequential(nn.Conv2d(1, 1, 1), nn.ReLU(inplace=True), nn.ReLU(inplace=True))
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        net(torch.ones(1, 1, 3, 3)).sum().backward()
    with pytest.raises(RunError, match="modified by an inplace operation"):
        count(net, (1, 1, 3, 3), mode="training", backend=backend)


@examples(15)
@given(models())
def test_without_shape_rules(model: Model) -> None:
    """Whatever results our rules give, torch's kernels give them too; but for attention's, which on meta is laid out
    as on no other device.
    """
    tables = (Table(path="pyproject.toml", shape_rules=rules) for rules in (True, False))
    by_rules, by_kernels = (
        measure_given(model.net, model.shape, None, Way(table=table)).measurement for table in tables
    )
    assert [made(call) for call, _ in by_rules.calls] == [made(call) for call, _ in by_kernels.calls]
    assert by_rules.by_module() == by_kernels.by_module()


@examples(25)
@given(models())
def test_cost_is_linear_in_the_batch(model: Model) -> None:
    batch, *sample = model.shape
    once, twice, thrice = (count(model.net, (times * batch, *sample)) for times in (1, 2, 3))

    assert (twice.macs, thrice.macs) == (2 * once.macs, 3 * once.macs)
    assert (twice.activations, thrice.activations) == (2 * once.activations, 3 * once.activations)
    # A batch norm's scales and shifts are computed once, however many samples there are.
    assert thrice.total_flops - twice.total_flops == twice.total_flops - once.total_flops
    assert once.params == twice.params == thrice.params
