"""From a measurement and a deployment to a plan of memory, and the metrics that it has."""

from __future__ import annotations

from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.plan import Plan


def plan(measurement: Measurement, deployment: Deployment) -> Plan:
    """Every buffer of a forward's activations, with its lifetime and its place.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of: thop counted, or training, or a region.
    """
    raise NotImplementedError


def peak_activation_bytes(measurement: Measurement, deployment: Deployment) -> int:
    """The most bytes of activations that are alive at one step.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    return plan(measurement, deployment).peak_bytes


def arena_bytes(measurement: Measurement, deployment: Deployment) -> int:
    """What the deployment keeps in RAM, in bytes.

    The activations as they are placed, what the forward keeps between its calls, ``arena_overhead``, and the weights
    where they are copied there.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    raise NotImplementedError


def largest_tensor_bytes(measurement: Measurement, deployment: Deployment) -> int:
    """The bytes of the largest activation.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    raise NotImplementedError
