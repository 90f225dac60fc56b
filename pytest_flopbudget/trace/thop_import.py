"""Importing thop: the one place that does, when it is first used."""

from __future__ import annotations

import importlib
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch

from pytest_flopbudget.declaring.tracebacks import details, one_line
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.thop_owner import PACKAGE, Owner, find_owner

Rule = Callable[..., object]
Rules = Mapping[type, Rule]


@dataclass(frozen=True, slots=True)
class Thop:
    """What is used of thop.

    Args:
        owner: The package that it is of.
        profile: Its ``profile``.
        rules: Its rules by the classes of modules.
        inherits: Whether a rule holds for subclasses too, and a shared module is counted as often as it is called.
    """

    owner: Owner
    profile: Callable[..., Any]
    rules: Rules
    inherits: bool

    def rule(self, module: torch.nn.Module, own: Rules) -> Rule | None:
        """The rule for a module, the user's own before thop's; None where there is none."""
        kinds = type(module).__mro__ if self.inherits else (type(module),)
        return next((rules[kind] for kind in kinds for rules in (own, self.rules) if kind in rules), None)


def load_thop() -> Thop:
    """Import thop, if it is not imported yet; whose it is, is found out before.

    Raises:
        MeasureError: It is not there, or cannot be imported.
    """
    owner = find_owner()
    try:
        with _distutils(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            package, module = importlib.import_module(PACKAGE), importlib.import_module(f"{PACKAGE}.profile")
        return Thop(owner, package.profile, module.register_hooks, hasattr(module, "functional_hooks"))
    except (Exception, SystemExit) as error:
        raise MeasureError(f"thop cannot be imported: {one_line(error, ())}", *details(error)[1:]) from error


@contextmanager
def _distutils() -> Iterator[None]:
    """A stand-in for ``distutils.version``, which is gone since Python 3.12 and warns before."""
    package, version = ModuleType("distutils"), ModuleType("distutils.version")
    vars(version)["LooseVersion"] = _Version
    vars(package)["version"] = version
    stand_ins = {"distutils": package, "distutils.version": version}
    before = {name: sys.modules[name] for name in stand_ins if name in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name in stand_ins:
            del sys.modules[name]
        sys.modules.update(before)


class _Version:
    """A version by its numbers: thop asks whether torch's is at least another."""

    def __init__(self, text: str) -> None:
        self._numbers = tuple(map(int, re.findall(r"\d+", text)[:3]))

    def __lt__(self, other: _Version) -> bool:
        return self._numbers < other._numbers

    def __ge__(self, other: _Version) -> bool:
        return self._numbers >= other._numbers
