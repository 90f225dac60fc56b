"""The sizes of the named dimensions at a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_flopbudget.declaring.inputs import Inputs, dimensions
from pytest_flopbudget.declaring.keys import ARGS, ARTIFACT, INPUT, KWARGS
from pytest_flopbudget.declaring.layers import Layer
from pytest_flopbudget.declaring.points import Point
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.declaring.values import value_dimensions
from pytest_flopbudget.errors import did_you_mean


def sizes_at(point: Point, inputs: Inputs | None, layers: Sequence[Layer]) -> dict[str, int] | None:
    """A size for each named dimension of a case, in order of appearance.

    Args:
        point: The point as it is written.
        inputs: The inputs of the case, still with named dimensions. Where a factory makes them they are None,
            and the dimensions are those that the point names.
        layers: The case's layers, the nearest first.

    Returns:
        The sizes of the dimensions in the inputs, then of those that only the factory's arguments, or the
        artifact's path, mention; None where one is missing or too many, which is noted.
    """
    if inputs is None and point.number is not None:
        point.layer.spot.wrong(
            f"a bare size needs a named dimension, and input_factory has none: write {{ R = {point.number} }}"
        )
        return None
    dims = tuple(point.sizes) if inputs is None else dimensions(inputs)
    mentioned = _mentioned(layers)
    given = _given(point, dims, layers)
    if given is None:
        return None
    missing = [dim for dim in dims if dim not in given]
    unknown = [dim for dim in mentioned if dim not in given and dim not in dims]
    needless = [dim for dim in given if dim not in dims and dim not in mentioned]
    for dim in missing:
        if dim not in point.layer.written:
            _note_missing(dim, point, layers)
    for dim in unknown:
        spot = mentioned[dim]
        hint = did_you_mean(dim, given) or f"; the text itself is written '$${dim}' or '{{{{{dim}}}}}'"
        spot.wrong(f"no size for the dimension {dim!r}{of_model(spot, layers)}{hint}")
    for dim in needless:
        spot = point.layer.spot / dim
        hint = did_you_mean(dim, dims) or (f"; there is {', '.join(dims)}" if dims else "")
        spot.wrong(f"the input{of_model(spot, layers)} has no dimension {dim!r}{hint}")
    if missing or unknown or needless:
        return None
    return {dim: given[dim] for dim in (*dims, *mentioned)}


def _given(point: Point, dims: Sequence[str], layers: Sequence[Layer]) -> Mapping[str, int] | None:
    if point.number is None:
        return point.sizes
    if len(dims) == 1:
        return {dims[0]: point.number}
    spot = point.layer.spot
    what = f"has {', '.join(dims)}" if dims else "has none"
    spot.wrong(f"a bare size needs an input with one named dimension, and the input{of_model(spot, layers)} {what}")
    return None


def _note_missing(dim: str, point: Point, layers: Sequence[Layer]) -> None:
    if any("at" in layer.written for layer in layers):
        spot = point.layer.spot
        spot.wrong(f"no size for the dimension {dim!r} of the input{of_model(spot, layers)}")
        return
    spot = next(layer.spot for layer in layers if layer.get(INPUT) is not None) / "input"
    whose = of_model(spot, layers)
    spot.wrong(f"no size for the dimension {dim!r}{whose}: write some, as in at = [{{ {dim} = 224 }}]")


def _mentioned(layers: Sequence[Layer]) -> dict[str, Spot]:
    """The dimensions that the factory's arguments and the artifact's path mention, each with the first such spot."""
    spots: dict[str, Spot] = {}
    for key in (ARGS, KWARGS, ARTIFACT):
        layer = next((layer for layer in layers if layer.get(key) is not None), None)
        if layer is not None:
            for dim, spot in value_dimensions(layer.get(key), layer.spot / key.name):
                spots.setdefault(dim, spot)
    return spots


def of_model(spot: Spot, layers: Sequence[Layer]) -> str:
    """The model's name, where a mistake that concerns it stands elsewhere: among the defaults, in what it extends."""
    model = layers[1].spot
    return "" if spot.path[: len(model.path)] == model.path else f" of {model.key}"
