"""A measurement's forward as memory sees it."""

from __future__ import annotations

from pytest_flopbudget.counting.boundary import Boundary
from pytest_flopbudget.counting.collecting import nothing_collected
from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.actions import Actions, actions_of
from pytest_flopbudget.counting.memory.copies import with_copies
from pytest_flopbudget.counting.memory.sharing import Sharing, shared
from pytest_flopbudget.errors import FlopBudgetError


def boundary_of(measurement: Measurement) -> Boundary:
    """What goes into a measurement's forward, what comes out, and what the model holds.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    if why := measurement.without_memory:
        raise FlopBudgetError(why)
    return measurement.boundary or Boundary()


def forward_of(measurement: Measurement, deployment: Deployment) -> Actions:
    """What a measurement's forward does to memory, with the element types of a deployment.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    boundary = boundary_of(measurement)
    return actions_of([call for call, _ in measurement.calls], boundary, deployment.activation_dtype)


@nothing_collected()
def deployed_forward(measurement: Measurement, deployment: Deployment) -> Sharing:
    """The same in a deployment, with its copies, and with what shares a buffer.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    return shared(with_copies(forward_of(measurement, deployment), deployment), deployment)
