"""Every module of a package, so that a new file in it is all that a new family of operators needs."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType


def modules_of(package: ModuleType) -> tuple[ModuleType, ...]:
    """The modules below a package at any depth, imported, in the order of their names."""
    found = walk_packages(package.__path__, f"{package.__name__}.")
    return tuple(import_module(name) for name in sorted(each.name for each in found))
