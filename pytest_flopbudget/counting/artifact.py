"""A file that was built from a model, as far as it can be told of."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.measurement import Measurement


@dataclass(frozen=True, slots=True)
class Artifact:
    """A built file.

    Args:
        name: Its path as the declaration writes it, with the sizes of a point.
        bytes: Its size.
        measurement: What the file says of its operators; None where its format is not read.
    """

    name: str
    bytes: int
    measurement: Measurement | None = None


def as_built(deployment: Deployment) -> Deployment:
    """What a deployment still assumes of a file: fusion, element types and padding stand in the file itself."""
    return Deployment(
        planner=deployment.planner,
        inplace=deployment.inplace,
        arena_overhead=deployment.arena_overhead,
        weights_in=deployment.weights_in,
        inferences_per_second=deployment.inferences_per_second,
        clock_hz=deployment.clock_hz,
        cycles_per_mac=deployment.cycles_per_mac,
    )
