"""Modules with a formula of their own: one call in the place of all that runs inside them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import torch
from torch.utils._python_dispatch import _disable_current_modes

from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.counting.module_formulas import ModuleFormula
from pytest_flopbudget.counting.operators import Cost
from pytest_flopbudget.errors import FormulaError
from pytest_flopbudget.trace.lines import enter
from pytest_flopbudget.trace.nests import tensors_in
from pytest_flopbudget.trace.origins import Origins
from pytest_flopbudget.trace.posts import standing_before
from pytest_flopbudget.trace.recording import Recorder

Forward = Callable[..., object]
Made = Callable[[Sequence[int], torch.dtype], torch.Tensor]

_TOTAL = "total_ops"


@contextmanager
def counted_whole(table: FormulaTable, origins: Origins, recorder: Recorder, made: Made | None) -> Iterator[None]:
    """Let every call of a module with a formula be recorded as one call, on this thread.

    Args:
        table: Which modules have a formula.
        origins: Which module is being called, and in which phase.
        recorder: Collects the calls.
        made: Makes an output of a shape and a type, for a formula that gives the shape; None lets such a module run.
    """
    with ExitStack() as undoing:
        for layer in {each: None for whole in table.modules for each in _with_subclasses(whole)}:
            formula = table.of_module(layer)
            if formula is not None and callable(vars(layer).get("forward")):
                whole = _Whole(formula, origins, recorder, made)
                undoing.enter_context(standing_before(layer, "forward", whole.post))
        yield


class _Whole:
    """Calls of modules that have one formula, each recorded as one call."""

    def __init__(self, formula: ModuleFormula, origins: Origins, recorder: Recorder, made: Made | None) -> None:
        self._formula = formula
        self._origins = origins
        self._recorder = recorder
        self._made = made
        self._thread = threading.get_ident()

    def post(self, behind: Forward, module: torch.nn.Module, *args: object, **kwargs: object) -> object:
        """Answer a call of the forward."""
        if self._recorder.is_within_whole or threading.get_ident() != self._thread:
            return behind(module, *args, **kwargs)
        return self._called(behind, module, args, kwargs)

    def _called(
        self, forward: Forward, module: torch.nn.Module, args: Sequence[object], kwargs: Mapping[str, object]
    ) -> object:
        described = [self._recorder.described(each) for each in args]
        named = {name: self._recorder.described(value) for name, value in kwargs.items()}
        origin = self._origins.current()
        if self._formula.shape is not None and self._made is not None:
            shape = self._formula.out_shape(module, described, named)
            with _disable_current_modes():
                out: object = self._made(shape, _dtype((args, kwargs)))
        else:
            with self._recorder.within_whole():
                out = enter(forward, (module, *args), kwargs)
        if self._formula.is_rule:
            cost = _by_rule(self._formula, module, args, out)
        else:
            cost = self._formula.cost(module, described, named, self._recorder.described(out))
        inputs = {f"input {at}": value for at, value in enumerate(described)}
        told = self._recorder.described(out)
        self._recorder.calls.append(origin.call(self._formula.name, {**inputs, **named}, told, cost=cost))
        return out


def _by_rule(formula: ModuleFormula, module: torch.nn.Module, args: Sequence[object], out: object) -> Cost:
    """What a rule of thop's kind adds to the module's count."""
    kept = vars(module).pop(_TOTAL, None)
    try:
        # What the rule computes is no part of the forward.
        with _disable_current_modes():
            vars(module)[_TOTAL] = torch.zeros(1, dtype=torch.float64, device="cpu")
            formula.function(module, tuple(args), out)
            total = float(vars(module)[_TOTAL])
    except Exception as error:
        raise FormulaError(
            f"the rule for {formula.name} ({formula.place}) raised {type(error).__name__}: {error}"
        ) from error
    finally:
        vars(module).pop(_TOTAL, None)
        if kept is not None:
            vars(module)[_TOTAL] = kept
    if total < 0 or total != int(total):
        raise FormulaError(f"the rule for {formula.name} ({formula.place}) counted {total}, no integer from 0 up")
    return Cost(macs=int(total))


def _with_subclasses(layer: type) -> Iterator[type]:
    yield layer
    subclasses: list[type] = type.__subclasses__(layer)
    for below in subclasses:
        yield from _with_subclasses(below)


def _dtype(inputs: object) -> torch.dtype:
    tensors = list(tensors_in(inputs))
    floating = [tensor.dtype for tensor in tensors if tensor.is_floating_point() or tensor.is_complex()]
    return next(iter(floating), torch.get_default_dtype())
