"""From a model to what of it is traced: a part, a method."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import torch

from pytest_flopbudget.errors import FlopBudgetError, MeasureError, did_you_mean
from pytest_flopbudget.trace.following import Subject
from pytest_flopbudget.trace.inputs import Arguments
from pytest_flopbudget.trace.wrappers import named_modules, unwrapped


def owner_of(model: object) -> tuple[torch.nn.Module, Callable[..., object] | None]:
    """The module that is counted, and the method of it that is called; None calls the module itself.

    Raises:
        FlopBudgetError: It is neither a module nor a bound method of one.
    """
    if isinstance(model, torch.nn.Module):
        return model, None
    # What torch.compile makes of a method keeps the method.
    method = getattr(model, "_torchdynamo_orig_callable", model)
    owner = getattr(method, "__self__", None)
    if inspect.ismethod(method) and isinstance(owner, torch.nn.Module):
        return owner, method
    found = f"the class {model.__name__}" if isinstance(model, type) else f"an object of {type(model).__name__}"
    raise FlopBudgetError(f"{found} is no model: give a torch.nn.Module, or a bound method of one")


def subject_of(
    model: torch.nn.Module,
    arguments: Arguments,
    *,
    part: str = "",
    call: str = "",
    loss: Callable[..., object] | None = None,
) -> Subject:
    """What of a model is traced.

    Args:
        model: The whole model.
        arguments: What is called with.
        part: The dotted path of a submodule; ``""`` is the model itself.
        call: The dotted name of a method of the part; ``""`` is its forward.
        loss: What makes of an output that which training differentiates; None takes the output itself.

    Raises:
        MeasureError: There is no such part or method; with the nearest spelling.
    """
    whole = _part(unwrapped(model), part)
    found: object = whole
    for name in call.split(".") if call else ():
        owner, found = found, getattr(found, name, None)
        if found is None:
            raise MeasureError(f"call {call!r}: {_name(owner)} has no method {name!r}{_hint(name, owner)}")
    if not callable(found):
        raise MeasureError(f"call {call!r}: it is no method, but an object of {type(found).__name__}")
    return Subject(whole, arguments, found if call else None, loss)


def _part(model: torch.nn.Module, path: str) -> torch.nn.Module:
    if not path:
        return model
    try:
        return unwrapped(model.get_submodule(path))
    except AttributeError:
        # Paths are told without wrappers, so they are found without them too.
        modules = named_modules(model)
    if path not in modules:
        raise MeasureError(f"part {path!r}: {type(model).__name__} has no such submodule{did_you_mean(path, modules)}")
    return modules[path]


def _name(owner: object) -> str:
    return type(owner).__name__


def _hint(name: str, owner: object) -> str:
    methods = [each for each in dir(type(owner)) if not each.startswith("_") and callable(getattr(type(owner), each))]
    return did_you_mean(name, methods)
