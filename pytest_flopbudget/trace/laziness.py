"""Models whose parameters get their shapes from the first input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch.nn.parameter import UninitializedParameter

from pytest_flopbudget.declaring.tracebacks import details, one_line
from pytest_flopbudget.errors import FlopBudgetError, MeasureError, RunError
from pytest_flopbudget.trace import guard, twins, wrappers
from pytest_flopbudget.trace.building import BuildError
from pytest_flopbudget.trace.dataless import META
from pytest_flopbudget.trace.following import Subject
from pytest_flopbudget.trace.inputs import materialised
from pytest_flopbudget.trace.lines import enter
from pytest_flopbudget.trace.nests import nbytes
from pytest_flopbudget.trace.settings import settings_kept
from pytest_flopbudget.trace.weight import refuse_growing, refuse_too_large, weight_of

# Of a class that parameters and buffers share.
_MATERIALIZE = "materialize"
_UNINITIALISED = next(kind for kind in UninitializedParameter.__mro__ if _MATERIALIZE in vars(kind))
_RUN_ONCE = "run once before it was counted, since its lazy parameters get their shapes from the first input"


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


def initialise(subject: Subject, limit: int) -> tuple[str, ...]:
    """Let all parameters have shapes: a model that was built for real, and has some without, is run once.

    Args:
        subject: What would be traced.
        limit: The most bytes of parameters, buffers and inputs at which it is run.

    Returns:
        What is to be told of it: nothing, or that it was run.

    Raises:
        RunError: It cannot run.
        MeasureError: It is too large to run, or some parameters still have no shapes afterwards.
    """
    if not _lazy(subject.model):
        return ()
    refuse_too_large(subject, limit)
    modules = list(subject.model.modules())
    guard.switch(modules, training=False)
    with (
        settings_kept(),
        wrappers.passed_by(modules),
        torch.inference_mode(False),
        torch.no_grad(),
        _weighed(weight_of(subject), limit),
    ):
        args, kwargs = materialised(subject.arguments, twins.dtype_of(modules), twins.device_of(modules), data=True)
        try:
            enter(subject.entry, args, kwargs)
        except FlopBudgetError:
            raise
        except (Exception, SystemExit) as error:
            raise RunError(f"cannot run at {subject.arguments.text}: {one_line(error)}", *details(error)) from error
    lazy = _lazy(subject.model)
    if lazy:
        raise MeasureError(f"the forward leaves lazy parameters uninitialised: {', '.join(lazy)}")
    return (_RUN_ONCE,)


@contextmanager
def _weighed(weight: int, limit: int) -> Iterator[None]:
    """Weigh what the lazy parameters and buffers become, before they do."""
    materialize = getattr(_UNINITIALISED, _MATERIALIZE)

    def weighing(
        self: torch.Tensor,
        shape: Sequence[int],
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        nonlocal weight
        weight += nbytes(torch.empty(shape, dtype=dtype or self.data.dtype, device=META))
        refuse_growing(weight, limit)
        materialize(self, shape, device, dtype)

    setattr(_UNINITIALISED, _MATERIALIZE, weighing)
    try:
        yield
    finally:
        setattr(_UNINITIALISED, _MATERIALIZE, materialize)


def _lazy(model: torch.nn.Module) -> list[str]:
    """The names of the parameters and buffers whose shapes are still unknown."""
    # To ask each of many tensors takes longer than to ask each of few classes.
    kinds: set[type] = set()
    for module in wrappers.every_module(model):
        for held in (module._parameters, module._buffers):
            if held:
                kinds.update(map(type, held.values()))
    if not any(issubclass(kind, _UNINITIALISED) for kind in kinds):
        return []
    names: dict[int, str] = {}
    for path, module in wrappers.named_modules(model).items():
        for name, tensor in (*module._parameters.items(), *module._buffers.items()):
            if tensor is not None and torch.nn.parameter.is_lazy(tensor):
                names.setdefault(id(tensor), f"{path}.{name}" if path else name)
    return list(names.values())
