"""Higher-order operators: operators whose arguments are functions, which run here as often as they would.

What their functions run is seen and recorded call by call, so that a step costs what it costs. Of two branches whose
condition is not known the dearer is counted, on shapes and executed alike; a loop whose end is not known cannot be
followed on shapes. Operands stand in one order in every torch; what else a torch gives by name is for its own use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch

from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.trace.modules import ModuleStack
from pytest_flopbudget.trace.nests import tensors_in
from pytest_flopbudget.trace.origins import Origins
from pytest_flopbudget.trace.recording import Recorder

Branch = Callable[..., object]
Tensors = Sequence[torch.Tensor]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a higher-order operator runs.

    Args:
        mode: The dispatch mode that sees its functions' calls; it is off while the operator itself is carried out.
        recorder: Collects the calls.
        origins: Which module is being called, and in which phase.
        table: What has a formula or is free.
        knows: Whether a tensor's values are known.
        forget: Makes values unknown from now on.
        executes: Whether tensors have data.
        differentiates: Whether what the functions run is differentiated later.
    """

    mode: AbstractContextManager[object]
    recorder: Recorder
    origins: Origins
    table: FormulaTable
    knows: Callable[[torch.Tensor], bool]
    forget: Callable[[Iterable[torch.Tensor]], None]
    executes: bool
    differentiates: bool = False

    @property
    def stack(self) -> ModuleStack:
        """The modules that are being called."""
        return self.origins.stack

    def seen(self, function: Branch, *operands: object) -> object:
        """What a function gives, its calls recorded."""
        with self.mode:
            return function(*operands)

    def cost(self, calls: Iterable[OperatorCall]) -> Cost:
        """What calls cost, as far as they can be counted."""
        return sum((self.table.cost(call) or Cost() for call in calls), Cost())

    def uncounted(self, calls: Iterable[OperatorCall]) -> list[OperatorCall]:
        """The calls that nothing can count."""
        return [call for call in calls if not self.table.knows(call.operator)]

    def note(self, text: str) -> None:
        """Take note of what is to be told of the module that is being called."""
        self.recorder.notes.append(f"{text} in {self.stack.current or 'the model itself'}")


def cond(
    scope: Scope, pred: object, true_fn: Branch, false_fn: Branch, operands: Sequence[object] = (), **_: object
) -> object:
    """One of two branches: the one that is taken where the condition is known, else the dearer."""
    if not isinstance(pred, torch.Tensor) or scope.knows(pred):
        return scope.seen(true_fn if pred else false_fn, *operands)
    modules = scope.stack.calls.copy()
    taken, calls = _tried(scope, true_fn, operands)
    of_true = scope.stack.calls.copy()
    scope.stack.calls = modules.copy()
    other, others = _tried(scope, false_fn, operands)
    of_false = scope.stack.calls
    dearer = _dearness(scope, calls) >= _dearness(scope, others)
    kept, left = (calls, others) if dearer else (others, calls)
    scope.stack.calls = of_true if dearer else of_false
    # A branch that cannot be counted whole might be the dearer one.
    scope.recorder.calls.extend((*kept, *scope.uncounted(left)))
    scope.note("cond: its condition depends on data, so the dearer branch is counted")
    # A backward pass is that of the branch that is counted.
    by_value = scope.executes and not scope.differentiates
    out = taken if (pred if by_value else dearer) else other
    scope.forget(tensors_in(out))
    return out


def while_loop(
    scope: Scope,
    cond_fn: Branch,
    body_fn: Branch,
    carried: Sequence[object],
    additional: Sequence[object] = (),
    **_: object,
) -> object:
    """As many steps as the condition lets, which reads its values; a loop whose end depends on data ends a trace."""
    values = tuple(carried)
    with scope.mode:
        while cond_fn(*values, *additional):
            values = _listed(body_fn(*values, *additional))
    return values


def scan(
    scope: Scope, combine_fn: Branch, init: Tensors, xs: Tensors, additional: Sequence[object] = (), **_: object
) -> object:
    """A step for each slice of the inputs, which carries values on and puts others out."""
    carried: tuple[object, ...] = tuple(init)
    outs: list[tuple[object, ...]] = []
    with scope.mode:
        for slices in _slices(xs):
            given = _listed(combine_fn(*carried, *slices, *additional))
            carried = given[: len(init)]
            outs.append(given[len(init) :])
        return (*carried, *_stacked(outs))


def associative_scan(
    scope: Scope, combine_fn: Branch, xs: Tensors, additional: Sequence[object] = (), **_: object
) -> object:
    """Every slice of the inputs but the first is combined with what stands before it."""
    with scope.mode:
        first, *others = _slices(xs)
        outs: list[tuple[object, ...]] = [first]
        for slices in others:
            outs.append(_listed(combine_fn(*outs[-1], *slices, *additional)))
        return _stacked(outs)


def mapped(scope: Scope, function: Branch, xs: Tensors, additional: Sequence[object] = (), **_: object) -> object:
    """A step for each slice of the inputs."""
    with scope.mode:
        outs = [function(*slices, *additional) for slices in _slices(xs)]
        stacked = _stacked([_listed(out) for out in outs])
        return stacked[0] if isinstance(outs[0], torch.Tensor) else stacked


def subgraph(scope: Scope, function: Branch, _name: object, *operands: object, **_: object) -> object:
    """A function that is called by its name."""
    return scope.seen(function, *operands)


def hinted(
    scope: Scope, function: Branch, args: Sequence[object], kwargs: Mapping[str, object], _hints: object, **_: object
) -> object:
    """A function with hints for a compiler."""
    with scope.mode:
        return function(*args, **kwargs)


def strict(scope: Scope, function: Branch, operands: Sequence[object], **_: object) -> object:
    """A function that is exported strictly."""
    return scope.seen(function, *operands)


def _tried(scope: Scope, branch: Branch, operands: Sequence[object]) -> tuple[object, list[OperatorCall]]:
    with scope.recorder.apart() as calls:
        return scope.seen(branch, *operands), calls


def _dearness(scope: Scope, calls: Iterable[OperatorCall]) -> tuple[int, int]:
    cost = scope.cost(calls)
    return cost.macs, cost.other_flops


def _slices(xs: Tensors) -> list[tuple[torch.Tensor, ...]]:
    """What each step is given; at once, since a backward pass would add up what single slices were given."""
    return list(zip(*(each.unbind(0) for each in xs), strict=True))


def _listed(given: object) -> tuple[object, ...]:
    return tuple(given) if isinstance(given, (list, tuple)) else (given,)


def _stacked(outs: Sequence[Sequence[object]]) -> tuple[object, ...]:
    """What all steps put out, one tensor each; an output that no step has is None."""
    columns = (list(tensors_in(column)) for column in zip(*outs, strict=True))
    return tuple(torch.stack(column) if column else None for column in columns)
