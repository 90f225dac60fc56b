"""The root of our table: read whole, with all of its mistakes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pytest_flopbudget.declaring import keys
from pytest_flopbudget.declaring.bundles import Declared, named_in_bundles, read_bundles
from pytest_flopbudget.declaring.cases import Declarer, Table
from pytest_flopbudget.declaring.included import TextOf
from pytest_flopbudget.declaring.layers import TableReader, read_layer
from pytest_flopbudget.declaring.locking import note_no_lock, read_locking
from pytest_flopbudget.declaring.members import find_members
from pytest_flopbudget.declaring.models import read_models
from pytest_flopbudget.declaring.paper_tables import read_paper_tables
from pytest_flopbudget.declaring.requirement import is_satisfied
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.declaring.targets import DeclaredTargets, read_targets
from pytest_flopbudget.declaring.written import read_past_written, read_written
from pytest_flopbudget.errors import TableError

_FOR_TESTS = (keys.FORMULAS.name, keys.FREE.name, keys.TARGETS.name, keys.REPORT.name)


def read_root(path: Path, called: str | None = None) -> Table | None:
    """The table of a file, which places call as they are told; None where it has none.

    Raises:
        TableError: With every mistake in the file's order, or with the only one that keeps it from being read.
    """
    return _root(path, *read_written(path, called))


def read_unlimited(path: Path, called: str | None = None, text: str | None = None) -> Table | None:
    """The table of a file in which models may still be without a limit; None where it has none.

    Args:
        path: The file.
        called: The file as places and mistakes show it; by its name alone unless said.
        text: What the file is to say, in the place of what it says now.

    Raises:
        TableError: As for :func:`read_root`.
    """
    return _root(path, *read_written(path, called, text), is_finished=False)


def read_past_root(text: str, path: Path, called: str, text_of: TextOf) -> Table | None:
    """The table of a file as it was; None where it had none.

    Args:
        text: The file's text then.
        path: The file now: what the table names relative to it is found there.
        called: The file as places and mistakes show it.
        text_of: Reads what it includes, as that was then.

    Raises:
        TableError: With every mistake, or with the only one that keeps it from being read.
    """
    return _root(path, *read_past_written(path, text, called, text_of))


def _root(path: Path, written: Mapping[str, object] | None, spot: Spot, *, is_finished: bool = True) -> Table | None:
    table = None
    if written is not None:
        try:
            table = _read(path.absolute(), written, spot, is_finished=is_finished)
        except RecursionError:
            spot.wrong("it is nested too deeply to be read")
    if spot.notebook.mistakes:
        raise TableError(spot.notebook.mistakes)
    return table


def _read(path: Path, written: Mapping[str, object], spot: Spot, *, is_finished: bool) -> Table:
    reader = TableReader(written, "root", spot)
    requires = reader.read(keys.REQUIRES)
    if requires is not None and not is_satisfied(requires, spot / "requires"):
        raise TableError([spot.notebook.mistakes[-1]])
    models = reader.read(keys.MODELS)
    targets = _targets(reader, spot)
    lock = read_locking(reader, path)
    may_lock = keys.LOCK.name in written
    if not may_lock:
        note_no_lock(limit for each in targets.by_name.values() for limit in each.limits)
    members = reader.read(keys.MEMBERS)
    tried = reader.written()
    mistaken = (models is None and "models" in tried) or (members is None and "members" in tried)
    # A project that budgets only in tests has no models to declare.
    for_tests = any(name in tried and written.get(name) not in ([], {}) for name in _FOR_TESTS)
    declarers = tuple(Declarer(*each) for each in spot.notebook.declarers)
    if not (models or members or mistaken or for_tests or declarers):
        spot.wrong(f"no model is declared: write one, as in [tool.{keys.TABLE}.models.net]")
    bundles = reader.read(keys.BUNDLES) or {}
    declared = _declared(reader, models, targets, bundles, locked=may_lock or not is_finished)
    return Table(
        path=str(path),
        cases=tuple(declared.cases),
        targets=tuple(each.target for each in targets.by_name.values()),
        bundles=tuple(read_bundles(bundles, declared, spot / "bundles")),
        tables=tuple(read_paper_tables(reader.read(keys.TABLES) or {}, declared, spot / "tables")),
        declarers=declarers,
        collect=reader.read(keys.COLLECT) or "auto",
        members=find_members(members or (), path, spot / "members"),
        pythonpath=tuple(_absolute(path.parent, folder) for folder in reader.read(keys.PYTHONPATH) or ()),
        formulas=reader.read(keys.FORMULAS) or (),
        free=reader.read(keys.FREE) or (),
        thop_rules=reader.read(keys.THOP_RULES),
        lock=lock,
        raise_needs_reason=reader.read(keys.RAISE_NEEDS_REASON) or False,
        report=tuple(_absolute(path.parent, file) for file in reader.read(keys.REPORT) or ()),
        shape_rules=reader.read(keys.SHAPE_RULES) is not False,
    )


def _declared(
    reader: TableReader,
    models: Mapping[str, object] | None,
    targets: DeclaredTargets,
    bundles: Mapping[str, object],
    *,
    locked: bool,
) -> Declared:
    """The cases of a table, and whether all are known."""
    spot = reader.spot
    cases = read_models(
        models or {},
        read_layer(reader.read(keys.DEFAULTS) or {}, "defaults", spot / "defaults"),
        spot / "models",
        targets,
        locked=locked,
        bundled=named_in_bundles(bundles),
        whole=not (spot / keys.DECLARERS.name).has_mistakes_below(),
    )
    read_from = (keys.DEFAULTS, keys.MODELS, keys.DECLARERS)
    are_known = models is not None and not any((spot / key.name).has_mistakes_below() for key in read_from)
    return Declared(cases, targets, are_known)


def _targets(reader: TableReader, spot: Spot) -> DeclaredTargets:
    written = reader.read(keys.TARGETS)
    could_be_read = written is not None or keys.TARGETS.name not in reader.table
    return read_targets(written or {}, spot / "targets", sound=could_be_read)


def _absolute(folder: Path, written: str) -> str:
    return os.path.normpath(folder / written)
