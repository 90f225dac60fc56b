"""The dispatch mode of a region: every operator call, once torch carried it out as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.trace.autocast import pieces
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.foreign import why_uncounted
from pytest_flopbudget.trace.modes import LightMode


@dataclass(frozen=True, slots=True)
class HigherOrder:
    """A call of a higher-order operator."""

    operator: torch._ops.HigherOrderOperator
    args: Sequence[object]
    kwargs: Mapping[str, object]


class Watches(Protocol):
    """What is told of the calls of one thread."""

    def sees(self) -> bool:
        """Whether a call here and now is of interest."""

    def saw(self, call: Call, out: object) -> None:
        """A call was carried out."""

    def unfold(self, call: HigherOrder) -> object:
        """What a higher-order operator gives."""

    def refuse(self, operator: str, why: str, /) -> None:
        """A call of an operator cannot be counted."""


class WatchingMode(LightMode):
    """Sees every operator call of one thread, at the highest level that has a formula."""

    # Without it torch refuses them in its own words.
    supports_higher_order_operators = True

    def __init__(self, table: FormulaTable, watcher: Watches) -> None:
        super().__init__()
        self._table = table
        self._watcher = watcher

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload | torch._ops.HigherOrderOperator,
        types: Sequence[type],
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        __tracebackhide__ = True
        kwargs = kwargs or {}
        if not self._watcher.sees():
            return func(*args, **kwargs)
        if not isinstance(func, torch._ops.OpOverload):
            return self._watcher.unfold(HigherOrder(func, args, kwargs))
        if func.namespace == "prim":
            # A question to a tensor of another kind, such as for its device, is no call of a model's.
            return func(*args, **kwargs)
        call = Call(func, args, kwargs)
        if not self._table.knows(call.schema.operator):
            # The mode is off inside its own handler; without it the pieces would vanish.
            with self, pieces(func):
                out = func.decompose(*call.args, **call.kwargs)
            if out is not NotImplemented:
                return out
        with pieces(func):
            out = call.run()
        if (why := why_uncounted(call, out, self._table)) is not None:
            self._watcher.refuse(call.schema.operator, why)
        else:
            self._watcher.saw(call, out)
        return out
