"""The ``thop`` backend: a model is traced as ever, with ``thop.profile`` in the place of its forward."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Measurement, ModuleNode, Trace
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.errors import FlopBudgetWarning, MeasureError
from pytest_flopbudget.trace.building import Blueprint
from pytest_flopbudget.trace.following import Subject
from pytest_flopbudget.trace.ladder import Request, trace_declared, trace_live
from pytest_flopbudget.trace.thop_import import Rules, Thop, load_thop
from pytest_flopbudget.trace.thop_owner import Owner
from pytest_flopbudget.trace.thop_profile import Profile
from pytest_flopbudget.trace.thop_tree import Told

_WARNED: dict[str | tuple[str, type[Warning], int], int] = {}


def count_declared(
    blueprint: Blueprint, aim: Callable[[torch.nn.Module], Subject], request: Request, rules: Callable[[], object]
) -> Measurement:
    """Build a model and let thop count it, on shapes where that goes, else executed.

    Args:
        blueprint: How the model is made.
        aim: From the model to what of it is counted, and with which arguments.
        request: How it is built, and up to which size executed.
        rules: Gives the user's own rules, ``{class: function}``; called once thop is there.

    Raises:
        MeasureError: It cannot be built or run, or thop cannot count it, or is not there.
    """
    ours, counting = _as_ours(request), _Counting.of(rules)
    trace = trace_declared(blueprint, lambda model: counting.aimed(aim(model)), FORMULAS, ours)
    return counting.measurement(trace)


def count_live(subject: Subject, request: Request, rules: Callable[[], object]) -> Measurement:
    """Let thop count a model that is there already; it is the same afterwards.

    Raises:
        MeasureError: It cannot run, or thop cannot count it, or is not there.
    """
    ours, counting = _as_ours(request), _Counting.of(rules)
    return counting.measurement(trace_live(counting.aimed(subject), FORMULAS, ours))


def _as_ours(request: Request) -> Request:
    """How the forward is carried out under thop: as for ourselves.

    Raises:
        MeasureError: A step of training is to be counted.
    """
    if request.mode == "training":
        raise MeasureError("mode = 'training' counts a step, and thop counts the forward alone")
    return replace(request, backend="auto", lines=False)


@dataclass(slots=True)
class _Counting:
    thop: Thop
    rules: Rules
    profiles: list[Profile] = field(default_factory=list)

    @classmethod
    def of(cls, rules: Callable[[], object]) -> _Counting:
        thop = load_thop()
        _warn(thop.owner)
        return cls(thop, _checked(rules()))

    def aimed(self, subject: Subject) -> Subject:
        """The subject with thop in the place of what is called; one for each way that a trace tries."""
        self.profiles.append(Profile(self.thop, subject.model, subject.method, self.rules))
        return replace(subject, method=self.profiles[-1])

    def measurement(self, trace: Trace) -> Measurement:
        """What thop told of the last way that was tried, which is the one that went."""
        profile = self.profiles[-1]
        # To the trace, thop was a method of the model's, which called the model.
        root, *below = trace.modules
        modules = [root._replace(calls=root.calls - 1), *below]
        told = {path: each for each in profile.told.values() for path in each.paths}
        return Measurement(
            calls=tuple(each for node in modules for each in _calls(node, told.get(node.path))),
            modules=tuple(_with_params(modules, profile.told, inherits=self.thop.inherits)),
            backend="thop",
            traced="thop",
            built=trace.built,
            data_dependent=trace.data_dependent,
            notes=(*trace.notes, *self._notes(profile)),
            counter=self.thop.owner.name,
        )

    def _notes(self, profile: Profile) -> Iterator[str]:
        sees = f"sees {'only some' if self.thop.inherits else 'no'} functional operators"
        yield f"counted by {self.thop.owner.name}: it knows modules by their classes, and {sees}"
        if self.thop.owner.trouble:
            yield self.thop.owner.trouble
        yield from (f"thop says: {said}" for said in profile.said)
        if any(told.was_fractional for told in profile.told.values()):
            yield "thop counted fractions, which are rounded for each module"


def _calls(node: ModuleNode, told: Told | None) -> Iterator[tuple[OperatorCall, Cost | None]]:
    """A module as calls of its class: one with its whole cost, or each one uncounted."""
    if told is None:
        # Its rule stands at a module above it.
        return
    is_first = node.path == told.paths[0]
    arguments = {"times": told.times, "whole": told.whole, "paths": told.paths}
    if is_first and told.has_rule and (node.calls or told.macs):
        yield OperatorCall(told.kind, node.path, arguments, None), Cost(told.macs)
    elif is_first and told.macs:
        yield OperatorCall("functional operators", node.path, {}, None), Cost(told.macs)
    if not told.has_rule and not told.is_free:
        yield from [(OperatorCall(told.kind, node.path, {}, None), None)] * node.calls


def _with_params(modules: Sequence[ModuleNode], told: Mapping[str, Told], *, inherits: bool) -> Iterator[ModuleNode]:
    """The modules with the parameters that thop counts.

    ultralytics-thop counts those of the whole model, each once, and so do the modules as they are.
    """
    for node in modules:
        params = told[node.path].params if node.path in told else 0
        yield node if inherits else node._replace(params=params)


def _warn(owner: Owner) -> None:
    """Warn once of an installation that may count by another's numbers.

    Raises:
        MeasureError: Warnings are errors.
    """
    if not owner.trouble:
        return
    try:
        warnings.warn_explicit(
            FlopBudgetWarning(owner.trouble), None, str(owner.folder / "__init__.py"), 1, registry=_WARNED
        )
    except FlopBudgetWarning as warning:
        raise MeasureError(str(warning)) from None


def _checked(rules: object) -> Rules:
    """The user's own rules.

    Raises:
        MeasureError: They are no dict from classes of modules to functions.
    """
    if isinstance(rules, Mapping) and all(isinstance(kind, type) and callable(rule) for kind, rule in rules.items()):
        return rules
    raise MeasureError(
        "thop_rules names no dict from classes to functions",
        "write RULES = {Mix: count_mix}, and def count_mix(module, inputs, output): module.total_ops += ...",
    )
