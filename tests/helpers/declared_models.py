"""The models that the examples declare, as functions that build them and shapes that they take."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

from torch import nn

from nets.steps import Stack
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.config import read_table

Build = Callable[[], nn.Module]

SHAPE = (1, 3, 64, 64)
# Its head is made for one size.
SIZED = {"vgg16": (1, 3, 224, 224)}


def builds() -> dict[str, tuple[Build, tuple[int, ...]]]:
    """Every model that the examples declare, small enough to be run, and the one of their step of training."""
    table = read_table(Path(__file__).parents[2] / "examples" / "pyproject.toml")
    assert table
    declared = {case.model: case for case in table.cases}
    found: dict[str, tuple[Build, tuple[int, ...]]] = {
        name: (factory(case), SIZED.get(name, SHAPE)) for name, case in declared.items()
    }
    return {**found, "stack": (lambda: Stack(32, 3), (4, 16, 32))}


def factory(case: Case) -> Build:
    module, _, name = case.factory.partition(":")
    return partial(getattr(import_module(module), name), *case.args, **case.kwargs)


EXAMPLES = builds()
