"""What the model holds, as its deployment stores it."""

from __future__ import annotations

from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.measurement import Measurement


def weight_bytes(measurement: Measurement, deployment: Deployment) -> int:
    """The bytes of parameters and saved buffers at the deployed element types.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    raise NotImplementedError
