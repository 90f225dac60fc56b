"""Calls as the formulas see them: arguments by their schema names, tensors as specifications."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.kinds import Kinds
from pytest_flopbudget.trace.origins import Origin
from pytest_flopbudget.trace.packed import held
from pytest_flopbudget.trace.schemas import dtype_name, plain
from pytest_flopbudget.trace.storages import Storages


class Recorder:
    """Collects the operator calls of one trace; where it is given kinds, these tell how tensors are recorded."""

    def __init__(self, storages: Storages) -> None:
        self.calls: list[OperatorCall] = []
        self.notes: list[str] = []
        self.kinds: Kinds | None = None
        self._storages = storages
        self._wholes = 0

    @property
    def is_within_whole(self) -> bool:
        """Whether what runs now is told by the call of a whole module."""
        return self._wholes > 0

    @contextmanager
    def within_whole(self) -> Iterator[None]:
        """Leave out what runs inside; where that ends midway, nothing else tells it, so it stays."""
        self._wholes += 1
        calls: list[OperatorCall] = []
        try:
            with self.apart() as calls:
                yield
        except BaseException:
            # A backward pass ends what it computes again as soon as it has what it needs.
            self.calls.extend(calls)
            raise
        finally:
            self._wholes -= 1

    def record(self, call: Call, origin: Origin, out: object, *, like: object = None) -> None:
        """Add one call that was carried out.

        Args:
            call: The call.
            origin: Where it belongs.
            out: Its result.
            like: What it shares with those that differ from it in storages alone.
        """
        arguments, told = self.arguments(call), self.described(out)
        writes = tuple(map(self._storages.number, call.written))
        self.calls.append(origin.call(call.schema.operator, arguments, told, writes=writes, like=like))

    @contextmanager
    def apart(self) -> Iterator[list[OperatorCall]]:
        """Collect what is recorded inside by itself; whoever asked decides what becomes of it.

        Yields:
            The calls, while they are added.
        """
        outer, self.calls = self.calls, []
        try:
            yield self.calls
        finally:
            self.calls = outer

    def arguments(self, call: Call) -> dict[str, object]:
        """A call's arguments by their schema names, defaults filled in."""
        arguments = dict(call.schema.defaults)
        for name, value in zip(call.schema.names, call.args, strict=False):
            arguments[name] = self.described(value)
        for name, value in call.kwargs.items():
            arguments[name] = self.described(value)
        return arguments

    def described(self, value: object) -> object:
        """A tensor as its specification, lists as tuples, packed weights as those that they hold, all else plain."""
        if isinstance(value, torch.Tensor):
            if self.kinds is not None and (spec := self.kinds.spec_of(value)) is not None:
                return spec
            return TensorSpec(tuple(value.shape), dtype_name(value.dtype), self._storages.number(value))
        if isinstance(value, (list, tuple)):
            return tuple(self.described(element) for element in value)
        packed = held(value) if isinstance(value, torch.ScriptObject) else None
        return plain(value) if packed is None else packed
