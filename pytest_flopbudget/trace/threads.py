"""Work on other threads while a region is counted: it is no part of it, so it must not go unseen."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.counting.operators import OperatorCall
from pytest_flopbudget.errors import FormulaError
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.guard import LOCK
from pytest_flopbudget.trace.origins import Origin
from pytest_flopbudget.trace.posts import standing_before
from pytest_flopbudget.trace.recording import Recorder
from pytest_flopbudget.trace.storages import Storages
from pytest_flopbudget.trace.watching import HigherOrder, WatchingMode

T = TypeVar("T")

# Told of what ran, such as "Linear" or "aten::mm", on a thread other than the region's.
Note = Callable[[str], None]

_POOL = "multiprocessing.pool"
_OF_A_POOL = ("apply_async", "map", "map_async", "starmap", "starmap_async", "imap", "imap_unordered")
# The threads that count regions of their own; one may do so within another.
_REGIONS: list[int] = []


@contextmanager
def counting_a_region() -> Iterator[None]:
    """Let what this thread does be no other region's matter."""
    _REGIONS.append(threading.get_ident())
    try:
        yield
    finally:
        _REGIONS.remove(threading.get_ident())


def counts() -> bool:
    """Whether this thread counts something itself."""
    return LOCK.is_held or threading.get_ident() in _REGIONS


class Elsewhere:
    """Takes note of modules, backward passes, and operators with MACs on other threads than the one that made it.

    Modules and backward passes are seen on every thread. Operators outside of any module are seen on threads that this
    one started, and in work that it handed to a pool, as long as the region lasts.
    """

    def __init__(self, table: FormulaTable, note: Note) -> None:
        self._table = table
        self._note = note
        # The region's own thread, and those that work for it: what they start works for it too.
        self._near = [threading.get_ident()]
        self._lasts = False
        self._hands_on = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch the other threads."""
        with ExitStack() as stack:
            stack.enter_context(standing_before(threading.Thread, "start", self._start))
            stack.enter_context(standing_before(ThreadPoolExecutor, "submit", self._hand_on))
            if _POOL in sys.modules:
                for name in _OF_A_POOL:
                    stack.enter_context(standing_before(sys.modules[_POOL].Pool, name, self._hand_on_if_threads))
            self._lasts = True
            try:
                yield
            finally:
                self._lasts = False

    def met(self, what: str) -> None:
        """Something ran on this thread, which is another than the region's."""
        if not counts():
            self._note(what)

    def sees(self) -> bool:
        """Whether a call here and now is the work of a thread that does not count itself."""
        return self._lasts and not counts()

    def saw(self, call: Call, out: object) -> None:
        """An operator ran on a thread that works for the region."""
        recorder = Recorder(Storages())
        recorder.record(call, Origin(""), out)
        if self._weighs(recorder.calls[0]):
            self._note(call.schema.operator)

    def unfold(self, call: HigherOrder) -> object:
        """A higher-order operator runs there: whatever it runs inside is not seen."""
        self._note(call.operator.name())
        return call.operator(*call.args, **call.kwargs)

    def refuse(self, operator: str, _: str, /) -> None:
        """An operator ran there that cannot be counted, for whatever reason."""
        self._note(operator)

    def _weighs(self, call: OperatorCall) -> bool:
        try:
            cost = self._table.cost(call)
        except FormulaError:
            return True
        return cost is None or bool(cost.macs)

    def _start(self, behind: Callable[..., Any], thread: threading.Thread) -> Any:
        if self._is_near() and not self._hands_on:
            watched = self._watched(thread.run)

            def run() -> None:
                __tracebackhide__ = True
                del vars(thread)["run"]
                watched()

            vars(thread)["run"] = run
        return behind(thread)

    def _hand_on(self, behind: Callable[..., Any], pool: object, *given: Any, **by_name: Any) -> Any:
        """Watch a pool's work, and not the thread that it may start for this, which lives on."""
        if not given or not self._is_near():
            return behind(pool, *given, **by_name)
        self._hands_on = True
        try:
            return behind(pool, self._watched(given[0]), *given[1:], **by_name)
        finally:
            self._hands_on = False

    def _is_near(self) -> bool:
        return threading.get_ident() in self._near and not LOCK.is_held

    def _hand_on_if_threads(self, behind: Callable[..., Any], pool: object, *given: Any, **by_name: Any) -> Any:
        if isinstance(pool, sys.modules[_POOL].ThreadPool):
            return self._hand_on(behind, pool, *given, **by_name)
        return behind(pool, *given, **by_name)

    def _watched(self, work: Callable[..., T]) -> Callable[..., T]:
        def watched(*args: Any, **kwargs: Any) -> T:
            __tracebackhide__ = True
            if not self._lasts:
                return work(*args, **kwargs)
            self._near.append(threading.get_ident())
            try:
                with WatchingMode(self._table, self):
                    return work(*args, **kwargs)
            finally:
                self._near.remove(threading.get_ident())

        return watched
