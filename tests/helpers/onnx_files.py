"""ONNX files, written node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import onnx
from onnx import helper

Sizes = Sequence["int | str"]


def weight(name: str, shape: Sequence[int], dtype: int = onnx.TensorProto.FLOAT) -> onnx.TensorProto:
    """A weight of zeros."""
    array_type = helper.tensor_dtype_to_np_dtype(dtype)
    size = array_type.itemsize
    elements = 1
    for each in shape:
        elements *= each
    return helper.make_tensor(name, dtype, shape, bytes(size * elements), raw=True)


def numbers(name: str, values: Sequence[int]) -> onnx.TensorProto:
    """Sizes or axes, as a constant."""
    return helper.make_tensor(name, onnx.TensorProto.INT64, [len(values)], values)


def written(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Mapping[str, Sizes],
    outputs: Sequence[str],
    held: Sequence[onnx.TensorProto] = (),
    *,
    opset: int = 20,
) -> Path:
    """A file with these nodes; all of its inputs are floats."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, sizes) for name, sizes in inputs.items()],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        held,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    path.write_bytes(model.SerializeToString())
    return path
