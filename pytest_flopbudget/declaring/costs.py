"""A table of costs, as it is declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_flopbudget.errors import Place


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperTable:
    """A table of costs for a README or a paper: a row a model.

    Args:
        name: Its name.
        place: Where it is declared.
        models: The models' names, in the order of the rows.
        columns: What is told: a metric, and the point at which; ``""`` where the metric is the same at every point.
        units: The prefix of a metric's numbers, by its name; of others that of the largest.
        digits: How many digits are told of each number.
        into: The files that it stands in, from the table's own folder.
    """

    name: str
    place: Place
    models: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    units: Mapping[str, str] = field(default_factory=dict)
    digits: int = 3
    into: tuple[str, ...] = ()
