"""The keywords of a call, a region and a mark, for type checkers: limits, and the options of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypedDict, Union

from pytest_flopbudget.counting.measurement import Mode
from pytest_flopbudget.judge.verdicts import Level

Amount = Union[str, float]


class ModuleLimits(TypedDict, total=False):
    """The limits of the modules that a pattern matches: a number, or a share of the case as in ``"20%"``."""

    macs: Amount
    flops: Amount
    total_flops: Amount
    params: Amount
    activations: Amount
    max_growth: Union[Amount, Mapping[str, Amount]]
    reason: str


class CaseLimits(TypedDict, total=False):
    """Limits and options of one case.

    Args:
        macs: The most MACs: ``"4.2 G"``, ``4_200_000_000``, ``"= 4.09 G"``, ``"25% of teacher"``.
        flops: The most FLOPs (2 × MACs).
        total_flops: The most FLOPs, two a MAC and every other operation.
        params: The most parameters.
        activations: The most elements put out by operators with MACs.
        modules: Limits by module pattern, as in ``{"blocks.*.attn": {"macs": "20%"}}``.
        level: What a limit that is not kept does: ``"error"``, ``"warn"`` or ``"off"``.
        until: The day from which a level of ``"warn"`` is one of ``"error"``, ``"2027-03-01"``.
        uncounted: What operators do that nothing can count, likewise.
        allow_zero: Whether a count of 0 MACs is no failure.
        warn_at: The share of a limit, as in ``"95%"``, from which a kept one is told as near.
        max_growth: By how much counts may exceed the lock's: ``"1%"``, or by metric as in ``{"macs": "5 M"}``.
        reason: Why the limits are what they are.
    """

    macs: Amount
    flops: Amount
    total_flops: Amount
    params: Amount
    activations: Amount
    modules: Mapping[str, ModuleLimits]
    level: Level
    until: str | date
    uncounted: Level
    allow_zero: bool
    warn_at: str
    max_growth: Union[Amount, Mapping[str, Amount]]
    reason: str


class CallLimits(CaseLimits, total=False):
    """Limits and options of a call, which traces a model.

    Args:
        weight_bytes: The most bytes of weights, in the model's own types: ``"320 KiB"``.
        peak_activation_bytes: The most bytes of activations that are alive at once.
        arena_bytes: The same, and what the forward keeps between its calls.
        largest_tensor_bytes: The most bytes of one activation.
        io_bytes: The most bytes of inputs and outputs.
        traffic_bytes: The most bytes that operators read and write.
        run_flops: The most FLOPs of a whole training of a declared model that says how many steps that has.
        artifact_bytes: The most bytes of the file that was built from a declared model.
        targets: The names of declared targets, on which it is judged as well.
        mode: ``"inference"``, or ``"training"``: a forward and its backward pass.
        execute_limit: The most bytes of parameters, buffers and inputs at which a model is executed: ``"512 MiB"``.
    """

    weight_bytes: Amount
    peak_activation_bytes: Amount
    arena_bytes: Amount
    largest_tensor_bytes: Amount
    io_bytes: Amount
    traffic_bytes: Amount
    run_flops: Amount
    artifact_bytes: Amount
    targets: Sequence[str]
    mode: Mode
    execute_limit: Amount
