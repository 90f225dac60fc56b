"""What goes in and out, of the model and of each operator."""

from __future__ import annotations

from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.measurement import Measurement


def io_bytes(measurement: Measurement, deployment: Deployment) -> int:
    """The bytes of the model's inputs and outputs.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    raise NotImplementedError


def traffic_bytes(measurement: Measurement, deployment: Deployment) -> int:
    """The bytes that operators read and write, each input and each output once.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    raise NotImplementedError
