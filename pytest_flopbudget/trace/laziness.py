"""Models whose parameters get their shapes from the first input."""

from __future__ import annotations

import torch

from pytest_flopbudget.declare.tracebacks import details, one_line
from pytest_flopbudget.errors import MeasureError, RunError
from pytest_flopbudget.trace import guard, twins, wrappers
from pytest_flopbudget.trace.building import BuildError
from pytest_flopbudget.trace.following import Subject
from pytest_flopbudget.trace.inputs import materialised
from pytest_flopbudget.trace.lines import enter
from pytest_flopbudget.trace.settings import settings_kept
from pytest_flopbudget.trace.weight import refuse_too_large


def refuse_lazy(model: torch.nn.Module) -> None:
    """Refuse a model with parameters whose shapes are still unknown.

    Raises:
        BuildError: It has some.
    """
    lazy = _lazy(model)
    if lazy:
        raise BuildError(
            f"the model has uninitialised lazy parameters: {', '.join(lazy)}",
            "run it once on an input, then count it",
        )


def initialised(subject: Subject, limit: int) -> Subject:
    """A subject whose parameters all have shapes: one that was built for real is run once.

    Args:
        subject: What would be traced.
        limit: The most bytes of parameters, buffers and inputs at which it is run.

    Raises:
        RunError: It cannot run.
        MeasureError: It is too large to run, or some parameters still have no shapes afterwards.
    """
    if not _lazy(subject.model):
        return subject
    refuse_too_large(subject, limit)
    modules = list(subject.model.modules())
    with (
        settings_kept(),
        guard.evaluated(modules),
        wrappers.passed_by(modules),
        torch.inference_mode(False),
        torch.no_grad(),
    ):
        args, kwargs = materialised(subject.arguments, twins.dtype_of(modules), twins.device_of(modules), data=True)
        try:
            enter(subject.entry, args, kwargs)
        except (Exception, SystemExit) as error:
            raise RunError(f"cannot run at {subject.arguments.text}: {one_line(error)}", *details(error)) from error
    lazy = _lazy(subject.model)
    if lazy:
        raise MeasureError(f"the forward leaves lazy parameters uninitialised: {', '.join(lazy)}")
    return subject


def _lazy(model: torch.nn.Module) -> list[str]:
    """The names of the parameters and buffers whose shapes are still unknown."""
    return [
        f"{path}.{name}" if path else name
        for path, module in wrappers.named_modules(model).items()
        for name, tensor in (*module._parameters.items(), *module._buffers.items())
        if tensor is not None and torch.nn.parameter.is_lazy(tensor)
    ]
