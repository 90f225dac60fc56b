"""Whether xdist's workers declare what their controller does: a function may give other cases in each process."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

import pytest

from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.errors import Mistake, TableError

_DECLARED = "flopbudget_declared"


def for_workers(tables: Iterable[Table]) -> dict[str, dict[str, list[str]]]:
    """What a worker is to be told: the cases of each table in which functions declare some."""
    return {_DECLARED: {table.path: _ids(table) for table in tables if table.declarers}}


def refuse_others(table: Table, config: pytest.Config) -> None:
    """Refuse a table that declares other cases in this worker than in its controller, or in another order.

    Raises:
        TableError: It does.
    """
    told = getattr(config, "workerinput", {}).get(_DECLARED, {}).get(table.path)
    if told is None or told == (own := _ids(table)):
        return
    declarer = table.declarers[0]
    both = enumerate(zip_longest(own, told), start=1)
    number, here, there = next((number, here, there) for number, (here, there) in both if here != there)
    raise TableError(
        [
            Mistake(
                declarer.place,
                "cases",
                f"{declarer.path} declares other cases in each of xdist's processes: no. {number} is {_told(here)} "
                f"here and {_told(there)} in the controller: give them an order, as sorted() does",
            )
        ]
    )


def _ids(table: Table) -> list[str]:
    return [case.id for case in table.cases]


def _told(name: str | None) -> str:
    return "missing" if name is None else repr(name)
