"""Counting from plain Python: a model and its input, no declaration needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import get_args

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Backend, Measurement
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.errors import FlopBudgetError, did_you_mean

_BACKENDS: tuple[Backend, ...] = get_args(Backend)


def count(
    model: Callable[..., object],
    input: object = (),
    *,
    input_kwargs: Mapping[str, object] | None = None,
    backend: Backend = "auto",
    lines: bool = False,
) -> Measurement:
    """Count what a model costs at an input; the model is the same afterwards.

    Another thread must not use the model meanwhile.

    Args:
        model: A ``torch.nn.Module``, or a bound method of one, which is called in the place of its forward.
        input: One shape, ``"1x3x224x224"`` or ``(1, 3, 224, 224)``, or one tensor; a list or tuple of positional
            inputs, each a shape, a tensor, or anything else that the model takes; or a dict of keyword inputs.
            Every tuple of integers is a shape, and so is text with a number in it; other text is the model's.
            Tensors of floats lend their shape and type only, unless the model is executed.
        input_kwargs: Keyword inputs beside positional ones.
        backend: ``"auto"`` traces on shapes and executes the model where that does not go; ``"shapes"`` never
            executes; ``"execute"`` always does.
        lines: Whether to keep the user's own line of every call, for :meth:`Measurement.by_line`.

    Returns:
        What was counted: in MACs, FLOPs, parameters and elements.

    Raises:
        InputError: An input is no shape.
        MeasureError: The model cannot run at this input, or would have to be executed and is too large.
        FlopBudgetError: ``model`` or ``backend`` is none of these.
    """
    from pytest_flopbudget.trace.given import given
    from pytest_flopbudget.trace.ladder import Request, trace_live
    from pytest_flopbudget.trace.parts import owner_of, subject_of

    request = Request(backend=_backend(backend), lines=lines)
    owner, method = owner_of(model)
    subject = replace(subject_of(owner, given(input, input_kwargs)), method=method)
    return Measurement.of(trace_live(subject, FORMULAS, request), FORMULAS)


def value(measurement: Measurement, metric: str) -> int:
    """A metric of a measurement, in the metric's unit.

    Raises:
        FlopBudgetError: There is no such metric.
    """
    found = METRICS.get(metric)
    if found is None:
        hint = did_you_mean(metric, METRICS) or f"; there is {', '.join(METRICS)}"
        raise FlopBudgetError(f"{metric!r} is no metric{hint}")
    return found.value(measurement)


def _backend(written: Backend) -> Backend:
    if written in _BACKENDS:
        return written
    hint = did_you_mean(str(written), _BACKENDS) or f"; there is {', '.join(_BACKENDS)}"
    raise FlopBudgetError(f"{written!r} is no backend{hint}")
