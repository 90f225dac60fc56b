"""The sizes of an ONNX graph's tensors, node by node, by onnx's own shape inference; small constants are computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator

from pytest_flopbudget.trace.model_files.onnx_files import KNOWN_BYTES
from pytest_flopbudget.trace.model_files.onnx_types import spec_of, type_of

# What exporters work out sizes with. Their values are computed where all that they read is known and small.
_NAMES = """
    Constant ConstantOfShape Identity Cast CastLike Gather Concat Slice Split Squeeze Unsqueeze Reshape Flatten
    Transpose Expand Tile Range Where Equal Less LessOrEqual Greater GreaterOrEqual Not And Or Add Sub Mul Div Mod Neg
    Abs Floor Ceil Round Sqrt Min Max Clip ReduceProd ReduceSum ReduceMin ReduceMax Trilu ScatterND ScatterElements
    OneHot EyeLike CumSum Pow Sign
"""
_FOLDED = frozenset(_NAMES.split())
_KNOWN_ELEMENTS = KNOWN_BYTES // 8


@dataclass(slots=True)
class Shapes:
    """What is known of a graph's tensors, by their names.

    Args:
        model: The graph's file.
        types: The types and sizes; of what is not known there is none.
        values: The values of small constants.
    """

    model: onnx.ModelProto
    types: dict[str, onnx.TypeProto]
    values: dict[str, onnx.TensorProto] = field(default_factory=dict)

    @classmethod
    def of(cls, model: onnx.ModelProto, inputs: Mapping[str, onnx.TypeProto]) -> Shapes:
        """What is known before the first node: the inputs, and what the graph holds."""
        shapes = cls(model, dict(inputs))
        for tensor in model.graph.initializer:
            shapes.hold(tensor.name, tensor)
        return shapes

    def hold(self, name: str, tensor: onnx.TensorProto) -> None:
        """Take note of a constant, and of its value where that is there and small."""
        self.types[name] = type_of(tuple(tensor.dims), tensor.data_type)
        inline = tensor.data_location != onnx.TensorProto.EXTERNAL
        if inline and 0 <= np.prod(tensor.dims, dtype=object) <= _KNOWN_ELEMENTS and _has_data(tensor):
            self.values[name] = tensor

    def pass_node(self, node: onnx.NodeProto, schema: onnx.defs.OpSchema | None) -> None:
        """Work out what a node puts out; nothing of it is known where onnx cannot tell."""
        if schema is None or any(name and name not in self.types for name in node.input):
            return
        read = [name for name in node.input if name]
        try:
            found = onnx.shape_inference.infer_node_outputs(
                schema,
                node,
                {name: self.types[name] for name in read},
                {name: self.values[name] for name in read if name in self.values},
                opset_imports=list(self.model.opset_import),
                ir_version=self.model.ir_version,
            )
        except (onnx.shape_inference.InferenceError, RuntimeError, ValueError, KeyError):
            found = {}
        self.types.update(found)
        if node.op_type == "Shape":
            self._read_shape(node)
        elif node.op_type in _FOLDED and all(name in self.values for name in read) and self._is_small(node, found):
            self._compute(node)

    def _is_small(self, node: onnx.NodeProto, found: Mapping[str, onnx.TypeProto]) -> bool:
        specs = [spec_of(found[name], 0) if name in found else None for name in node.output if name]
        return all(spec is not None and spec.numel <= _KNOWN_ELEMENTS for spec in specs)

    def _read_shape(self, node: onnx.NodeProto) -> None:
        spec = spec_of(self.types[node.input[0]], 0)
        if spec is not None:
            bounds = {each.name: each.i for each in node.attribute}
            sizes = np.array(spec.shape[bounds.get("start", 0) : bounds.get("end", len(spec.shape))], dtype=np.int64)
            self.hold(node.output[0], onnx.numpy_helper.from_array(sizes))

    def _compute(self, node: onnx.NodeProto) -> None:
        """The values of what a node puts out; where they cannot be had its sizes stand all the same."""
        given = {name: onnx.numpy_helper.to_array(self.values[name]) for name in node.input if name}
        try:
            graph = onnx.helper.make_graph(
                [node],
                "node",
                [onnx.helper.make_value_info(name, self.types[name]) for name in given],
                [onnx.helper.make_empty_tensor_value_info(name) for name in node.output if name],
            )
            model = onnx.helper.make_model(graph, opset_imports=list(self.model.opset_import))
            results = ReferenceEvaluator(model).run(None, given)
        except (RuntimeError, ValueError, TypeError, IndexError, KeyError, ArithmeticError, NotImplementedError):
            return
        for name, result in zip(filter(None, node.output), results, strict=True):
            self.hold(name, onnx.numpy_helper.from_array(np.asarray(result)))


def _has_data(tensor: onnx.TensorProto) -> bool:
    """Whether the data stands in the file, and was kept."""
    return 0 in tensor.dims or any(
        len(each)
        for each in (tensor.raw_data, tensor.int64_data, tensor.int32_data, tensor.float_data, tensor.double_data)
    )
