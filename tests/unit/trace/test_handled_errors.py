"""An error that somebody handles while a model is counted keeps its traceback, and its frames their variables."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Backend
from pytest_flopbudget.declaring.inputs import parse_inputs
from pytest_flopbudget.declaring.tracebacks import frames
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.building import Blueprint
from pytest_flopbudget.trace.given import declared
from pytest_flopbudget.trace.ladder import Request
from pytest_flopbudget.trace.parts import subject_of
from pytest_flopbudget.trace.shelf import Shelf

AsModel = Callable[[Callable[..., object]], nn.Module]
Seen = list[tuple[str, list[str]]]


def doubled_if_positive(x: torch.Tensor) -> torch.Tensor:
    return 2 * x if x.sum() > 0 else x


def differentiating(x: torch.Tensor) -> torch.Tensor:
    x = x.requires_grad_(True)
    return torch.autograd.grad((x * x).sum(), x)[0]


def multiplied_by_itself(x: torch.Tensor) -> torch.Tensor:
    return x @ x


def failing(x: torch.Tensor) -> torch.Tensor:
    doubled = 2 * x
    raise ValueError(f"of {doubled.dim()} dimensions")


FORWARDS = [doubled_if_positive, differentiating, multiplied_by_itself, failing]


def seen(error: BaseException | None) -> Seen:
    """The functions that an error passed, without the one that caught it, and the variables of each."""
    assert error is not None
    return [(frame.f_code.co_name, sorted(frame.f_locals)) for frame, _ in frames(error)][1:]


def go_wrong(number: int) -> None:
    half = number / 2
    raise KeyError(half)


def go_on(number: int) -> None:
    try:
        go_wrong(number)
    except KeyError as error:
        raise LookupError from error


def while_handling(work: Callable[[], object]) -> Seen:
    """What is left of an error and its cause once some work was done while the error was handled."""
    try:
        go_on(3)
    except LookupError as error:
        with suppress(MeasureError):
            work()
        return seen(error) + seen(error.__cause__)
    pytest.fail("nothing was handled")


HANDLED = [("go_on", ["number"]), ("go_wrong", ["half", "number"])]


@pytest.mark.parametrize("forward", FORWARDS)
@pytest.mark.parametrize("backend", ["auto", "shapes", "execute"])
def test_of_a_live_model(as_model: AsModel, forward: Callable[..., object], backend: Backend) -> None:
    assert while_handling(lambda: count(as_model(forward), "3x4", backend=backend)) == HANDLED


@pytest.mark.parametrize("forward", FORWARDS)
def test_of_a_declared_model(as_model: AsModel, forward: Callable[..., object]) -> None:
    blueprint = Blueprint("nets:net", lambda: as_model(forward), nn.Module)
    arguments = declared(parse_inputs("3x4"))

    def trace() -> None:
        Shelf().trace(blueprint, lambda model: subject_of(model, arguments), FORMULAS, Request())

    assert while_handling(trace) == HANDLED


@pytest.mark.parametrize(
    ("backend", "variables"), [("auto", ["doubled", "x"]), ("shapes", []), ("execute", ["doubled", "x"])]
)
def test_frames_keep_values_and_no_tensors_without_data(
    as_model: AsModel, backend: Backend, variables: list[str]
) -> None:
    with pytest.raises(MeasureError) as refused:
        count(as_model(failing), "3x4", backend=backend)
    assert seen(refused.value.__cause__)[-1] == ("failing", variables)
