"""Dimensions along which a declared model costs the same: one that resizes its input inside does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pytest_flopbudget.counting.measurement import Mode
from pytest_flopbudget.judge.verdicts import Verdict

# What two points have in common that differ in one dimension alone.
_Others = tuple[frozenset[tuple[str, int]], Mode]


@dataclass(frozen=True, slots=True)
class IdleDimension:
    """A dimension that changes nothing.

    Args:
        model: The declared model's name.
        dimension: The dimension's name.
        sizes: Its sizes, ascending, at which the model has the same MACs.
    """

    model: str
    dimension: str
    sizes: tuple[int, ...]


def idle_dimensions(verdicts: Iterable[Verdict]) -> Iterator[IdleDimension]:
    """The dimensions of declared models that change no model's MACs, whatever its other dimensions are.

    Args:
        verdicts: Those of one table; only what was counted of a declared model is looked at.
    """
    models: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.kind == "declared" and verdict.metrics.get("macs"):
            models.setdefault(verdict.model, []).append(verdict)
    for model, points in models.items():
        for dimension in dict.fromkeys(name for verdict in points for name in verdict.point):
            sizes = _sizes(dimension, points)
            if sizes:
                yield IdleDimension(model, dimension, sizes)


def _sizes(dimension: str, points: Iterable[Verdict]) -> tuple[int, ...]:
    """The sizes at which a model costs the same, none if it costs otherwise at any."""
    alike: dict[_Others, dict[int, int]] = {}
    for verdict in points:
        if dimension in verdict.point:
            counts = alike.setdefault((_others(verdict.point, dimension), verdict.mode), {})
            counts[verdict.point[dimension]] = verdict.metrics["macs"]
    several = [counts for counts in alike.values() if len(counts) > 1]
    if any(len(set(counts.values())) > 1 for counts in several):
        return ()
    return tuple(sorted({size for counts in several for size in counts}))


def _others(point: Mapping[str, int], dimension: str) -> frozenset[tuple[str, int]]:
    return frozenset((name, size) for name, size in point.items() if name != dimension)
