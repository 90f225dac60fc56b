"""The targets of a case: those that its nearest layer names, their limits at the sizes of its point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_flopbudget.declaring.case_limits import is_known
from pytest_flopbudget.declaring.keys import ON_TARGETS
from pytest_flopbudget.declaring.layers import Layer
from pytest_flopbudget.declaring.limit_kinds import WrittenLimit
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.declaring.targets import DeclaredTarget, DeclaredTargets
from pytest_flopbudget.judge.targets import Target


@dataclass(frozen=True, slots=True)
class TargetAtPoint:
    """A target of a case, and its limits where further mistakes in them are noted."""

    target: Target
    limits: tuple[WrittenLimit, ...]


def targets_at(sizes: Mapping[str, int], layers: Sequence[Layer], targets: DeclaredTargets) -> list[TargetAtPoint]:
    """The targets of a case, in the order in which they are named; unknown ones are noted.

    Args:
        sizes: The dimensions of its point.
        layers: Its layers, the nearest first.
        targets: All that are declared.
    """
    found: dict[str, DeclaredTarget] = {}
    for spot, name in _named(layers):
        if name in found:
            spot.wrong(f"the target {name!r} stands twice")
        elif target := targets.find(name, spot):
            found[name] = target
    return [_at(target, sizes, layers) for target in found.values()]


def _named(layers: Sequence[Layer]) -> Iterator[tuple[Spot, str]]:
    for layer in layers:
        names = layer.get(ON_TARGETS)
        if names is not None:
            yield from ((layer.spot / ON_TARGETS.name / index, name) for index, name in enumerate(names))
            return


def _at(declared: DeclaredTarget, sizes: Mapping[str, int], layers: Sequence[Layer]) -> TargetAtPoint:
    limits = tuple(
        replace(each, limit=each.limit.at(sizes)) for each in declared.limits if is_known(each, sizes, layers)
    )
    return TargetAtPoint(declared.target.holding(tuple(each.limit for each in limits)), limits)
