"""Models with modules that have a formula of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType

import torch
from torch import nn

from pytest_flopbudget import Cost, TensorSpec
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.counting.measurement import Backend, Measurement, Mode
from pytest_flopbudget.counting.module_formulas import ModuleFormula
from pytest_flopbudget.trace.given import given
from pytest_flopbudget.trace.ladder import Request, trace_live
from pytest_flopbudget.trace.parts import subject_of

Rule = Callable[..., object]


class Mix(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Linear(4, width)

    def forward(self, x: torch.Tensor, *, scale: int = 1) -> torch.Tensor:
        out: torch.Tensor = self.inner(x) * scale
        return out


class Louder(Mix):
    def forward(self, x: torch.Tensor, *, scale: int = 2) -> torch.Tensor:
        return super().forward(x, scale=scale) + 1


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mix = Mix(8)
        self.louder = Louder(8)
        self.head = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.head(self.mix(x, scale=3) + self.louder(x))
        return out


def whole(*formulas: tuple[type[nn.Module], Rule], shape: Callable[..., Sequence[int]] | None = None) -> FormulaTable:
    """Our formulas, and these of whole modules; a mark would stay on its function."""
    marks = {
        layer: ModuleFormula(
            layer, function, shape, f"{function.__code__.co_filename}:{function.__code__.co_firstlineno}"
        )
        for layer, function in formulas
        if isinstance(function, FunctionType)
    }
    return FORMULAS + FormulaTable(modules=marks)


def measured(
    model: nn.Module, input: object, formulas: FormulaTable, backend: Backend, mode: Mode = "inference"
) -> Measurement:
    request = Request(mode=mode, backend=backend, lines=True)
    return Measurement.of(trace_live(subject_of(model, given(input, None)), formulas, request), formulas)


def mix(module: Mix, x: TensorSpec, *, out: TensorSpec, scale: int = 1) -> Cost:
    return Cost(macs=out.numel * module.inner.in_features, other_flops=scale)
