"""What the cases of one run share: a model that is built alike is built once, a declared case is measured once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_flopbudget.declaring.cases import AskedCase, Bundle, Case, Table
from pytest_flopbudget.declaring.references import UnknownReferenceError, referred
from pytest_flopbudget.judge.targets import limits_of

if TYPE_CHECKING:
    from pytest_flopbudget.counting.measurement import Measurement
    from pytest_flopbudget.trace.shelf import Shelf

# Some thirty megabytes: a hundred convnets, or twenty language models.
_MOST_CALLS = 20_000

_Alike = tuple[str, ...]
_Id = tuple[str, str, str]


@dataclass(slots=True)
class Sharing:
    """Measures the declared cases of one run.

    What it keeps is bounded: the models that :meth:`let_go_but_for` leaves, and the measurements that were asked
    for last, of 20,000 operator calls together, or one that has more by itself.
    """

    _shelves: dict[_Alike, Shelf] = field(default_factory=dict)
    _measured: dict[_Id, Measurement] = field(default_factory=dict)
    _calls: int = 0

    def measure(self, case: Case, table: Table) -> Measurement:
        """Count a case, or tell what was counted for it.

        Raises:
            MeasureError: The factory, the model or an input cannot be used; the message says which and why.
            FormulaError: A formula is marked wrongly, stands twice, or failed on a call.
        """
        name = (table.path, case.id, case.backend)
        measurement = self._measured.pop(name, None)
        if measurement is None:
            # Imported when a case runs: collecting, and every option that only lists, must not touch the engine.
            from pytest_flopbudget.engine import measure

            measurement = measure(case, table, self._shelf(case, table))
            self._calls += len(measurement.calls)
        self._measured[name] = measurement
        while self._calls > _MOST_CALLS and len(self._measured) > 1:
            self._calls -= len(self._measured.pop(next(iter(self._measured))).calls)
        return measurement

    def references(self, case: Case | AskedCase, table: Table | None) -> dict[str, Measurement]:
        """Count what the limits of a case are shares of, as :func:`pytest_flopbudget.engine.references` does.

        Raises:
            FlopBudgetError: A model is not declared, has no such point, or cannot be measured.
        """
        from pytest_flopbudget.engine import references

        return references(case, table, self.measure)

    def let_go(self) -> None:
        """Let go of every model."""
        self._shelves.clear()

    def end(self) -> None:
        """Let go of everything: what looks for garbage at the end of a process would go through all of it."""
        self.let_go()
        self._measured.clear()
        self._calls = 0

    def let_go_but_for(self, declared: Case | Bundle, table: Table) -> None:
        """Let go of every model but those that the next case or bundle of a table is about."""
        if self._shelves:
            wanted = {_alike(case, table) for case in _asked_for(declared, table)}
            self._shelves = {name: shelf for name, shelf in self._shelves.items() if name in wanted}

    def _shelf(self, case: Case, table: Table) -> Shelf:
        # Before torch is looked for, its absence must be told.
        from pytest_flopbudget.engine import need_torch

        need_torch()
        from pytest_flopbudget.trace.shelf import Shelf

        return self._shelves.setdefault(_alike(case, table), Shelf())


def _alike(case: Case, table: Table) -> _Alike:
    """All that a case's model is built of; in a text, ``1`` and ``True`` differ."""
    return (table.path, case.factory, repr(case.args), repr(case.kwargs), *case.prepare)


def _asked_for(declared: Case | Bundle, table: Table) -> Iterator[Case]:
    """The cases that are measured for an item."""
    if isinstance(declared, Bundle):
        yield from declared.cases
    else:
        yield declared
        yield from _referred_by(declared, table.cases)


def _referred_by(case: Case, cases: tuple[Case, ...]) -> Iterator[Case]:
    for name in dict.fromkeys(limit.of for limit in limits_of(case) if limit.of):
        # What is not declared is told where it would be measured.
        with suppress(UnknownReferenceError):
            yield referred(name, case, cases)
