"""One operator call on its way from the forward to whatever carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import torch

from pytest_flopbudget.trace.dataless import META
from pytest_flopbudget.trace.nests import map_tensors, tensors_in
from pytest_flopbudget.trace.schemas import HIDDEN_WRITES, Schema, schema_of


class Call:
    """An overload with its arguments."""

    def __init__(self, overload: torch._ops.OpOverload, args: Sequence[object], kwargs: Mapping[str, object]) -> None:
        self.overload = overload
        self.args = args
        self.kwargs = kwargs
        self.schema: Schema = schema_of(overload)

    @cached_property
    def tensors(self) -> tuple[torch.Tensor, ...]:
        """Every tensor among the arguments."""
        return tuple(tensors_in((self.args, self.kwargs)))

    @cached_property
    def written(self) -> tuple[torch.Tensor, ...]:
        """The tensors that the call writes to, by its schema or although its schema does not say so."""
        names: tuple[str, ...] = self.schema.writes
        hidden, flag = HIDDEN_WRITES.get(self.schema.operator, ((), ""))
        if hidden and (not flag or self.argument(flag)):
            names += hidden
        return tuple(tensor for name in names for tensor in tensors_in(self.argument(name)))

    def argument(self, name: str) -> object:
        """An argument by its name; None where it was not given."""
        if name in self.kwargs:
            return self.kwargs[name]
        place = self.schema.names.index(name) if name in self.schema.names else len(self.args)
        return self.args[place] if place < len(self.args) else None

    def run(self) -> object:
        """Let torch carry it out."""
        __tracebackhide__ = True
        return self.overload(*self.args, **self.kwargs)

    def mapped(self, function: Callable[[torch.Tensor], torch.Tensor]) -> Call:
        """The same call on other tensors."""
        args = [map_tensors(function, value) for value in self.args]
        kwargs = {name: map_tensors(function, value) for name, value in self.kwargs.items()}
        return Call(self.overload, args, kwargs)

    def on(self, device: torch.device) -> Call:
        """The same call with its results on another device."""
        if "device" not in self.schema.names:
            return self
        asked = self.argument("device")
        if asked == device or (asked is None and self.tensors):
            return self
        place = self.schema.names.index("device")
        if place < len(self.args):
            return Call(self.overload, (*self.args[:place], device, *self.args[place + 1 :]), self.kwargs)
        return Call(self.overload, self.args, {**self.kwargs, "device": device})

    @property
    def asks_for_meta(self) -> bool:
        """Whether the results shall be on the meta device: a device that a meta tensor told the forward."""
        return self.argument("device") == META
