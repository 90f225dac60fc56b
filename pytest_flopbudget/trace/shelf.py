"""A declared model that is built once for all points that build it alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch

from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.counting.measurement import Trace
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.building import Blueprint, BuildError, Preparation
from pytest_flopbudget.trace.dataless import META
from pytest_flopbudget.trace.failures import handled, let_go
from pytest_flopbudget.trace.following import Subject
from pytest_flopbudget.trace.ladder import Request, trace_declared

Aim = Callable[[torch.nn.Module], Subject]


@dataclass(slots=True)
class Shelf:
    """Where a model stands between two points: one without data, one built for real, or both.

    A trace leaves a model as it was, so the next one meets it as its factory built it. One that a trace failed on, or
    that keeps tensors of it, is built anew for each point from then on.
    """

    _models: dict[bool, torch.nn.Module] = field(default_factory=dict)
    _is_closed: bool = False

    def trace(self, blueprint: Blueprint, aim: Aim, table: FormulaTable, request: Request) -> Trace:
        """Trace a model as :func:`trace_declared` does, and build it only where no point before did.

        Args:
            blueprint: How the model is made; the same for all points of this shelf.
            aim: From the model to what of it is traced, and with which arguments.
            table: What has a formula or is free.
            request: How it is to be traced.

        Raises:
            MeasureError: It cannot be built or run, or would have to be executed and is too large.
        """
        if not self._is_closed:
            before, is_empty = handled(), not self._models
            try:
                return trace_declared(self._lending(blueprint), self._keeping(aim), table, self._as_built(request))
            except MeasureError as error:
                self._close()
                if is_empty and isinstance(error, BuildError):
                    raise
                # Whether it failed by itself or by what it was used for before is told by one of its own.
                let_go(error, before)
            except BaseException:
                self._close()
                raise
        return trace_declared(blueprint, aim, table, request)

    def _close(self) -> None:
        self._is_closed = True
        self._models.clear()

    def _as_built(self, request: Request) -> Request:
        """Without a second try at building without data what had to be built for real."""
        only_for_real = request.build == "auto" and set(self._models) == {False}
        return replace(request, build="real") if only_for_real else request

    def _lending(self, blueprint: Blueprint) -> Blueprint:
        lent: set[int] = set()

        def make() -> object:
            # It changes hands: a model that anything else holds looks like that of a factory with a cache.
            # Only a tensor tells: `get_default_device` of torch 2.4 knows no `with torch.device(...)`.
            model = self._models.pop(torch.empty(0).device == META, None)
            if model is None:
                return blueprint.make()
            lent.add(id(model))
            return model

        def once(prepare: Preparation) -> Preparation:
            return lambda model: None if id(model) in lent else prepare(model)

        prepared = tuple((name, once(prepare)) for name, prepare in blueprint.prepare)
        return replace(blueprint, make=make, prepare=prepared)

    def _keeping(self, aim: Aim) -> Aim:
        def keep(model: torch.nn.Module) -> Subject:
            tensors = [*model.parameters(), *model.buffers()]
            if not any(map(torch.nn.parameter.is_lazy, tensors)):
                self._models[any(tensor.is_meta for tensor in tensors)] = model
            return aim(model)

        return keep
