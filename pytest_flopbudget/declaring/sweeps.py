"""``sweep``: points of a model that are locked and drawn, and have no limits of their own."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from pytest_flopbudget.declaring.inputs import GREATEST_SIZE
from pytest_flopbudget.declaring.points import Points, read_sizes
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import shown

RANGE = re.compile(r"\s*(\d{1,19})\s*\.\.\s*(\d{1,19})\s*(?:\s+step\s+(\d{1,19})\s*)?", re.ASCII)
_COLONS = re.compile(r"\s*(\d+)\s*:\s*(\d+)\s*(?::\s*(\d+)\s*)?", re.ASCII)
_MOST = 1000


def read_sweep(written: Mapping[str, object], spot: Spot) -> Points:
    """The points that ``sweep`` says, a grid of all its dimensions; mistakes are noted at their spots."""
    ranges = {name: _listed(name, each, spot / name) for name, each in written.items()}
    if (number := math.prod(len(each) for each in ranges.values() if isinstance(each, (list, range)))) > _MOST:
        spot.wrong(f"these are {number:,} points, and a sweep has at most {_MOST:,}: write a larger step")
        return Points(spot=spot, sound=False)
    grid = {
        name: read_sizes(name, list(each), spot / name)
        for name, each in ranges.items()
        if isinstance(each, (list, range))
    }
    good = {name: sizes for name, sizes in grid.items() if sizes is not None}
    return Points(spot=spot, grid=good, is_swept=True) if len(good) == len(written) else Points(spot=spot, sound=False)


def _listed(name: str, written: object, spot: Spot) -> list[object] | range | None:
    """The sizes of one dimension, still to be read; None and a mistake where it is neither a range nor a list."""
    if isinstance(written, list):
        return written
    match = RANGE.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        colons = _COLONS.fullmatch(written) if isinstance(written, str) else None
        step = f" step {colons[3]}" if colons and colons[3] else ""
        way = f"did you mean '{colons[1]}..{colons[2]}{step}'?" if colons else f"write {name} = '96..320 step 32'"
        spot.wrong(f"{shown(written)} is no range of sizes: {way}")
        return None
    first, last, step_size = int(match[1]), int(match[2]), int(match[3] or 1)
    if not step_size:
        spot.wrong(f"{shown(written)} goes nowhere: a step is at least 1")
    elif last < first:
        spot.wrong(f"{shown(written)} has no size: write the smaller one first")
    elif last > GREATEST_SIZE:
        spot.wrong(f"{last} is too great for a size; the greatest is 2**63 - 1")
    else:
        return range(first, last + 1, step_size)
    return None
