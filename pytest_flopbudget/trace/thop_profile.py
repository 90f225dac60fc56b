"""``thop.profile`` on one model, in the place of the model's forward in a trace.

The trace has put twins in the place of the model's parameters, and puts back what thop leaves: buffers, hooks, flags.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import torch

from pytest_flopbudget.declaring.tracebacks import details, frames, one_line
from pytest_flopbudget.errors import FlopBudgetError, MeasureError
from pytest_flopbudget.trace.dataless import NotOnShapesError, Refused
from pytest_flopbudget.trace.following import outputs
from pytest_flopbudget.trace.lines import enter
from pytest_flopbudget.trace.thop_import import Rule, Rules, Thop
from pytest_flopbudget.trace.thop_tree import Told, told_by_module

_MISSING = object()
# The function below that stands for the model's forward.
_FORWARD = (__file__, "forward")


@dataclass(slots=True)
class Profile:
    """thop's count of one model.

    Args:
        thop: What counts.
        model: The model.
        entry: What is called in the place of the model's forward; None calls that.
        rules: The user's own rules, by classes of modules.
        told: What thop tells of each module that it looked at, by the module's path.
        said: What thop logged, each once: its rule for a module gave up there.
    """

    thop: Thop
    model: torch.nn.Module
    entry: Callable[..., object] | None
    rules: Rules
    told: Mapping[str, Told] = field(default_factory=dict)
    said: dict[str, None] = field(default_factory=dict)
    _given_up: set[int] = field(default_factory=set)
    _hooks: dict[int, int] = field(default_factory=dict)

    def __call__(self, *args: object, **kwargs: object) -> None:
        """Run the model once under thop.

        Raises:
            MeasureError: thop or a rule failed; what the model itself raises passes.
        """
        entry = self.model._call_impl if self.entry is None else self.entry
        with ExitStack() as undoing:
            undoing.enter_context(_quiet(self._keep))
            put_back = undoing.enter_context(self._as_thop_needs_it())

            def forward(*given: object) -> object:
                # Called again from inside, the model has its own forward.
                put_back("_call_impl")
                self._hooks = {id(module): self._times(module) for module in self.model.modules()}
                # thop hands on no keyword inputs.
                out = enter(entry, given, kwargs)
                # A generator computes only while it is asked, and thop asks for nothing.
                for _ in outputs(out):
                    pass
                return out

            self.model.__dict__["_call_impl"] = forward
            try:
                total = self.thop.profile(
                    self.model, args, custom_ops=dict(self.rules), verbose=False, ret_layer_info=True
                )
            except FlopBudgetError:
                raise
            except Exception as error:
                rule = self._failing_rule(error)
                if rule is None:
                    raise
                headline = f"thop cannot count it: {rule} raised {one_line(error, ())}"
                raise MeasureError(headline, *details(error)[1:]) from error
            self.told = told_by_module(self.model, total, self._rule_of, self._hooks, once=self.thop.inherits)

    @contextmanager
    def _as_thop_needs_it(self) -> Iterator[Callable[[str], None]]:
        """Let the model keep its flags: thop calls ``eval()`` and ``train()``, which may be the user's own code."""
        attributes = self.model.__dict__
        before = {name: attributes.get(name, _MISSING) for name in ("_call_impl", "eval", "train")}

        def put_back(name: str) -> None:
            attributes.pop(name, None)
            if before[name] is not _MISSING:
                attributes[name] = before[name]

        attributes["eval"] = lambda: self.model
        attributes["train"] = lambda _mode=True: self.model
        try:
            yield put_back
        finally:
            for name in before:
                put_back(name)

    def _rule_of(self, module: torch.nn.Module) -> Rule | None:
        return None if id(module) in self._given_up else self.thop.rule(module, self.rules)

    def _keep(self, record: logging.LogRecord) -> bool:
        """Whether a record is none of thop's; its own are kept here, and the module that one is about."""
        if not self._is_thops(record.pathname):
            return True
        self.said[record.getMessage()] = None
        frame = sys._getframe()
        while frame.f_back is not None and not self._is_thops(frame.f_code.co_filename):
            frame = frame.f_back
        self._given_up.add(id(frame.f_locals.get("m")))
        return False

    def _times(self, module: torch.nn.Module) -> int:
        """How often thop counts one call of a module: it hooks a shared one once for every parent."""
        rule = self._rule_of(module)
        return max(1, sum(hook is rule for hook in module._forward_hooks.values()))

    def _failing_rule(self, error: Exception) -> str | None:
        """The function of thop's, or the rule, that failed; None where it was the model, or what a trace refuses."""
        if isinstance(error, (NotOnShapesError, Refused)):
            return None
        codes = [frame.f_code for frame, _ in frames(error)]
        entries = [index for index, code in enumerate(codes) if (code.co_filename, code.co_name) == _FORWARD]
        # Outside of the model there is thop alone.
        rules = {getattr(rule, "__code__", None) for rule in (*self.rules.values(), *self.thop.rules.values())}
        theirs = [
            code for code in codes[entries[0] if entries else 0 :] if self._is_thops(code.co_filename) or code in rules
        ]
        return theirs[-1].co_name if theirs else None

    def _is_thops(self, filename: str) -> bool:
        return filename.startswith(f"{self.thop.owner.folder}{os.sep}")


@contextmanager
def _quiet(keep: Callable[[logging.LogRecord], bool]) -> Iterator[None]:
    """Ignore thop's warnings of its own code, and filter what is logged on the root logger, as thop does.

    Args:
        keep: Whether a record goes its way.
    """
    # Without any handler, logging would set up one for good; this one does as logging does without.
    root = logging.getLogger()
    handler = (None if root.handlers else logging.lastResort) or logging.NullHandler()
    root.addHandler(handler)
    root.addFilter(keep)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"thop(\.|$)")
            yield
    finally:
        root.removeFilter(keep)
        root.removeHandler(handler)
