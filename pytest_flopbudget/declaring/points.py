"""``at``: the points of a model, as a list of tables or numbers, or as a grid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from pytest_flopbudget.declaring.inputs import DIMENSION, GREATEST_SIZE
from pytest_flopbudget.declaring.keys import names_in
from pytest_flopbudget.declaring.layers import Layer, read_layer
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import Place, shown


@dataclass(frozen=True, slots=True)
class Point:
    """One point as it is written.

    Args:
        layer: Its own keys; its spot is that of the whole grid where it comes from one.
        place: Where it stands.
        sizes: The sizes of the dimensions it names.
        number: The size of a dimension that it leaves unnamed.
        is_swept: Whether it is locked and drawn only.
    """

    layer: Layer
    place: Place
    sizes: Mapping[str, int] = field(default_factory=dict)
    number: int | None = None
    is_swept: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """All points of a model: those of a list, or a grid still to be multiplied out.

    Args:
        spot: Where they stand.
        listed: The points of a list.
        grid: The sizes of each dimension with their places.
        sound: Whether all could be read.
        is_swept: Whether those of the grid are locked and drawn only.
    """

    spot: Spot
    listed: Sequence[Point] = ()
    grid: Mapping[str, Sequence[tuple[int, Place]]] = field(default_factory=dict)
    sound: bool = True
    is_swept: bool = False

    def in_order(self, dims: Sequence[str]) -> Iterator[Point]:
        """Every point; a grid varies its last dimension fastest, in the order of the dimensions given."""
        yield from self.listed
        if self.grid:
            names = [*(dim for dim in dims if dim in self.grid), *(dim for dim in self.grid if dim not in dims)]
            for sizes in product(*(self.grid[name] for name in names)):
                point = {name: size for name, (size, _) in zip(names, sizes, strict=True)}
                yield Point(Layer(spot=self.spot), sizes[0][1], point, is_swept=self.is_swept)


def read_points(written: list[object] | dict[str, object], spot: Spot) -> Points:
    """The points that ``at`` says; mistakes are noted at their spots."""
    if isinstance(written, dict):
        grid = {name: read_sizes(name, sizes, spot / name) for name, sizes in written.items()}
        good = {name: sizes for name, sizes in grid.items() if sizes is not None}
        return Points(grid=good, spot=spot) if len(good) == len(grid) else Points(spot=spot, sound=False)
    points = [_read_point(point, spot / index) for index, point in enumerate(written)]
    found = [point for point in points if point is not None]
    return Points(spot=spot, listed=found, sound=len(found) == len(points))


def _read_point(written: object, spot: Spot) -> Point | None:
    if not isinstance(written, dict):
        if isinstance(written, (str, list)):
            spot.wrong(f"{shown(written)} is no point: write a table, {{ R = 96 }}, or a size")
            return None
        number = _read_size(written, spot)
        return None if number is None else Point(Layer(spot=spot), spot.place, number=number)
    sizes = {name: _read_size(size, spot / name) for name, size in written.items() if _is_dimension(name)}
    own = {name: value for name, value in written.items() if name not in sizes}
    layer = read_layer(own, "point", spot)
    known = {name: size for name, size in sizes.items() if size is not None}
    return Point(layer, spot.place, known) if len(known) == len(sizes) else None


def _is_dimension(name: str) -> bool:
    """Whether a key of a point is a dimension; one that is a key in capitals is a slip."""
    return DIMENSION.fullmatch(name) is not None and name.lower() not in names_in("point")


def read_sizes(name: str, written: object, spot: Spot) -> list[tuple[int, Place]] | None:
    """The sizes of a dimension, each with its place; None and a mistake noted where it is no list of sizes."""
    if not DIMENSION.fullmatch(name):
        hint = f"did you mean {name.upper()!r}?" if DIMENSION.fullmatch(name.upper()) else "it is written in capitals"
        spot.wrong(f"{shown(name)} is no dimension; {hint}")
        return None
    if not isinstance(written, list):
        hint = f"write {name} = [96, 128], or a list of points, at = [{{ {name} = 96 }}]"
        spot.wrong(f"{shown(written)} is no list of sizes: {hint}")
        return None
    if not written:
        spot.wrong(f"the list is empty: write {name} = [96, 128]")
        return None
    sizes = [(_read_size(size, spot / index), (spot / index).place) for index, size in enumerate(written)]
    good = [(size, place) for size, place in sizes if size is not None]
    return good if len(good) == len(sizes) else None


def _read_size(written: object, spot: Spot) -> int | None:
    if not isinstance(written, int) or isinstance(written, bool):
        spot.wrong(f"{shown(written)} is no size: write a whole number")
    elif written < 1:
        spot.wrong(f"a size is at least 1, not {shown(written)}")
    elif written > GREATEST_SIZE:
        spot.wrong(f"{shown(written)} is too great for a size; the greatest is 2**63 - 1")
    else:
        return written
    return None
