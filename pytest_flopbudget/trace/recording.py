"""Calls as the formulas see them: arguments by their schema names, tensors as specifications."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch

from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.lines import line
from pytest_flopbudget.trace.schemas import dtype_name, plain
from pytest_flopbudget.trace.storages import Storages


class Recorder:
    """Collects the operator calls of one trace; with their lines where they are asked for."""

    def __init__(self, storages: Storages, *, lines: bool) -> None:
        self.calls: list[OperatorCall] = []
        self._storages = storages
        self._lines = lines
        self._apart = 0

    @property
    def is_apart(self) -> bool:
        """Whether what runs now is told by the call of a whole module."""
        return self._apart > 0

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Leave out what runs inside."""
        self._apart += 1
        try:
            yield
        finally:
            self._apart -= 1

    def record_whole(self, name: str, module: str, arguments: Mapping[str, object], out: object, cost: Cost) -> None:
        """Add the call of a whole module, whose cost is known."""
        place = line() if self._lines else None
        self.calls.append(OperatorCall(name, module, arguments, self.described(out), place, cost))

    def record(self, call: Call, module: str, out: object) -> None:
        """Add one call that was carried out."""
        if self.is_apart:
            return
        place = line() if self._lines else None
        self.calls.append(OperatorCall(call.schema.operator, module, self.arguments(call), self.described(out), place))

    def arguments(self, call: Call) -> dict[str, object]:
        """A call's arguments by their schema names, defaults filled in."""
        arguments = dict(call.schema.defaults)
        for name, value in zip(call.schema.names, call.args, strict=False):
            arguments[name] = self.described(value)
        for name, value in call.kwargs.items():
            arguments[name] = self.described(value)
        return arguments

    def described(self, value: object) -> object:
        """A tensor as its specification, lists of tensors as tuples of them, all else as plain values."""
        if isinstance(value, torch.Tensor):
            return TensorSpec(tuple(value.shape), dtype_name(value.dtype), self._storages.number(value))
        if isinstance(value, (list, tuple)):
            return tuple(self.described(element) for element in value)
        return plain(value)
