"""``check_formula``: what it finds in a formula, and in what stands in for an operator's kernel."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from pytest_flopbudget import Cost, TensorSpec, formula, module_formula
from pytest_flopbudget.errors import FormulaError
from pytest_flopbudget.testing import check_formula

# With schemas, since torch 2.4 does not read annotations that are put off.
OUTER = "(Tensor x, Tensor y, int times=1) -> Tensor"


@torch.library.custom_op("flopbudget_checked::outer", mutates_args=(), schema=OUTER)
def outer(x: torch.Tensor, y: torch.Tensor, times: int = 1) -> torch.Tensor:
    return torch.outer(x, y) * times


@outer.register_fake
def _(x: torch.Tensor, y: torch.Tensor, times: int = 1) -> torch.Tensor:
    return x.new_empty(x.shape[0], y.shape[0])


@torch.library.custom_op("flopbudget_checked::turned", mutates_args=(), schema="(Tensor x) -> Tensor")
def turned(x: torch.Tensor) -> torch.Tensor:
    return x.t().contiguous()


@turned.register_fake
def _(x: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(x)


@formula("flopbudget_checked::outer")
def counted(x: TensorSpec, y: TensorSpec, *, times: int, out: TensorSpec, **_: object) -> Cost:
    return Cost(macs=x.numel * y.numel, other_flops=out.numel * times)


class Double(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x, x])


def test_the_cost_is_given_back() -> None:
    assert check_formula(counted, torch.ones(3), torch.ones(4)) == Cost(3 * 4, 3 * 4)
    assert check_formula(counted, torch.ones(3), torch.ones(4), times=5) == Cost(3 * 4, 5 * 3 * 4)


def test_a_module() -> None:
    @module_formula(Double)
    def double(module: nn.Module, x: TensorSpec, *, out: TensorSpec) -> Cost:
        return Cost(macs=out.numel - x.numel)

    assert check_formula(double, Double(), torch.ones(3)) == Cost(3)
    with pytest.raises(FormulaError) as caught:
        check_formula(double, torch.ones(3))
    assert str(caught.value) == (
        f"the formula for {__name__}.Double: give the module first, then its inputs; not tensor([1., 1., 1.])"
    )


def test_a_modules_wrong_shape() -> None:
    @module_formula(Double, shape=lambda module, x: x.shape)
    def double(module: nn.Module, x: TensorSpec, *, out: TensorSpec) -> Cost:
        return Cost(macs=out.numel)

    with pytest.raises(AssertionError) as caught:
        check_formula(double, Double(), torch.ones(3))
    assert str(caught.value) == (f"{__name__}.Double: on shapes its output is float32[3], for real it is float32[6]")


def test_a_wrong_fake() -> None:
    @formula("flopbudget_checked::turned")
    def turning(x: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
        return Cost(other_flops=out.numel)

    assert check_formula(turning, torch.ones(3, 3)) == Cost(0, 9)
    with pytest.raises(AssertionError) as caught:
        check_formula(turning, torch.ones(3, 4))
    assert str(caught.value) == (
        "flopbudget_checked::turned: on shapes its output is float32[3, 4], for real it is float32[4, 3]"
    )


def test_what_cannot_be_checked() -> None:
    with pytest.raises(FormulaError) as caught:
        check_formula(outer, torch.ones(3))
    assert str(caught.value) == "check_formula takes a function that is marked with @formula or @module_formula"

    @formula("flopbudget_checked::outr")
    def misspelt(**_: object) -> Cost:
        return Cost()

    with pytest.raises(FormulaError) as caught:
        check_formula(misspelt, torch.ones(3))
    assert str(caught.value) == (
        "there is no operator 'flopbudget_checked::outr'; did you mean 'flopbudget_checked::outer'?"
    )


def test_a_formula_that_changes_its_mind() -> None:
    costs = iter([Cost(0, 9), Cost(0, 8)])

    @formula("flopbudget_checked::turned")
    def turning(**_: object) -> Cost:
        return next(costs)

    with pytest.raises(AssertionError) as caught:
        check_formula(turning, torch.ones(3, 3))
    assert str(caught.value) == (
        "flopbudget_checked::turned: on shapes it costs Cost(macs=0, other_flops=9), for real "
        "Cost(macs=0, other_flops=8)"
    )


@pytest.mark.parametrize(("inner", "called"), [(nn.Linear(3, 4), "aten::linear"), (nn.Identity(), "nothing")])
def test_a_wrapper_that_is_left_out_is_never_called(inner: nn.Module, called: str) -> None:
    @module_formula(nn.DataParallel)
    def parallel(module: nn.Module, x: TensorSpec, **_: object) -> Cost:
        return Cost(x.numel)

    with pytest.raises(AssertionError) as caught:
        check_formula(parallel, nn.DataParallel(inner), torch.ones(2, 3))
    assert str(caught.value) == f"torch.nn.parallel.data_parallel.DataParallel was never called; called was {called}"
