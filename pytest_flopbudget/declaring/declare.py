"""``declare``: a model declared in Python, by the keys of a model's table."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeAlias, TypedDict

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pytest_flopbudget.counting.measurement import Backend, Mode
    from pytest_flopbudget.declaring.cases import Build, DataDependent
    from pytest_flopbudget.judge.verdicts import Level

_Limit: TypeAlias = "str | int | float"
_Limits: TypeAlias = "_Limit | Mapping[str, _Limit]"


class ModelKeys(TypedDict, total=False):
    """The keys of a model, as in a table: a table is a dict, a list a list, a tuple or a range.

    In ``args``, ``kwargs`` and ``each``, None is written as it is.
    """

    factory: str
    args: Sequence[object] | str
    kwargs: Mapping[str, object]
    input: str | Sequence[object] | Mapping[str, object]
    input_factory: str
    call: str
    part: str
    prepare: str | Sequence[str]
    mode: Mode
    loss: str
    repeat: int
    build: Build
    backend: Backend
    execute_limit: str
    data_dependent: DataDependent
    assume: Mapping[str, int]
    at: Sequence[int | Mapping[str, object]] | Mapping[str, Sequence[int]] | str
    sweep: Mapping[str, str | Sequence[int]]
    each: Sequence[Mapping[str, object]] | Mapping[str, Sequence[object]]
    extends: str
    artifact: str
    targets: Sequence[str]
    level: Level
    until: date | str
    uncounted: Level
    allow_zero: bool
    warn_at: str
    max_growth: _Limits
    reason: str
    skip: bool | str
    macs: _Limits
    flops: _Limits
    total_flops: _Limits
    params: _Limits
    activations: _Limits
    weight_bytes: _Limits
    peak_activation_bytes: _Limits
    arena_bytes: _Limits
    largest_tensor_bytes: _Limits
    io_bytes: _Limits
    traffic_bytes: _Limits
    run_flops: _Limits
    artifact_bytes: _Limits
    modules: Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Declaration:
    """A model as it was declared in Python; it is read, and its mistakes are told, with the table that asks for it.

    Args:
        name: The model's name, or that of a template.
        keys: Its keys and their values, as they were given.
        file: The file in which :func:`declare` was called.
        line: The line of that call, counted from 1.
    """

    name: str
    keys: Mapping[str, object]
    file: str
    line: int


def declare(name: str, /, **keys: Unpack[ModelKeys]) -> Declaration:
    """Declare a model, for a function that a table names as ``cases = "module:function"``.

    Nothing is checked here: mistakes are told, all at once, where the table is read, at the line of this call.

    Args:
        name: The model's name, as in ``[tool.pytest-flopbudget.models.NAME]``.
        keys: The keys of that table: ``factory``, ``input``, ``at``, limits such as ``macs``, and all others.

    Returns:
        What such a function returns a list of, or yields.
    """
    caller = sys._getframe(1)
    return Declaration(name, keys, caller.f_code.co_filename, caller.f_lineno)
