"""Counting and judging from plain Python, without pytest."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path

from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.measurement import Backend, Measurement, Mode
from pytest_flopbudget.counting.metrics import METRICS, unknown_of
from pytest_flopbudget.declaring.cases import Locking, Table
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.declaring.finding import At, find_case, find_target
from pytest_flopbudget.declaring.locking import subject_of
from pytest_flopbudget.declaring.mentions import FILES, mentions_table
from pytest_flopbudget.engine import need_torch, references
from pytest_flopbudget.errors import FlopBudgetError, FormulaError, LockError, MeasureError, did_you_mean
from pytest_flopbudget.judge.by_lock import Terms, by_lock
from pytest_flopbudget.judge.judging import broken, judge, skipped
from pytest_flopbudget.judge.locks import Lock
from pytest_flopbudget.judge.tolerance import day_of_now, level_on
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.live import Way, measure_declared, measure_given
from pytest_flopbudget.store.locks import read_lock


def count(
    model: Callable[..., object] | str | PathLike[str],
    input: object = (),
    *,
    input_kwargs: Mapping[str, object] | None = None,
    mode: Mode = "inference",
    backend: Backend = "auto",
    lines: bool = False,
) -> Measurement:
    """Count what a model costs at an input; the model is the same afterwards.

    Another thread must not use the model meanwhile.

    Args:
        model: A ``torch.nn.Module``, or a bound method of one, which is called in the place of its forward; or the
            path of a file that holds a model, ``.pt2``, ``.pt`` or ``.onnx``.
        input: One shape, ``"1x3x224x224"`` or ``(1, 3, 224, 224)``, or one tensor; a list or tuple of positional
            inputs, each a shape, a tensor, or anything else that the model takes; or a dict of keyword inputs.
            Every tuple of integers is a shape, and so is text with a number in it; other text is the model's.
            Tensors of floats lend their shape and type only, unless the model is executed.
        input_kwargs: Keyword inputs beside positional ones.
        mode: ``"inference"`` counts a forward in evaluation; ``"training"`` a forward in training, and the backward
            pass of the sum of its floating outputs. No gradient reaches the model.
        backend: ``"auto"`` traces on shapes and executes the model where that does not go; ``"shapes"`` never
            executes; ``"execute"`` always does; ``"thop"`` lets thop count, which tells macs and params.
        lines: Whether to keep the user's own line of every call, for :meth:`Measurement.by_line`.

    Returns:
        What was counted: in MACs, FLOPs, parameters and elements.

    Raises:
        InputError: An input is no shape.
        MeasureError: The model cannot run at this input, or would have to be executed and is too large.
        FlopBudgetError: ``model``, ``mode`` or ``backend`` is none of these.
    """
    return measure_given(model, input, input_kwargs, Way(mode=mode, backend=backend, lines=lines)).measurement


def check(name: str, model: Callable[..., object], *, at: At = None) -> Verdict:
    """Judge a model by a declared case, wherever this is called; nothing is raised for a limit that is not kept.

    Where the table keeps a lock, the case is held against that too.

    The table is the nearest ``[tool.pytest-flopbudget]``: above the file that calls this, else above the working
    directory. The declared input, part, method and limits are those of the case; its factory is not called.

    Args:
        name: The declared model's name.
        model: A ``torch.nn.Module``, or a bound method of one, which is called in the place of its forward.
        at: The point: its sizes, as in ``{"R": 96}``, or its name; a number for a model with one dimension, None for
            one that has one point.

    Returns:
        The verdict: ``verdict.fails``, ``verdict.reasons``, and each metric's count in the metric's unit. A model
        that cannot be measured has the status ``"error"``, a case with a ``skip`` is skipped.

    Raises:
        TableError: The table has mistakes.
        FlopBudgetError: There is no table, no such model or point, ``model`` is none, or torch is not installed.
    """
    caller = Path(sys._getframe(1).f_code.co_filename)
    table = _table_above(caller.parent if caller.is_file() else None, Path.cwd())
    case = find_case(table, name, at)
    case = replace(case, level=level_on(day_of_now(), case.level, case.until))
    if case.skip is not None:
        return skipped(case)
    need_torch()
    way = Way(table=table, mode=case.mode, backend=case.backend, execute_limit=case.execute_limit)
    try:
        verdict = judge(case, measure_declared(model, case, way).measurement, references(case, table))
    except (MeasureError, FormulaError) as error:
        return broken(case, error)
    return verdict if table.lock is None else by_lock(verdict, subject_of(case), _terms(table.lock))


def value(measurement: Measurement, metric: str, target: str | Deployment | None = None) -> int:
    """A metric of a measurement, in the metric's unit.

    Args:
        measurement: What was counted.
        metric: The metric's name.
        target: What metrics of bytes and of time depend on: the name of a target, declared in the nearest
            ``pyproject.toml`` above the file that calls this, else above the working directory; or a deployment.
            None is the model as PyTorch runs it.

    Raises:
        TableError: The table that declares the target has mistakes.
        FlopBudgetError: There is no such metric or target, or no value of the metric there.
    """
    found = METRICS.get(metric)
    if found is None:
        hint = did_you_mean(metric, METRICS) or f"; there is {', '.join(METRICS)}"
        raise FlopBudgetError(f"{metric!r} is no metric{hint}")
    deployment = AS_IT_IS if target is None else target
    if isinstance(deployment, str):
        caller = Path(sys._getframe(1).f_code.co_filename)
        table = _table_above(caller.parent if caller.is_file() else None, Path.cwd())
        deployment = find_target(table, deployment).deployment
    if why := unknown_of(measurement, metric, deployment):
        raise FlopBudgetError(f"{metric}: {why}")
    return found.value(measurement, deployment)


def _terms(locking: Locking) -> Terms:
    """The lock of a table as it is now."""
    path = Path(locking.path)
    lock: Lock | LockError | None
    try:
        lock = read_lock(path, path.name)
    except LockError as error:
        lock = error
    return Terms(
        lock=lock,
        called=path.name,
        place=locking.place,
        policy=locking.policy,
        new=locking.new or "warn",
        depth=locking.depth,
    )


def _table_above(*folders: Path | None) -> Table:
    """The nearest table, from the first of the folders that has one above it."""
    starts = dict.fromkeys(folder.absolute() for folder in folders if folder is not None)
    for path in (each / name for start in starts for each in (start, *start.parents) for name in FILES):
        table = read_table(path) if mentions_table(path) else None
        if table is not None:
            return table
    raise FlopBudgetError(
        f"no pyproject.toml in {' or '.join(map(str, starts))}, or above, has a table [tool.pytest-flopbudget]"
    )
