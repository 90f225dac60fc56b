"""What a model and its inputs weigh, and whether they have data, before anything of it is executed."""

from __future__ import annotations

from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.quantities import format_pair
from pytest_flopbudget.trace import twins
from pytest_flopbudget.trace.following import Subject
from pytest_flopbudget.trace.inputs import input_bytes

_NAMED = 3
_UNITS = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10}


class NotExecutedError(MeasureError):
    """A model would have to be executed, and is too large for that, or has no data."""


def refuse_too_large(subject: Subject, limit: int, error: MeasureError | None = None) -> None:
    """Refuse to execute a model whose parameters, buffers and inputs take more than a limit in bytes.

    Args:
        subject: What would be executed.
        limit: The most bytes.
        error: Why it has to be executed; None where that was asked for.

    Raises:
        NotExecutedError: It is; with what the error that was given says, the reason and the way out.
    """
    weight = weight_of(subject)
    if weight <= limit:
        return
    taken, most = format_pair(weight, limit, "B")
    room = f"parameters, buffers and inputs take {taken}"
    raise _not_executed(
        error or MeasureError("too large to be executed"),
        f"size      {room}, more than execute_limit = {most!r}, so it is not executed",
        f'hint      execute_limit = "{_enough(weight)}" lets it be executed',
    )


def refuse_growing(weight: int, limit: int) -> None:
    """Refuse to initialise parameters with which a model takes more than a limit in bytes.

    Args:
        weight: The bytes of all that there is, and of what would be made next; more may follow.
        limit: The most bytes.

    Raises:
        NotExecutedError: It is more.
    """
    if weight > limit:
        taken, most = format_pair(weight, limit, "B")
        raise NotExecutedError(
            "too large to be executed",
            f"size      parameters, buffers and inputs take at least {taken}, "
            f"more than execute_limit = {most!r}, so its lazy parameters are not initialised",
            f'hint      execute_limit = "{_enough(weight)}" or more lets it be executed',
        )


def weight_of(subject: Subject) -> int:
    """The bytes of a model's parameters and buffers that have shapes, each storage once, and of its inputs."""
    modules = list(subject.model.modules())
    return twins.storage_bytes(modules) + input_bytes(subject.arguments, twins.dtype_of(modules))


def refuse_without_data(subject: Subject, error: MeasureError | None = None) -> None:
    """Refuse to execute a model that was built without data.

    Args:
        subject: What would be executed.
        error: Why it has to be executed; None where that was asked for.

    Raises:
        NotExecutedError: A parameter or buffer is on the meta device.
    """
    held = (*subject.model.named_parameters(), *subject.model.named_buffers())
    names = [name for name, tensor in held if tensor.is_meta]
    if names:
        raise _not_executed(
            error or MeasureError("without data it cannot be executed"),
            f"data      on the meta device: {', '.join(names[:_NAMED])}{', …' if names[_NAMED:] else ''}",
            "hint      build the model on a device with data",
        )


def _not_executed(error: MeasureError, *told: str) -> NotExecutedError:
    refused = NotExecutedError(error.headline, *error.details, *told)
    refused.__cause__ = error.__cause__
    return refused


def _enough(weight: int) -> str:
    """A round quantity that is not below a number of bytes."""
    name, unit = next(((name, unit) for name, unit in _UNITS.items() if weight >= unit), ("B", 1))
    return f"{-(-weight // unit)} {name}"
