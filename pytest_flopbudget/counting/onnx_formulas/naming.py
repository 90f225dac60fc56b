"""Names of ONNX's operators as formulas bear them."""

from __future__ import annotations


def onnx(names: str) -> tuple[str, ...]:
    """``"onnx::Add"`` for each name of ONNX's default domain, written with spaces between them."""
    return tuple(f"onnx::{name}" for name in names.split())
