"""The arguments of a formula, as its author should read them."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_flopbudget.counting.operators import TensorSpec


def shown_arguments(arguments: Mapping[str, object]) -> str:
    """Arguments by their names: ``"self=float32[2, 3], dim=1"``."""
    return ", ".join(f"{name}={_shown(value)}" for name, value in arguments.items())


def _shown(value: object) -> str:
    if isinstance(value, TensorSpec):
        return f"{value.dtype}{list(value.shape)}"
    if isinstance(value, tuple):
        return f"({', '.join(_shown(item) for item in value)})"
    return repr(value)
