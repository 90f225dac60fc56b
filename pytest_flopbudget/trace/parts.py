"""From a model to what of it is traced: a part, a method."""

from __future__ import annotations

import inspect

import torch

from pytest_flopbudget.errors import FlopBudgetError, MeasureError, did_you_mean
from pytest_flopbudget.trace.following import Subject
from pytest_flopbudget.trace.inputs import Arguments
from pytest_flopbudget.trace.wrappers import named_modules, unwrapped


def owner_of(model: object) -> tuple[torch.nn.Module, str]:
    """The module that is counted, and the name of its method; ``""`` is its forward.

    Raises:
        FlopBudgetError: It is neither a module nor a bound method of one.
    """
    if isinstance(model, torch.nn.Module):
        return model, ""
    owner = getattr(model, "__self__", None)
    if inspect.ismethod(model) and isinstance(owner, torch.nn.Module):
        return owner, model.__name__
    found = f"the class {model.__name__}" if isinstance(model, type) else f"an object of {type(model).__name__}"
    raise FlopBudgetError(f"{found} is no model: give a torch.nn.Module, or a bound method of one")


def subject_of(model: torch.nn.Module, arguments: Arguments, *, part: str = "", method: str = "") -> Subject:
    """What of a model is traced.

    Args:
        model: The whole model.
        arguments: What is called with.
        part: The dotted path of a submodule; ``""`` is the model itself.
        method: The dotted name of a method of the part; ``""`` is its forward.

    Raises:
        MeasureError: There is no such part or method; with the nearest spelling.
    """
    whole = _part(unwrapped(model), part)
    found: object = whole
    for name in method.split(".") if method else ():
        owner, found = found, getattr(found, name, None)
        if not callable(found):
            raise MeasureError(f"call {method!r}: {type(owner).__name__} has no method {name!r}{_hint(name, owner)}")
    return Subject(whole, arguments, method)


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


def _hint(name: str, owner: object) -> str:
    return did_you_mean(name, (each for each in dir(owner) if not each.startswith("_")))
