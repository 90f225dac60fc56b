"""Why a model could not be traced, told in the user's terms: the module, the shapes that met, torch's own words."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from traceback import clear_frames, walk_tb

import torch

from pytest_flopbudget.declaring.tracebacks import details, frames, is_ours, one_line, places_in
from pytest_flopbudget.errors import FlopBudgetError, MeasureError, RunError
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.cast_kernels import redispatched
from pytest_flopbudget.trace.cast_policy import asked
from pytest_flopbudget.trace.dataless import (
    AsksForGradientsError,
    NotOnShapesError,
    ReadsValuesError,
    Refused,
    dataless,
    item_of,
    set_item_of,
)
from pytest_flopbudget.trace.indices import known_part
from pytest_flopbudget.trace.lines import enter
from pytest_flopbudget.trace.modules import ModuleStack
from pytest_flopbudget.trace.nests import tensors_in
from pytest_flopbudget.trace.on_meta import is_foreign
from pytest_flopbudget.trace.posts import answer
from pytest_flopbudget.trace.scripted import HIDDEN

# The functions of ours that let torch or the model judge what the user gives.
_ASKS_TORCH = {
    function.__code__
    for function in (
        Call.run,
        ModuleStack.go_in,
        answer,
        asked,
        dataless,
        enter,
        item_of,
        known_part,
        redispatched,
        set_item_of,
    )
}
_OURS = (RuntimeError, Refused, NotOnShapesError, ReadsValuesError, AsksForGradientsError)


class DataNeededError(MeasureError):
    """The forward cannot be followed on shapes alone."""


class ValuesNeededError(DataNeededError):
    """The forward takes its way by values that depend on data."""


class KernelRefusedError(RunError):
    """An operator refused its arguments for their shapes or types, as it would with data."""


class GradientsNeededError(DataNeededError):
    """The forward differentiates, and autograd is off."""


@dataclass(frozen=True, slots=True)
class _Noted:
    error: BaseException
    what: str
    module: str
    detail: str | None = None

    @property
    def details(self) -> tuple[str, ...]:
        return () if self.detail is None else (self.detail,)


class Failures:
    """What went wrong in one trace, noted where it happens and explained where it ends."""

    def __init__(
        self, modules: Mapping[str, torch.nn.Module], stack: ModuleStack, inputs: str, *, executed: bool
    ) -> None:
        self._modules = modules
        self._stack = stack
        self._inputs = inputs
        self._executed = executed
        self._noted: _Noted | None = None
        self._not_on_shapes: _Noted | None = None
        self._beyond = ""

    @contextmanager
    def beyond(self, what: str) -> Iterator[None]:
        """What is run inside is no module of the model; it is told by this name."""
        self._beyond = what
        yield
        # What is raised is explained later, by the same name.
        self._beyond = ""

    def note(self, error: Exception, call: Call, module: str) -> None:
        """An operator call failed in a module."""
        self._noted = _Noted(
            error, call.schema.operator, module, f"operator  {call.schema.operator}: {_operands(call)}"
        )
        if isinstance(error, NotOnShapesError):
            self._not_on_shapes = self._noted

    def note_what(self, error: NotOnShapesError, what: str) -> None:
        """Something that is no operator was refused in the module that is being called."""
        self._not_on_shapes = _Noted(error, what, self._stack.current)

    def refuse_hidden(self, kind: str) -> None:
        """Refuse what the scripted module that is being called computed by itself."""
        error = NotOnShapesError(HIDDEN)
        self.note_what(error, kind)
        raise error

    def refuse_foreign(self, out: object) -> None:
        """Refuse an output that no call of a trace on shapes gave."""
        if not self._executed and any(is_foreign(tensor) for tensor in tensors_in(out)):
            self.note_what(
                NotOnShapesError("returns a tensor that was computed outside the trace, as in a thread"), "the forward"
            )

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what the model raises into a :class:`MeasureError`; our own bugs pass as they are.

        A forward that swallowed the refusal of an unknown value is refused too: it went on along a branch
        that its real values might not take.
        """
        try:
            yield
        except FlopBudgetError:
            raise
        except (Exception, SystemExit) as error:
            if is_our_bug(error):
                raise
            raise self._explanation(error) from error
        if self._not_on_shapes is not None:
            raise self._data_needed(self._not_on_shapes, self._not_on_shapes.error)

    def _explanation(self, error: BaseException) -> MeasureError:
        if self._not_on_shapes is not None and self._not_on_shapes.error in _chain(error):
            return self._data_needed(self._not_on_shapes, error)
        if isinstance(error, NotOnShapesError):
            return self._data_needed(_Noted(error, "the forward", ""), error)
        noted = self._noted if self._noted is not None and self._noted.error is error else None
        module = noted.module if noted is not None else self._module_of(error)
        # What a user's own operator says without data may be wrong; torch's was asked with data too.
        refused = noted is not None and noted.what.startswith("aten::")
        return (KernelRefusedError if refused else RunError)(
            f"cannot run at {self._inputs}: {self._named(module)}: {one_line(error, _OURS)}",
            f"module    {self._described(module)}",
            *(noted.details if noted is not None else ()),
            *details(error, "RuntimeError" if isinstance(error, Refused) else None),
        )

    def _data_needed(self, noted: _Noted, error: BaseException) -> DataNeededError:
        kinds = {ReadsValuesError: ValuesNeededError, AsksForGradientsError: GradientsNeededError}
        where = "" if self._executed else " on shapes"
        return kinds.get(type(noted.error), DataNeededError)(
            f"cannot be counted{where}: {noted.what} in {self._named(noted.module)} {one_line(noted.error, _OURS)}",
            f"module    {self._described(noted.module)}",
            *noted.details,
            *(f"at        {place}" for place in places_in(error)[:1]),
        )

    def _named(self, path: str) -> str:
        if self._beyond:
            return self._beyond
        kind = type(self._modules[path]).__name__
        return f"{path} ({kind})" if path else kind

    def _described(self, path: str) -> str:
        if self._beyond:
            return self._beyond
        module = self._modules[path]
        text = f"{type(module).__name__}({module.extra_repr()})"
        return f"{path}: {text}" if path else f"{text}, the model itself"

    def _module_of(self, error: BaseException) -> str:
        path = ""
        for frame, _ in frames(error):
            module = frame.f_locals.get("self")
            if isinstance(module, torch.nn.Module):
                path = self._stack.path_of(module, path) or path
        return path


def handled() -> BaseException | None:
    """The error that somebody is handling as a trace begins: Python sets it behind each error of the trace."""
    return sys.exc_info()[1]


def let_go(error: BaseException, before: BaseException | None) -> None:
    """Let an error and its causes forget the frames that they passed, which hold the tensors of a forward.

    torch keeps some errors that were raised inside its kernels for longer than Python does.

    Args:
        error: An error of a trace.
        before: What was handled as the trace began; it and what is behind it are the user's.
    """
    for each in _behind(error, before):
        each.__traceback__ = None


def forget_locals(error: BaseException, before: BaseException | None) -> None:
    """Let the frames that an error and its causes passed forget their variables; the lines can still be told.

    Args:
        error: An error of a trace.
        before: What was handled as the trace began; it and what is behind it are the user's.
    """
    for each in _behind(error, before):
        clear_frames(each.__traceback__)
        for frame, _ in walk_tb(each.__traceback__):
            # Before Python 3.13 a frame that was asked once keeps what it told until it is asked again.
            _ = frame.f_locals


def is_our_bug(error: BaseException) -> bool:
    """Whether an error was raised by our own code, not by the model, by torch, or by a refusal of ours."""
    if isinstance(error, (Refused, NotOnShapesError)):
        return False
    passed = list(frames(error))
    if not passed:
        return False
    code = passed[-1][0].f_code
    return is_ours(code.co_filename) and code not in _ASKS_TORCH


def _operands(call: Call) -> str:
    named = [*zip(call.schema.names, call.args, strict=False), *call.kwargs.items()]
    return ", ".join(f"{name} {_sizes(value)}" for name, value in named if isinstance(value, (torch.Tensor, list)))


def _sizes(value: object) -> str:
    if isinstance(value, torch.Tensor):
        return "x".join(map(str, value.shape)) or "scalar"
    if isinstance(value, list):
        return "[" + ", ".join(_sizes(element) for element in value) + "]"
    return str(value)


def _behind(error: BaseException, before: BaseException | None) -> list[BaseException]:
    """An error, its causes, and those that were being handled when they were raised, up to what was handled before."""
    found = [error]
    for each in found:
        further = (each.__cause__, each.__context__)
        found.extend(one for one in further if one is not None and not any(one is known for known in (before, *found)))
    return found


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
