"""What thop tells of a model, module by module, from the nest of dicts that its ``profile`` returns."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch

from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.thop_import import Rule
from pytest_flopbudget.trace.wrappers import named_modules

# A module's MACs and parameters with those below it, and the same of each child by its name.
Nest: TypeAlias = "tuple[float, float, dict[str, Any]]"

RuleOf: TypeAlias = Callable[[torch.nn.Module], "Rule | None"]

# These compute nothing, and hold no parameters.
_FREE = (
    *(torch.nn.Identity, torch.nn.Flatten, torch.nn.Unflatten, torch.nn.Unfold),
    *(torch.nn.ChannelShuffle, torch.nn.PixelShuffle, torch.nn.PixelUnshuffle),
    *(torch.nn.modules.dropout._DropoutNd, torch.nn.modules.padding._ConstantPadNd),
    *(torch.nn.modules.padding._ReflectionPadNd, torch.nn.modules.padding._ReplicationPadNd),
    torch.nn.modules.padding._CircularPadNd,
    *(torch.nn.ModuleList, torch.nn.ModuleDict, torch.nn.Sequential),
)


@dataclass(slots=True)
class Told:
    """What thop tells of one module, wherever it stands.

    Args:
        kind: The module's class, ``"torch.nn.Conv2d"``.
        macs: What thop calls the MACs of the module itself, those of modules that it tells by themselves left out.
        params: The parameters that it counts there.
        times: How often it counts one call of the module.
        whole: Whether the count stands for all modules below it.
        has_rule: Whether thop has a rule for the class.
        is_free: Whether the module has no rule, and is known to compute nothing, or leaves all to modules below it.
        was_fractional: Whether the count was no whole number, and is rounded.
    """

    kind: str
    macs: int = 0
    params: int = 0
    times: int = 0
    whole: bool = False
    has_rule: bool = False
    is_free: bool = False
    was_fractional: bool = False
    paths: tuple[str, ...] = ()


def told_by_module(
    model: torch.nn.Module, total: Nest, rule_of: RuleOf, hooks: Mapping[int, int], *, once: bool
) -> dict[str, Told]:
    """What thop tells of each module that it looked at, by its first path; the sum is thop's total.

    Args:
        model: The model.
        total: What ``profile`` returned.
        rule_of: Gives the rule by which a module was counted.
        hooks: How often each module's calls were counted, by its identity.
        once: Whether a shared module is added up at its first place only.
    """
    paths: dict[int, list[str]] = {}
    for path, module in named_modules(model).items():
        paths.setdefault(id(module), []).append(path)
    found: dict[str, Told] = {}
    for module, macs, params in _own(model, total, set() if once else None):
        if id(module) not in paths:
            # A wrapper has nothing of its own.
            continue
        if not math.isfinite(macs):
            where = paths[id(module)][0] or "the model itself"
            raise MeasureError(f"thop cannot count it: {kind_of(module)} counts {macs}, in {where}")
        path, *_ = places = paths[id(module)]
        told = found.setdefault(path, _known(module, rule_of, leaf_only=not once and module is not model))
        told.paths = tuple(places)
        told.macs += round(macs)
        told.params += round(params)
        told.times += hooks.get(id(module), 1)
        told.was_fractional |= macs != round(macs)
    return found


def _own(module: torch.nn.Module, told: Nest, seen: set[int] | None) -> list[tuple[torch.nn.Module, float, float]]:
    """Every module at every place that thop adds up, with what it says of the module itself.

    Args:
        module: The module.
        told: What is told of it and all below.
        seen: Where a shared module is told at every place and added up at the first: those that were. None elsewhere.
    """
    macs, params, below = told
    children = dict(module.named_children())
    found: list[tuple[torch.nn.Module, float, float]] = []
    for name, child in below.items():
        if seen is not None:
            if id(children[name]) in seen:
                continue
            seen.add(id(children[name]))
        found += _own(children[name], child, seen)
        macs -= child[0]
        params -= child[1]
    return [(module, macs, params), *found]


def _known(module: torch.nn.Module, rule_of: RuleOf, *, leaf_only: bool) -> Told:
    """What is known of a module, where ``leaf_only`` says whether thop stops at one that has a rule."""
    children = any(True for _ in module.children())
    has_rule = rule_of(module) is not None
    descends = not leaf_only or isinstance(module, (torch.nn.Sequential, torch.nn.ModuleList))
    holds = any(parameter is not None for parameter in module._parameters.values())
    return Told(
        kind=kind_of(module),
        has_rule=has_rule,
        whole=has_rule and children and not descends,
        is_free=not has_rule and not holds and (children or isinstance(module, _FREE)),
    )


def kind_of(module: torch.nn.Module) -> str:
    """A module's class as one writes it: ``"torch.nn.Conv2d"``, ``"shop.models.Block"``."""
    kind = type(module)
    owner = "torch.nn" if kind.__module__.startswith("torch.nn.modules.") else kind.__module__
    return f"{owner}.{kind.__qualname__}"
