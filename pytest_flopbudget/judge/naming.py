"""The dearest operator call of each module, as one short line."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec, specs_in

_MOST_TENSORS = 4


def dearest_operators(measurement: Measurement) -> dict[str, str]:
    """The dearest call of each module itself, by the module's path; those of no cost have none.

    The first of those that are alike: of a step of training, the forward's before the backward's. thop's calls have no
    shapes, and are not told.
    """
    if measurement.backend == "thop":
        return {}
    found: dict[str, tuple[tuple[int, int], OperatorCall]] = {}
    for call, cost in ((call, cost) for call, cost in measurement.calls if cost is not None):
        price = cost.macs, cost.other_flops
        if price > (found[call.module][0] if call.module in found else (0, 0)):
            found[call.module] = price, call
    return {path: named(call) for path, (_, call) in found.items()}


def named(call: OperatorCall) -> str:
    """A call with the shapes of its tensors: ``"aten::linear 1x64, 10x64 gives 1x10"``.

    A vector that comes after a matrix, as a bias does, changes with that, and is left out.
    """
    given = [spec for value in call.arguments.values() for spec in specs_in(value)]
    telling = [spec for spec in given if len(spec.shape) > 1] or given
    return " gives ".join(filter(None, (f"{call.operator} {_shapes(telling)}".rstrip(), _shapes(specs_in(call.out)))))


def _shapes(specs: Iterable[TensorSpec]) -> str:
    told = ["x".join(map(str, spec.shape)) or "scalar" for spec in specs]
    more = len(told) - _MOST_TENSORS
    return ", ".join(told[:_MOST_TENSORS]) + (f" and {more} more" if more > 0 else "")
