"""``[tool.pytest-flopbudget.models]``: every declared model, read and expanded."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_flopbudget.declare.cases import Case
from pytest_flopbudget.declare.expand import expand
from pytest_flopbudget.declare.keys import NAME, TABLE
from pytest_flopbudget.declare.layers import Layer, read_layer
from pytest_flopbudget.declare.spots import Spot
from pytest_flopbudget.declare.unknown import unquoted_models
from pytest_flopbudget.errors import shown


def read_models(written: Mapping[str, object], defaults: Layer, spot: Spot) -> list[Case]:
    """The cases of all models, in the file's order; mistakes are noted at their spots."""
    return [case for name, table in written.items() for case in _read_model(name, table, defaults, spot / name)]


def _read_model(name: str, written: object, defaults: Layer, spot: Spot) -> list[Case]:
    if NAME.kind.read(name, spot) is None:
        return []
    if not isinstance(written, dict):
        spot.wrong(f"{shown(written)} stands where a table was expected, as in [tool.{TABLE}.models.{name}]")
        return []
    unquoted = unquoted_models(written)
    for path in unquoted:
        whole = ".".join((name, *path))
        spot.down(*path).wrong(f'a name with a dot must be quoted: [tool.{TABLE}.models."{whole}"]')
    own = {key: value for key, value in written.items() if key not in {path[0] for path in unquoted}}
    if unquoted and not own:
        return []
    return expand(name, read_layer(own, "model", spot), defaults)
