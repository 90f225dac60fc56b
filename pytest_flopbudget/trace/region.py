"""Counting whatever runs inside a block of a test, for real and as it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

import torch

from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.counting.measurement import Trace
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.autocast import tracked
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.higher_order import Scope
from pytest_flopbudget.trace.modules import tree
from pytest_flopbudget.trace.origins import ENGINE, Origins
from pytest_flopbudget.trace.posts import standing_before
from pytest_flopbudget.trace.recording import Recorder
from pytest_flopbudget.trace.roots import Roots
from pytest_flopbudget.trace.scripted import HIDDEN, hidden_work_seen
from pytest_flopbudget.trace.storages import Storages
from pytest_flopbudget.trace.threads import Elsewhere, counting_a_region
from pytest_flopbudget.trace.unfolding import NOT_FOLLOWED, above_autograd, follows, unfolded
from pytest_flopbudget.trace.watching import HigherOrder, WatchingMode
from pytest_flopbudget.trace.whole_modules import counted_whole
from pytest_flopbudget.trace.wrappers import passed_by

_THREAD = "work on another thread is not seen by a region: do it outside, or without the thread"


class Region:
    """What ran inside a block: every operator call of its thread, under the modules that were called there.

    What it refuses is raised there and then, and again at its end: the block may have gone on without it.
    """

    def __init__(self, table: FormulaTable) -> None:
        self._thread = threading.get_ident()
        self._table = table
        self._refused: list[MeasureError] = []
        self._recorder = Recorder(Storages())
        self._elsewhere = Elsewhere(table, self._note_elsewhere)
        self._roots = Roots(self._is_active, self._elsewhere.met)
        self._origins = Origins(self._roots, gradients=True)
        self._mode = WatchingMode(table, self)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count what runs inside."""
        with ExitStack() as stack:
            stack.enter_context(counting_a_region())
            stack.enter_context(standing_before(torch.autograd, ENGINE, self._backward))
            stack.enter_context(self._elsewhere.watching())
            stack.enter_context(passed_by(()))
            stack.enter_context(tracked(torch.device("cpu"), casts=False))
            stack.enter_context(counted_whole(self._table, self._origins, self._recorder, None))
            stack.enter_context(hidden_work_seen(self._roots.follows, lambda kind: self.refuse(kind, HIDDEN)))
            stack.enter_context(self._roots.watching())
            stack.enter_context(self._origins.watching())
            stack.enter_context(above_autograd(self._mode, self._scope))
            stack.enter_context(self._mode)
            yield

    def trace(self) -> Trace:
        """The calls in their order; a model is told by its class: ``"Net"``, ``"Net.conv1"``.

        Raises:
            MeasureError: Something was refused inside.
        """
        if self._refused:
            raise self._refused[0]
        calls = tuple(self._recorder.calls)
        return Trace(
            calls=calls,
            modules=tree(self._roots.calls, {"": torch.nn.Module()}, *self._roots.models.values()),
            backend="execute",
            traced="executed",
            built="given",
            mode="inference" if all(call.phase == "forward" for call in calls) else "training",
        )

    def sees(self) -> bool:
        """Whether a call here and now belongs to the region: a count inside switches its mode off."""
        return True

    def saw(self, call: Call, out: object) -> None:
        """An operator ran."""
        self._recorder.record(call, self._origins.current(), out)

    def unfold(self, call: HigherOrder) -> object:
        """What a higher-order operator gives, its functions' calls seen.

        Raises:
            MeasureError: It is not followed.
        """
        if not follows(call.operator):
            self.refuse(call.operator.name(), NOT_FOLLOWED)
        return unfolded(self._scope(), call.operator, call.args, call.kwargs)

    def _scope(self) -> Scope:
        return Scope(
            mode=self._mode,
            recorder=self._recorder,
            origins=self._origins,
            table=self._table,
            # What runs here runs as it is: every value is there.
            knows=lambda _: True,
            forget=lambda _: None,
            executes=True,
        )

    def refuse(self, operator: str, why: str, /) -> NoReturn:
        """An operator cannot be counted.

        Raises:
            MeasureError: Always.
        """
        raise self._noted(MeasureError(f"cannot be counted: {operator} {why}"))

    def _backward(self, behind: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        if threading.get_ident() != self._thread:
            self._elsewhere.met("a backward pass")
        return behind(*args, **kwargs)

    def _note_elsewhere(self, what: str) -> None:
        self._noted(MeasureError(_THREAD, f"{what} ran on the thread {threading.current_thread().name!r}"))

    def _noted(self, error: MeasureError) -> MeasureError:
        self._refused.append(error)
        return error

    def _is_active(self) -> bool:
        """Whether calls reach the region: a count inside it is no part of it."""
        return self._mode.is_active


@contextmanager
def region(table: FormulaTable) -> Iterator[Region]:
    """Count whatever runs inside the block, for real.

    Args:
        table: What has a formula or is free; the rest is decomposed as far as it goes.

    Raises:
        MeasureError: Inside, a higher-order operator ran that is not followed.
    """
    seen = Region(table)
    with seen.watching():
        yield seen
