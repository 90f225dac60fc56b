"""Where a call belongs: to a module, to a line, and to the forward or to a backward pass of it."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

import torch
from torch._C._autograd import _get_sequence_nr

from pytest_flopbudget.counting.operators import Cost, OperatorCall, Phase
from pytest_flopbudget.trace.lines import NO_LINE, differentiated, line, running
from pytest_flopbudget.trace.modules import ModuleStack
from pytest_flopbudget.trace.posts import standing_before

# The function of ``torch.autograd`` by which every backward pass runs.
ENGINE = "_engine_run_backward"
# Its place among the engine's arguments.
_CREATES_GRAPH = 3


@dataclass(frozen=True, slots=True)
class Origin:
    """The module, the line where lines are asked for, and the phase that a call belongs to."""

    module: str
    line: str | None = None
    phase: Phase = "forward"

    def call(
        self,
        operator: str,
        arguments: Mapping[str, object],
        out: object,
        *,
        cost: Cost | None = None,
        writes: tuple[int, ...] = (),
        like: object = None,
    ) -> OperatorCall:
        """A call that belongs here, its arguments and its output described."""
        return OperatorCall(operator, self.module, arguments, out, self.line, self.phase, cost, writes, like)


@dataclass(frozen=True, slots=True)
class _Pass:
    """A backward pass that runs: whether it can be differentiated itself, and how deep in modules it began."""

    creates_graph: bool
    depth: int


class _Node(Protocol):
    """What torch's stubs leave out of a node of autograd."""

    def name(self) -> str: ...
    def _sequence_nr(self) -> int: ...


class Origins:
    """Tells the origin of the call that is being made, of a backward's by the forward that made it.

    Autograd numbers its nodes in the order in which a thread makes them, one for each operator that is to be
    differentiated, right before that operator is called. So the nodes between two calls in one module are the later
    call's.
    """

    def __init__(self, stack: ModuleStack, *, gradients: bool, lines: bool = False) -> None:
        self.stack = stack
        self._thread = threading.get_ident()
        self._gradients = gradients
        self._lines = lines
        self._passes: list[_Pass] = []
        self._forwards: dict[str, Origin] = {}
        self._numbered = _get_sequence_nr()
        # From each number on, nodes were made by calls of the origin at the same place.
        self._numbers = [0]
        self._makers = [Origin("", NO_LINE if lines else None)]

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Follow the backward passes of this thread."""
        if not self._gradients:
            yield
            return
        self.stack.goes_with(self)
        with standing_before(torch.autograd, ENGINE, self._backward):
            yield

    def _backward(self, behind: Callable[..., object], *args: Any, **kwargs: Any) -> object:
        __tracebackhide__ = True
        if threading.get_ident() != self._thread:
            return behind(*args, **kwargs)
        creates_graph = len(args) > _CREATES_GRAPH and bool(args[_CREATES_GRAPH])
        self._passes.append(_Pass(creates_graph, self.stack.depth))
        try:
            return differentiated(behind, args, kwargs)
        finally:
            self._passes.pop()

    def current(self) -> Origin:
        """The origin of the call that is being made."""
        if not (self._gradients or self._lines):
            module = self.stack.current
            found = self._forwards.get(module)
            if found is None:
                found = self._forwards[module] = Origin(module)
            return found
        place = line() if self._lines else None
        if not self._gradients:
            return Origin(self.stack.current, place)
        node = _node()
        if node is None or not self._passes:
            found = Origin(self.stack.current, place)
        else:
            found = self._in_a_pass(node, self._passes[-1], place)
        self._note(found)
        return found

    def caller(self) -> str:
        """The module that calls another; in a backward pass, the one whose forward is run again."""
        node = _node()
        if node is None or not self._passes or self.stack.depth > self._passes[-1].depth:
            return self.stack.current
        return self._maker(node).module

    def settle(self) -> None:
        """Nodes that were made since the last call are the current module's."""
        if _get_sequence_nr() > self._numbered:
            self.current()

    def _in_a_pass(self, node: _Node, current: _Pass, place: str | None) -> Origin:
        maker = self._maker(node)
        maker = maker if place is None else replace(maker, line=place)
        if self.stack.depth > current.depth:
            return replace(maker, module=self.stack.current, phase="recomputed")
        # A backward pass computes with gradients off, but where it is to be differentiated or computes forwards again.
        if torch.is_grad_enabled() and not current.creates_graph:
            return replace(maker, module=self._module_running(maker.module), phase="recomputed")
        return replace(maker, phase="backward")

    def _maker(self, node: _Node) -> Origin:
        if node.name() == "torch::autograd::AccumulateGrad":
            return replace(self._makers[0], module=self.stack.owner_of(cast("Any", node).variable))
        return self._makers[bisect_right(self._numbers, node._sequence_nr()) - 1]

    def _module_running(self, otherwise: str) -> str:
        """The module one of whose methods a backward pass calls again, without a call of the module itself."""
        for frame in running():  # pragma: no branch - the same: elsewhere a pass has its beginning among the frames
            owner = frame.f_locals.get("self")
            path = self.stack.known_path(owner, otherwise) if isinstance(owner, torch.nn.Module) else None
            if path is not None or frame.f_code is differentiated.__code__:
                return otherwise if path is None else path
        return otherwise  # pragma: no cover - only a GPU's backward pass runs on a thread of torch's own

    def _note(self, origin: Origin) -> None:
        made = _get_sequence_nr()
        if made <= self._numbered:
            return
        if origin != self._makers[-1]:
            self._numbers.append(self._numbered)
            self._makers.append(origin)
        self._numbered = made


def _node() -> _Node | None:
    """The node of autograd that runs on this thread."""
    return cast("_Node | None", torch._C._current_autograd_node())
