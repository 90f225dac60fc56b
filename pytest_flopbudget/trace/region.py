"""Counting whatever runs inside a block of a test, for real and as it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import torch

from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.counting.measurement import Trace
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.modes import LightMode
from pytest_flopbudget.trace.modules import ModuleStack, tree
from pytest_flopbudget.trace.origins import Origins
from pytest_flopbudget.trace.recording import Recorder
from pytest_flopbudget.trace.storages import Storages
from pytest_flopbudget.trace.wrappers import named_modules, passed_by

_THREAD = "work that a region hands to a thread is not seen: do it outside, or without the thread"


class Region:
    """What ran inside a block: every operator call of its thread, under the modules that were called there."""

    def __init__(self, table: FormulaTable) -> None:
        self._recorder = Recorder(Storages())
        self._stack = _Roots(self._is_active)
        self._origins = Origins(self._stack, gradients=True)
        self._mode = _RegionMode(table, self._origins, self._recorder)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count what runs inside."""
        with ExitStack() as stack:
            stack.enter_context(_refused(threading.Thread, "start", _THREAD))
            stack.enter_context(_refused(ThreadPoolExecutor, "submit", _THREAD))
            stack.enter_context(passed_by(()))
            stack.enter_context(self._stack.watching())
            stack.enter_context(self._origins.watching())
            stack.enter_context(self._mode)
            yield

    def trace(self) -> Trace:
        """The calls in their order; a model is told by its class: ``"Net"``, ``"Net.conv1"``."""
        calls = tuple(self._recorder.calls)
        return Trace(
            calls=calls,
            modules=tree({"": torch.nn.Module(), **self._stack.modules}, self._stack.calls),
            backend="execute",
            traced="executed",
            built="given",
            mode="inference" if all(call.phase == "forward" for call in calls) else "training",
        )

    def _is_active(self) -> bool:
        """Whether calls reach the region: a count inside it is no part of it."""
        depth = torch._C._len_torch_dispatch_stack()
        return any(torch._C._get_dispatch_stack_at(index) is self._mode for index in range(depth))


@contextmanager
def region(table: FormulaTable) -> Iterator[Region]:
    """Count whatever runs inside the block, for real.

    Args:
        table: What has a formula or is free; the rest is decomposed as far as it goes.

    Raises:
        MeasureError: Inside, a thread was started, or a higher-order operator ran.
    """
    seen = Region(table)
    with seen.watching():
        yield seen


class _RegionMode(LightMode):
    """Sees every operator call, and records it once it ran."""

    supports_higher_order_operators = True

    def __init__(self, table: FormulaTable, origins: Origins, recorder: Recorder) -> None:
        super().__init__()
        self._table = table
        self._origins = origins
        self._recorder = recorder

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload | torch._ops.HigherOrderOperator,
        types: Sequence[type],
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        if not isinstance(func, torch._ops.OpOverload):
            raise MeasureError(f"cannot be counted: {func.name()} is a higher-order operator, which is not counted")
        call = Call(func, args, kwargs or {})
        if not self._table.knows(call.schema.operator):
            with self:
                out = func.decompose(*call.args, **call.kwargs)
            if out is not NotImplemented:
                return out
        origin = self._origins.current()
        out = call.run()
        if any(tensor.is_nested for tensor in call.tensors):
            raise MeasureError(f"cannot be counted: {call.schema.operator} works on a nested tensor")
        self._recorder.record(call, origin, out)
        return out


class _Roots(ModuleStack):
    """The modules that are called in a region; each that is called from outside any other is a root."""

    def __init__(self, is_active: Callable[[], bool]) -> None:
        self._met: dict[str, torch.nn.Module] = {}
        super().__init__(self._met)
        self._is_active = is_active

    def _enter(self, module: torch.nn.Module, inputs: object) -> None:
        if not self._is_active():
            return
        if self.path_of(module) is None and not self.current and threading.get_ident() == self._thread:
            self._add(module)
        super()._enter(module, inputs)

    def _add(self, root: torch.nn.Module) -> None:
        name, number = type(root).__name__, 1
        while name in self._met:
            number += 1
            name = f"{type(root).__name__}#{number}"
        for path, module in named_modules(root).items():
            if id(module) not in self._paths:
                full = f"{name}.{path}" if path else name
                self._paths[id(module)] = full
                self._met[full] = module


def _refused(owner: object, name: str, why: str) -> Any:
    """Refuse a call on this thread."""
    thread, original = threading.get_ident(), getattr(owner, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        if threading.get_ident() == thread:
            raise MeasureError(why)
        return original(*args, **kwargs)

    return mock.patch.object(owner, name, call)
