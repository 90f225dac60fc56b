"""A declared model for real: built with its weights, and tensors that it can be called with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from pytest_flopbudget.trace import twins
from pytest_flopbudget.trace.building import Blueprint, built_for_real
from pytest_flopbudget.trace.inputs import Arguments, materialised

Module = torch.nn.Module


def real_model(blueprint: Blueprint) -> torch.nn.Module:
    """The model as its factory builds it, on the CPU unless the factory says otherwise.

    Raises:
        MeasureError: The factory or a preparation failed, or returned no model.
    """
    return built_for_real(blueprint)


def real_inputs(arguments: Arguments, model: torch.nn.Module | None) -> tuple[Sequence[object], Mapping[str, object]]:
    """Positional and keyword arguments with data; random floats are the same at every call.

    Args:
        arguments: What is declared.
        model: The model that they are for: a float without a declared type has that of its parameters, and all are
            on its device; without one, torch's default type, on the CPU.
    """
    modules = [] if model is None else list(model.modules())
    args, kwargs = materialised(arguments, twins.dtype_of(modules), twins.device_of(modules), data=True)
    return tuple(args), kwargs
