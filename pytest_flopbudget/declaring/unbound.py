"""A declared model whose named dimensions are still open: what is measured at points that nobody declared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.entries import chain, entries
from pytest_flopbudget.declaring.inputs import Inputs
from pytest_flopbudget.declaring.keys import ARGS, DEFAULTS, INPUT, INPUT_FACTORY, KEYS, KWARGS, MODELS
from pytest_flopbudget.declaring.layers import Layer, TableReader, nearest, read_layer, settled, with_input
from pytest_flopbudget.declaring.written import read_written


def unbound_case(path: Path, model: str) -> Case:
    """A declared model without its points: its inputs and arguments still name their dimensions.

    Limits and targets are left out, and what a point sets for itself.

    Args:
        path: A file whose table has been read without a mistake.
        model: The name of a model that is declared there.
    """
    written, spot = read_written(path)
    root = TableReader(written or {}, "root", spot)
    defaults = read_layer(root.read(DEFAULTS) or {}, "defaults", root.spot / "defaults")
    found = entries(root.read(MODELS) or {}, root.spot / "models")
    layers = {name: read_layer(entry.table, "model", entry.spot) for name, entry in found.by_name.items()}
    return _open(model, (*(chain(model, layers, sound=True) or ()), defaults))


def _open(model: str, layers: tuple[Layer, ...]) -> Case:
    source = with_input(layers)
    case = Case(
        model=model,
        point_name="",
        place=layers[0].spot.place,
        factory="",
        inputs=(source.get(INPUT) if source else None) or Inputs(),
        input_factory=source.get(INPUT_FACTORY) if source else None,
        args=tuple(nearest(ARGS, layers) or ()),
        kwargs=nearest(KWARGS, layers) or {},
    )
    for key in KEYS:
        case = settled(case, key, layers)
    # A file that was built at one size says nothing of another.
    return replace(case, artifact=None)
