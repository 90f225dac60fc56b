"""``[tool.pytest-flopbudget.tables]``: tables of costs for READMEs and papers."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping

from pytest_flopbudget.declaring import keys
from pytest_flopbudget.declaring.bundles import Declared
from pytest_flopbudget.declaring.costs import PaperTable
from pytest_flopbudget.declaring.finding import nearest_or_all
from pytest_flopbudget.declaring.layers import TableReader
from pytest_flopbudget.declaring.spots import Spot, bare_or_quoted
from pytest_flopbudget.errors import shown


def read_paper_tables(written: Mapping[str, object], declared: Declared, spot: Spot) -> Iterator[PaperTable]:
    """The tables, those with mistakes left out; these are noted at their spots."""
    for name, table in written.items():
        if keys.NAME.kind.read(name, spot / name) is None:
            continue
        if isinstance(table, dict):
            found = _table(name, TableReader(table, "table", spot / name), declared)
            if found is not None:
                yield found
        else:
            header = f"[tool.{keys.TABLE}.tables.{bare_or_quoted(name)}]"
            (spot / name).wrong(f"{shown(table)} stands where a table was expected, as in {header}")


def _table(name: str, reader: TableReader, declared: Declared) -> PaperTable | None:
    tried = reader.written()
    for key, text in (
        (keys.ROWS, "no models: write models = ['net', 'vit.*']"),
        (keys.COLUMNS, "no columns: write columns = ['params', 'macs@R224']"),
    ):
        if key.name not in tried:
            reader.spot.wrong(text)
    rows, columns = reader.read(keys.ROWS), reader.read(keys.COLUMNS)
    if rows is None or columns is None:
        return None
    models = tuple(dict.fromkeys(model for row in _matched(rows, reader.spot, declared) for model in row))
    _note_strange_points(columns, models, declared, reader.spot / keys.COLUMNS.name)
    return PaperTable(
        name=name,
        place=reader.spot.place,
        models=models,
        columns=columns,
        units=reader.read(keys.PREFIXES) or {},
        digits=reader.read(keys.DIGITS) or 3,
        into=reader.read(keys.INTO) or (),
    )


def _matched(rows: tuple[str, ...], spot: Spot, declared: Declared) -> Iterator[list[str]]:
    names = list(dict.fromkeys(case.model for case in declared.cases))
    for index, row in enumerate(rows):
        found = [name for name in names if fnmatch.fnmatchcase(name, row)]
        if not found and declared.sound:
            (spot / keys.ROWS.name / index).wrong(f"no model is called {row!r}{nearest_or_all(row, names)}")
        yield found


def _note_strange_points(
    columns: tuple[tuple[str, str], ...], models: tuple[str, ...], declared: Declared, spot: Spot
) -> None:
    """Note a point that none of the models has; what one lacks is an empty cell."""
    names = list(dict.fromkeys(case.point_name for case in declared.cases if case.model in models))
    for _, point in columns:
        if point and models and point not in names and declared.sound:
            spot.wrong(f"no model of the table has a point {point!r}{nearest_or_all(point, names)}")
