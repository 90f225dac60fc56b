"""A measurement as one sentence for a paper."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.counting.operators import TensorSpec
from pytest_flopbudget.quantities import format_quantity

_PACKAGE = "pytest-flopbudget"
_RUNS = {"inference": "one forward", "training": "one step of training, a forward and its backward pass,"}
_WAYS = {"shapes": " on shapes alone", "executed": " while it ran", "worst case": " in its worst case"}


def sentence(
    *,
    macs: int,
    params: int,
    inputs: Sequence[TensorSpec],
    mode: str,
    how: str,
    counter: str = "",
    approximate: bool = False,
    uncounted: int = 0,
) -> str:
    """What was counted, at which input, and by what convention.

    Args:
        macs: Multiply–accumulates, in MACs.
        params: Elements of distinct parameters.
        inputs: The tensors that went in.
        mode: ``"inference"`` or ``"training"``.
        how: How the calls came to be known: ``"shapes"``, ``"executed"``, ``"worst case"`` or ``"thop"``.
        counter: The package that counted, where it was another.
        approximate: Whether the counts would be others for other data.
        uncounted: How many calls nothing could count.
    """
    about = "about " if approximate else ""
    shapes = ", ".join("×".join(map(str, spec.shape)) or "a number" for spec in inputs)
    at = f" at {'an input' if len(inputs) == 1 else 'inputs'} of {shapes}" if shapes else ""
    # thop's numbers are not all multiply–accumulates, and twice them would be no FLOPs.
    flops = "" if counter else f" ({about}{format_quantity(2 * macs, 'FLOP')}, counted as two a MAC)"
    by = counter or f"{_PACKAGE}{_version()}, conventions {CONVENTIONS}"
    left = f"; {left_out(uncounted)}" if uncounted else ""
    parameters = format_quantity(params, "param").rpartition(" param")[0]
    return (
        f"The model takes {about}{format_quantity(macs, 'MAC')}{flops} for {_RUNS[mode]}{at} and has "
        f"{parameters} parameters, counted{_WAYS.get(how, '')} by {by}{left}."
    )


def left_out(calls: int) -> str:
    """Calls that nothing could count, as a clause: ``"3 calls of operators are not counted"``."""
    return "1 call of an operator is not counted" if calls == 1 else f"{calls:,} calls of operators are not counted"


def _version() -> str:
    try:
        return f" {version(_PACKAGE)}"
    except PackageNotFoundError:
        return ""
