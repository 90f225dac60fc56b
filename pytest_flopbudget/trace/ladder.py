"""Which way a model is traced: on shapes as long as that goes, else executed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace

import torch

from pytest_flopbudget.counting.collecting import nothing_collected
from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.counting.measurement import Backend, Built, Mode, Trace
from pytest_flopbudget.declaring.cases import EXECUTE_LIMIT, Build
from pytest_flopbudget.errors import MeasureError, RunError
from pytest_flopbudget.trace import guard
from pytest_flopbudget.trace.building import Blueprint, BuildError, built_for_real, built_on_meta
from pytest_flopbudget.trace.dataless import let_go_of_garbage, making
from pytest_flopbudget.trace.execute import Execution
from pytest_flopbudget.trace.failures import (
    DataNeededError,
    GradientsNeededError,
    KernelRefusedError,
    ValuesNeededError,
    handled,
    let_go,
)
from pytest_flopbudget.trace.following import Backend as Carriage
from pytest_flopbudget.trace.following import Manner, Seen, Subject, follow
from pytest_flopbudget.trace.laziness import initialise, refuse_lazy
from pytest_flopbudget.trace.leaks import without_leaks
from pytest_flopbudget.trace.shapes import Shapes
from pytest_flopbudget.trace.weight import refuse_too_large, refuse_without_data
from pytest_flopbudget.trace.wrappers import named_modules

_BUILD_FOR_REAL = 'hint      build = "auto" builds the model for real where data is needed'
_EXECUTE = 'hint      backend = "auto" executes a model that shapes alone cannot tell'
_NO_WORST_CASE = 'hint      it has no worst case: data_dependent = "execute" counts it for one input\'s values'
_DIFFERENTIATES = "the forward asks for gradients, so it was traced with them"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """How a model is to be traced.

    Args:
        mode: The forward alone, or a step of training.
        backend: On shapes, executed, or whichever of the two goes; ``"thop"`` is no way of tracing.
        build: How a declared model is built.
        execute_limit: The most bytes of parameters, buffers and inputs at which a model is executed.
        lines: Whether to record the user's own line of each call.
        worst: For the worst case: what is assumed of sizes that depend on data, by operator; None executes instead.
        shape_rules: Whether our own rules tell the shapes of results; else torch's slower kernels do.
    """

    mode: Mode = "inference"
    backend: Backend = "auto"
    build: Build = "auto"
    execute_limit: int = EXECUTE_LIMIT
    lines: bool = False
    worst: Mapping[str, int] | None = None
    shape_rules: bool = True


def trace_declared(
    blueprint: Blueprint, aim: Callable[[torch.nn.Module], Subject], table: FormulaTable, request: Request
) -> Trace:
    """Build a model and trace it.

    On the meta device first, which takes neither memory nor initialisation; built for real where its construction
    or a buffer's values need data; executed where its forward does.

    Args:
        blueprint: How the model is made.
        aim: From the model to what of it is traced, and with which arguments.
        table: What has a formula or is free.
        request: How it is to be traced.

    Raises:
        MeasureError: It cannot be built or run, or would have to be executed and is too large.
    """
    # The model is gone with what it kept; what is left would be found by another.
    with guard.LOCK, making() as alive:
        return without_leaks(lambda: _Ladder(table, request).declared(blueprint, aim), alive, dict)


def trace_live(subject: Subject, table: FormulaTable, request: Request) -> Trace:
    """Trace a model that is there already; it is the same afterwards.

    Raises:
        MeasureError: The model cannot run at these inputs, would have to be executed and is too large, or keeps
            tensors of the trace outside itself.
    """
    with guard.LOCK, making() as alive:
        refuse_lazy(subject.model)
        ladder = _Ladder(table, request)
        return without_leaks(lambda: ladder.live(subject, "given"), alive, lambda: named_modules(subject.model))


@dataclass(frozen=True, slots=True)
class _Ladder:
    table: FormulaTable
    request: Request
    before: BaseException | None = field(default_factory=handled)

    @property
    def _shapes(self) -> Shapes:
        return Shapes(self.request.worst, shape_rules=self.request.shape_rules)

    def declared(self, blueprint: Blueprint, aim: Callable[[torch.nn.Module], Subject]) -> Trace:
        if self.request.backend != "execute" and self.request.build != "real":
            try:
                return self._on_meta(blueprint, aim)
            except KernelRefusedError:
                raise
            except (BuildError, DataNeededError, RunError) as error:
                if self.request.build == "meta":
                    raise error.with_details(_BUILD_FOR_REAL) from error.__cause__
                let_go(error, self.before)
        subject = aim(built_for_real(blueprint))
        notes = initialise(subject, self.request.execute_limit)
        traced = self.live(subject, "real")
        return replace(traced, notes=(*notes, *traced.notes))

    def live(self, subject: Subject, built: Built) -> Trace:
        if self.request.backend == "execute":
            self._refuse_executing(subject)
            return self._traced(subject, built, Execution())
        try:
            return self._traced(subject, built, self._shapes)
        except KernelRefusedError:
            raise
        except (DataNeededError, RunError) as error:
            if self.request.worst is not None and isinstance(error, ValuesNeededError):
                raise error.with_details(_NO_WORST_CASE) from error.__cause__
            if self.request.backend == "shapes":
                raise error.with_details(*_way_out(error)) from error.__cause__
            self._refuse_executing(subject, error)
            headline, data_dependent = error.headline, isinstance(error, ValuesNeededError)
            let_go(error, self.before)
        return self._executed_since(headline, subject, built, data_dependent=data_dependent)

    def _refuse_executing(self, subject: Subject, error: MeasureError | None = None) -> None:
        refuse_without_data(subject, error)
        refuse_too_large(subject, self.request.execute_limit, error)

    def _on_meta(self, blueprint: Blueprint, aim: Callable[[torch.nn.Module], Subject]) -> Trace:
        subject = aim(built_on_meta(blueprint))
        refuse_lazy(subject.model)
        try:
            return self._traced(subject, "meta", self._shapes)
        except (DataNeededError, RunError) as error:
            if self.request.build == "auto" and self.request.backend == "auto":
                refuse_too_large(subject, self.request.execute_limit, error)
            raise

    def _executed_since(self, headline: str, subject: Subject, built: Built, *, data_dependent: bool) -> Trace:
        notes = (f"executed, since it {headline}",)
        # What shapes left would look as if the executed forward held it.
        let_go_of_garbage()
        try:
            trace = self._traced(subject, built, Execution(), data_dependent=data_dependent, notes=notes)
        except MeasureError as error:
            if error.headline == headline or isinstance(error, DataNeededError):
                raise
            before = headline.removeprefix("cannot be counted on shapes: ")
            raise error.with_details(f"before    on shapes: {before}") from error.__cause__
        if self.request.worst is not None and trace.data_dependent:
            raise MeasureError(f"{headline}, and executed it takes its way by its data", _NO_WORST_CASE)
        return trace

    def _traced(
        self,
        subject: Subject,
        built: Built,
        carriage: Carriage,
        *,
        data_dependent: bool = False,
        notes: tuple[str, ...] = (),
    ) -> Trace:
        try:
            seen = self._seen(subject, carriage, gradients=False)
        except GradientsNeededError as error:
            let_go(error, self.before)
            seen = self._seen(subject, carriage, gradients=True)
            notes += (_DIFFERENTIATES,)
        return Trace(
            calls=seen.calls,
            modules=seen.modules,
            backend=self.request.backend,
            traced="worst case" if seen.is_worst_case else carriage.traced,
            built=built,
            mode=self.request.mode,
            data_dependent=data_dependent or seen.data_dependent,
            notes=(*notes, *seen.notes),
            boundary=seen.boundary,
        )

    def _seen(self, subject: Subject, carriage: Carriage, *, gradients: bool) -> Seen:
        manner = Manner(mode=self.request.mode, gradients=gradients, lines=self.request.lines)
        # Whatever the trace holds is gone when Python looks for garbage again, and need not be gone through.
        with nullcontext() if carriage.executes else nothing_collected():
            return follow(subject, self.table, carriage, manner)


def _way_out(error: MeasureError) -> tuple[str, ...]:
    return (_EXECUTE,) if isinstance(error, DataNeededError) else ()
