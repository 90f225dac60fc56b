"""Inputs as a message tells them: as they are declared."""

from __future__ import annotations

from pytest_flopbudget.declaring.inputs import InputNode, Inputs, TensorInput


def as_text(inputs: Inputs) -> str:
    """Inputs as one short text: ``1x3x64x64``, or ``ids int64:1x8 = 1``."""
    named = [f"{name} {_node(node)}" for name, node in inputs.keyword.items()]
    return ", ".join([*map(_node, inputs.positional), *named]) or "no input"


def tensor_text(tensor: TensorInput) -> str:
    """One input of the grammar: ``int64:1x8 = 1``."""
    dims = "x".join(map(str, tensor.dims))
    fill = "" if tensor.fill is None else f" = {str(tensor.fill).lower()}"
    return f"{tensor.dtype}:{dims}{fill}" if tensor.dtype else f"{dims}{fill}"


def _node(node: InputNode) -> str:
    if isinstance(node, TensorInput):
        return tensor_text(node)
    if isinstance(node, tuple):
        return f"[{', '.join(map(_node, node))}]"
    return f"{{{', '.join(f'{name} {_node(below)}' for name, below in node.items())}}}"
