"""The dispatch mode of a trace: every operator call of the forward, at the highest level that has a formula."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import torch

from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.trace.alike import Alike, Key
from pytest_flopbudget.trace.autocast import pieces
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import NotOnShapesError
from pytest_flopbudget.trace.failures import Failures
from pytest_flopbudget.trace.higher_order import Scope
from pytest_flopbudget.trace.kinds import Met
from pytest_flopbudget.trace.modes import LightMode
from pytest_flopbudget.trace.origins import Origins
from pytest_flopbudget.trace.recording import Recorder
from pytest_flopbudget.trace.unfolding import NOT_FOLLOWED, above_autograd, follows, unfolded


class Carries(Protocol):
    """Carries out the calls of one trace."""

    @property
    def data_dependent(self) -> bool:
        """Whether a call read a value that depends on activations."""

    @property
    def is_worst_case(self) -> bool:
        """Whether a size that depends on data was taken to be the largest."""

    @property
    def executes(self) -> bool:
        """Whether tensors have data."""

    def knows(self, tensor: torch.Tensor) -> bool:
        """Whether a tensor's values do not depend on activations."""

    def forget(self, tensors: Iterable[torch.Tensor]) -> None:
        """These depend on activations from now on."""

    def carry_out(self, call: Call) -> object:
        """The call's result."""


class SeeingMode(LightMode):
    """Sees every operator call of the forward, lets it be carried out, and records it."""

    # Without it torch refuses them in its own words.
    supports_higher_order_operators = True

    def __init__(
        self,
        table: FormulaTable,
        origins: Origins,
        carrier: Carries,
        recorder: Recorder,
        failures: Failures,
        alike: Alike | None = None,
    ) -> None:
        super().__init__()
        self._alike = alike
        self._table = table
        self._origins = origins
        self._carrier = carrier
        self._recorder = recorder
        self._failures = failures

    def above_autograd(self) -> AbstractContextManager[None]:
        """Unfold higher-order operators where autograd still sees what they run."""
        return above_autograd(self, self._scope)

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload | torch._ops.HigherOrderOperator,
        types: Sequence[type],
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        if not isinstance(func, torch._ops.OpOverload):
            return self._of_higher_order(func, args, kwargs or {})
        if self._alike is None:
            return self._seen(Call(func, args, kwargs or {}), None, [])
        tensors: Met = []
        key = self._alike.key(func, args, kwargs or {}, tensors)
        plan = None if key is None else self._alike.plan(key)
        if plan is not None:
            return self._alike.again(plan, tensors, self._origins.current())
        return self._seen(Call(func, args, kwargs or {}), key, tensors)

    def _seen(self, call: Call, key: Key | None, tensors: Met) -> object:
        func = call.overload
        if not self._table.knows(call.schema.operator):
            # The mode is off inside its own handler; without it the pieces would vanish.
            with self, pieces(func):
                out = func.decompose(*call.args, **call.kwargs)
            if out is not NotImplemented:
                return out
        origin = self._origins.current()
        try:
            out = self._carrier.carry_out(call)
        except Exception as error:
            self._failures.note(error, call, origin.module)
            raise
        plan = None if self._alike is None else self._alike.learn(key, call, tensors, out)
        self._recorder.record(call, origin, out, like=plan)
        return out

    def _of_higher_order(
        self, func: torch._ops.HigherOrderOperator, args: Sequence[object], kwargs: Mapping[str, object]
    ) -> object:
        if not follows(func):
            error = NotOnShapesError(NOT_FOLLOWED)
            self._failures.note_what(error, func.name())
            raise error
        return unfolded(self._scope(), func, args, kwargs)

    def _scope(self) -> Scope:
        carrier = self._carrier
        return Scope(
            mode=self,
            recorder=self._recorder,
            origins=self._origins,
            table=self._table,
            knows=carrier.knows,
            forget=carrier.forget,
            executes=carrier.executes,
        )
