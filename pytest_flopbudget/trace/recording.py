"""Calls as the formulas see them: arguments by their schema names, tensors as specifications."""

from __future__ import annotations

import torch

from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.origins import Origin
from pytest_flopbudget.trace.schemas import dtype_name, plain
from pytest_flopbudget.trace.storages import Storages


class Recorder:
    """Collects the operator calls of one trace."""

    def __init__(self, storages: Storages) -> None:
        self.calls: list[OperatorCall] = []
        self._storages = storages

    def record(self, call: Call, origin: Origin, out: object) -> None:
        """Add one call that was carried out."""
        arguments, told = self.arguments(call), self.described(out)
        module, line, phase = origin.module, origin.line, origin.phase
        self.calls.append(OperatorCall(call.schema.operator, module, arguments, told, line, phase))

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
