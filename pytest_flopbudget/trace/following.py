"""Following one forward of a model: the setting in which it runs, whatever carries its calls out."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from types import FunctionType
from typing import Protocol

import torch

from pytest_flopbudget.counting.boundary import Boundary
from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.counting.measurement import Mode, ModuleNode, Traced
from pytest_flopbudget.counting.operators import OperatorCall
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace import guard, recurrent, switches, twins, wrappers
from pytest_flopbudget.trace.alike import Alike
from pytest_flopbudget.trace.border import Border
from pytest_flopbudget.trace.failures import Failures
from pytest_flopbudget.trace.gradients import gradients_kept
from pytest_flopbudget.trace.inputs import Arguments, floats_in, materialised
from pytest_flopbudget.trace.lines import called, enter
from pytest_flopbudget.trace.modules import ModuleStack, tree
from pytest_flopbudget.trace.nests import leaves
from pytest_flopbudget.trace.origins import Origins
from pytest_flopbudget.trace.recording import Recorder
from pytest_flopbudget.trace.scripted import hidden_work_seen, scripted_kept
from pytest_flopbudget.trace.seeing import Carries, SeeingMode
from pytest_flopbudget.trace.settings import settings_kept
from pytest_flopbudget.trace.snapshots import Snapshots
from pytest_flopbudget.trace.stepping import step_back
from pytest_flopbudget.trace.storages import Storages
from pytest_flopbudget.trace.whole_modules import Made, counted_whole


@dataclass(frozen=True, slots=True)
class Subject:
    """What is traced.

    Args:
        model: The model, or the part of one, whose tree of modules is told.
        arguments: What it is called with.
        method: The method that is called; None calls the model itself.
        loss: What makes of an output that which training differentiates; None takes the output itself.
    """

    model: torch.nn.Module
    arguments: Arguments
    method: Callable[..., object] | None = None
    loss: Callable[..., object] | None = None

    @property
    def entry(self) -> Callable[..., object]:
        """What is called."""
        return self.model if self.method is None else self.method


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How the forward is run.

    Args:
        mode: Alone, with the modules in evaluation, or in training, with its backward pass.
        gradients: Whether autograd is on in inference too, for a forward that differentiates.
        lines: Whether to record the user's own line of each call.
    """

    mode: Mode = "inference"
    gradients: bool = False
    lines: bool = False

    @property
    def trains(self) -> bool:
        """Whether it is a step of training."""
        return self.mode == "training"

    @property
    def differentiates(self) -> bool:
        """Whether autograd is on."""
        return self.trains or self.gradients


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one forward.

    Args:
        calls: The operator calls in their order.
        modules: The tree of modules.
        data_dependent: Whether it read activations.
        is_worst_case: Whether a size that depends on data was taken to be the largest.
        boundary: What goes into the forward, what comes out, and what the model holds.
        notes: What else is to be told, each one line.
    """

    calls: tuple[OperatorCall, ...]
    modules: tuple[ModuleNode, ...]
    data_dependent: bool
    is_worst_case: bool
    boundary: Boundary
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """What the calls of one forward share.

    Args:
        storages: The account of what is known, and of what is to be put back.
        recorder: Collects the calls.
        failures: Takes note of what cannot be followed.
        table: What has a formula or is free.
        device: The device that the model would run on.
        gradients: Whether autograd is on.
    """

    storages: Storages
    recorder: Recorder
    failures: Failures
    table: FormulaTable
    device: torch.device
    gradients: bool


class Backend(Protocol):
    """How the calls of a forward are carried out."""

    @property
    def traced(self) -> Traced:
        """How the calls come to be known."""

    @property
    def executes(self) -> bool:
        """Whether tensors have data."""

    def carrier(self, setting: Setting, /) -> Carries:
        """What carries out the calls of one forward."""

    def alike(self, setting: Setting, /) -> Alike | None:
        """What tells calls that are alike; None where each is carried out."""

    def maker(self, setting: Setting, /) -> Made:
        """Makes the output of a module whose formula gives its shape."""

    def refusing(self, setting: Setting, /) -> AbstractContextManager[None]:
        """Refuse what this backend cannot follow."""


def follow(subject: Subject, table: FormulaTable, backend: Backend, manner: Manner) -> Seen:
    """Run the forward once, in training its backward pass too; model and torch's own state are the same afterwards.

    Args:
        subject: What runs; in evaluation, or in training, whatever its ``training`` flags.
        table: What has a formula or is free; the rest is decomposed.
        backend: Carries out its calls.
        manner: How it is run.

    Raises:
        MeasureError: The model cannot run at these inputs, or does what the backend cannot follow.
    """
    with guard.LOCK, ExitStack() as undoing:
        everything, modules = wrappers.every_module(subject.model), wrappers.named_modules(subject.model)
        state = Snapshots(everything)
        for kept in _settings(state, manner):
            undoing.enter_context(kept)
        stack = ModuleStack(modules, by_method=subject.method is not None)
        failures = Failures(modules, stack, subject.arguments.text, executed=backend.executes)
        undoing.enter_context(failures.explained())
        undoing.callback((storages := Storages()).put_back)
        device = twins.device_of(everything)
        here = Setting(storages, Recorder(storages), failures, table, device, manner.differentiates)
        alike = backend.alike(here)
        storages.own(twins.swap_in(everything, state.attributes, data=backend.executes, kinds=here.recorder.kinds))
        guard.switch(everything, training=manner.trains)
        args, kwargs = materialised(subject.arguments, twins.dtype_of(everything), device, data=backend.executes)
        if backend.executes:
            undoing.enter_context(_with_values(storages, (args, kwargs), everything, stack, failures))
        border = Border(here.recorder, modules, state.attributes, (args, kwargs))
        carrier = undoing.enter_context(_carried(backend.carrier(here), here))
        undoing.enter_context(switches.refused(failures.note_what, gradients=here.gradients))
        undoing.enter_context(backend.refusing(here))
        origins = Origins(stack, gradients=here.gradients, lines=manner.lines)
        mode = SeeingMode(here.table, origins, carrier, here.recorder, failures, alike)
        # What is made of a shape alone has no history that a gradient could go back through.
        wholes = counted_whole(here.table, origins, here.recorder, None if here.gradients else backend.maker(here))
        with wholes, _watching(origins, mode):
            out = called(partial(_run, subject, args, kwargs, failures, trains=manner.trains))
        return _seen(here.recorder, carrier, tree(stack.calls, modules), border.boundary(out), manner)


def _with_values(
    storages: Storages, inputs: object, everything: Sequence[torch.nn.Module], stack: ModuleStack, failures: Failures
) -> AbstractContextManager[None]:
    """What only an execution has to look after."""
    # Their values are there, but a trace on shapes would not know them.
    storages.forget_all((*twins.parameters_of(everything), *floats_in(inputs)))
    # Without data what TorchScript computes by itself fails, or falls back to operators.
    return hidden_work_seen(stack.follows, failures.refuse_hidden)


def _carried(carrier: Carries, here: Setting) -> AbstractContextManager[Carries]:
    return gradients_kept(carrier) if here.gradients else nullcontext(carrier)


@contextmanager
def _watching(origins: Origins, mode: SeeingMode) -> Iterator[None]:
    """See and record what runs inside."""
    with origins.stack.watching(), origins.watching(), mode.above_autograd(), mode:
        yield


def _seen(
    recorder: Recorder, carrier: Carries, modules: tuple[ModuleNode, ...], boundary: Boundary, manner: Manner
) -> Seen:
    return Seen(
        calls=tuple(recorder.calls),
        modules=modules,
        boundary=boundary,
        data_dependent=carrier.data_dependent,
        is_worst_case=carrier.is_worst_case,
        notes=tuple(dict.fromkeys((*recorder.notes, *_notes(recorder.calls, manner)))),
    )


def _notes(calls: Iterable[OperatorCall], manner: Manner) -> list[str]:
    """What is to be told of modules with formulas of their own in a step of training."""
    wholes = [call.operator for call in calls if call.cost is not None] if manner.trains else []
    return [f"{name}: its formula counts the forward; its backward pass is counted by operators" for name in wholes]


def _settings(state: Snapshots, manner: Manner) -> Iterator[AbstractContextManager[object]]:
    """What is kept for a model, and set for its forward."""
    yield guard.no_outer_transforms()
    yield settings_kept()
    yield guard.untouched(state)
    yield scripted_kept(state.modules)
    yield guard.one_form(gradients=manner.differentiates)
    yield wrappers.passed_by(state.modules)
    if manner.differentiates:
        yield recurrent.in_pieces()


def _run(
    subject: Subject, args: Sequence[object], kwargs: Mapping[str, object], failures: Failures, *, trains: bool
) -> list[object]:
    """What the forward, or in training its loss, returned, piece by piece."""
    out = enter(subject.entry, args, kwargs)
    if trains and subject.loss is not None:
        with failures.beyond("the loss"):
            out = enter(subject.loss, (out,), {})
    given = []
    for each in outputs(out):
        failures.refuse_foreign(each)
        given.append(each)
    if trains:
        step_back(given)
    return given


def outputs(out: object) -> Iterator[object]:
    """What a forward returns, piece by piece; a generator, and the like, computes only while it is asked."""
    for leaf in leaves(out):
        if isinstance(leaf, (Awaitable, AsyncIterable)) and not isinstance(leaf, type):
            raise _asynchronous(leaf)
        pieces = _computed(leaf)
        if pieces is None:
            yield leaf
        else:
            for each in pieces:
                yield from outputs(each)


def _computed(leaf: object) -> Iterator[object] | None:
    """What an object gives when it is gone through, if its own Python code or a generator does that."""
    if isinstance(leaf, Iterator):
        return leaf
    by_python = isinstance(getattr(type(leaf), "__iter__", None), FunctionType)
    if not by_python or not isinstance(leaf, Iterable) or isinstance(leaf, (torch.Tensor, torch.nn.Module, type)):
        return None
    return _as_far_as_it_goes(leaf)


def _as_far_as_it_goes(leaf: Iterable[object]) -> Iterator[object]:
    """What an object gives until it says that it is not to be gone through, or fails: nobody asked it to."""
    try:
        yield from leaf
    except (AttributeError, NotImplementedError, TypeError):
        return


def _asynchronous(leaf: object) -> MeasureError:
    if isinstance(leaf, Coroutine):
        leaf.close()
    return MeasureError(
        f"the forward returns an object of {type(leaf).__name__}, which computes only while it is awaited",
        "count a method that computes at once: awaiting is not followed",
    )
