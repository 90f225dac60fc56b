"""A target: a named device as the user declares it. A bundle: several models on one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Protocol

from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit

Arena = Literal["shared", "separate"]

# The metrics that a plan of memory has; over a limit on one of them, the peak is told.
IN_RAM = ("peak_activation_bytes", "arena_bytes")
# What the models of one firmware have together; all else is each one's own.
ADD_UP = ("weight_bytes", *IN_RAM, "mac_rate")


class HasLimits(Protocol):
    """What is judged by limits."""

    @property
    def limits(self) -> tuple[Limit, ...]: ...  # noqa: D102
    @property
    def targets(self) -> tuple[Target, ...]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class MaxBatch:
    """The largest batch that a target takes, and where that is written."""

    value: int
    place: Place


@dataclass(frozen=True, slots=True)
class AllowedOperators:
    """The operators that a target's runtime knows, by ATen's names or by TensorFlow Lite's, and where they stand."""

    names: tuple[str, ...]
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A device: how a model runs on it, and what it may need there.

    Args:
        name: Its name.
        place: Where it stands.
        deployment: The assumptions of its byte metrics.
        limits: Its limits, each with its name as ``target``: those of ``ram`` and ``flash``, then any metric's.
        max_batch: The largest batch; None allows any.
        allowed: The operators that its runtime knows; None allows any.
    """

    name: str
    place: Place
    deployment: Deployment = AS_IT_IS
    limits: tuple[Limit, ...] = ()
    max_batch: MaxBatch | None = None
    allowed: AllowedOperators | None = None

    @property
    def asks_something(self) -> bool:
        """Whether there is anything that a model may fail to keep."""
        return bool(self.limits or self.max_batch or self.allowed)

    def holding(self, limits: tuple[Limit, ...]) -> Target:
        """The same target with its limits as they are at a point."""
        return replace(self, limits=limits)


def limits_of(case: HasLimits) -> tuple[Limit, ...]:
    """All limits of a case: its own, then those of its targets."""
    return (*case.limits, *(limit for target in case.targets for limit in target.limits))
