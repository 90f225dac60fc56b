"""What an ONNX graph is called with: inputs that are given, which must fit, or its own where all sizes are fixed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnx
import torch

from pytest_flopbudget.declaring.inputs import TensorInput
from pytest_flopbudget.declaring.showing import tensor_text
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.inputs import Arguments
from pytest_flopbudget.trace.model_files.archives import called
from pytest_flopbudget.trace.model_files.onnx_files import read_graph
from pytest_flopbudget.trace.model_files.onnx_types import DTYPES, dtype_of, spec_of, type_of
from pytest_flopbudget.trace.nests import leaves
from pytest_flopbudget.trace.schemas import dtype_name


def bind_inputs(name: str, graph: onnx.GraphProto, arguments: Arguments | None) -> dict[str, onnx.TypeProto]:
    """The inputs of a graph by their names, every size a number.

    Args:
        name: The file as it is declared.
        graph: Its graph.
        arguments: What is given; None for the graph's own sizes.

    Raises:
        MeasureError: There are more or fewer inputs, one does not fit, or the graph's own have open sizes.
    """
    held = {tensor.name for tensor in graph.initializer}
    inputs = [each for each in graph.input if each.name not in held]
    given: Sequence[TensorInput | None] = [None] * len(inputs)
    if arguments is not None:
        given = _given(name, inputs, arguments)
    bound: dict[str, int] = {}
    return {each.name: _bound(name, each, leaf, bound) for each, leaf in zip(inputs, given, strict=True)}


def own_of(name: str, path: Path) -> dict[str, TensorInput]:
    """The inputs of a file's graph, every size of which is a number.

    Raises:
        MeasureError: The file cannot be read, or has open sizes.
    """
    types = bind_inputs(name, read_graph(name, path).graph, None)
    specs = {each: spec_of(type_, 0) for each, type_ in types.items()}
    return {each: TensorInput(spec.shape, spec.dtype) for each, spec in specs.items() if spec is not None}


def _given(name: str, inputs: Sequence[onnx.ValueInfoProto], arguments: Arguments) -> list[TensorInput]:
    args, kwargs = arguments.make()
    names = [each.name for each in inputs]
    positional = [leaf for each in args for leaf in leaves(each)]
    by_name = {**dict(zip(names, positional, strict=False)), **kwargs}
    if len(positional) > len(names) or by_name.keys() != set(names):
        raise MeasureError(f"{called(name)} takes {', '.join(map(_text, inputs))}, and {arguments.text} is given")
    return [_declared(name, each, by_name[each]) for each in names]


def _declared(name: str, asked: str, leaf: object) -> TensorInput:
    if isinstance(leaf, torch.Tensor):
        return TensorInput(tuple(leaf.shape), dtype_name(leaf.dtype))
    if not isinstance(leaf, TensorInput):
        raise MeasureError(f"{called(name)} takes a tensor as {asked}, not an object of {type(leaf).__name__}")
    return leaf


def _bound(name: str, asked: onnx.ValueInfoProto, leaf: TensorInput | None, bound: dict[str, int]) -> onnx.TypeProto:
    tensor = asked.type.tensor_type
    dtype = dtype_of(tensor.elem_type)
    if dtype is None:
        raise MeasureError(f"{called(name)} takes {asked.name}, which is no tensor of numbers")
    dims = list(tensor.shape.dim)
    if leaf is None:
        if not tensor.HasField("shape") or any(not dim.HasField("dim_value") for dim in dims):
            raise MeasureError(f"{called(name)} has open sizes, {_text(asked)}: write its input")
        return asked.type
    sizes = tuple(int(size) for size in leaf.dims)
    pairs = zip(dims, sizes, strict=False)
    fits = len(sizes) == len(dims) and all(_fits(dim, size, bound) for dim, size in pairs)
    fits = fits or not tensor.HasField("shape")
    if not fits or leaf.dtype not in (None, dtype):
        raise MeasureError(f"{called(name)} takes {_text(asked)}, and {tensor_text(leaf)} is given")
    return type_of(sizes, DTYPES[dtype])


def _fits(dim: onnx.TensorShapeProto.Dimension, size: int, bound: dict[str, int]) -> bool:
    """Whether a size is the graph's; one that the graph names is one number throughout."""
    if dim.HasField("dim_value"):
        return dim.dim_value == size
    return not dim.dim_param or bound.setdefault(dim.dim_param, size) == size


def _text(asked: onnx.ValueInfoProto) -> str:
    """``"ids int64:1x[seq]"``."""
    tensor = asked.type.tensor_type
    sizes = [str(dim.dim_value) if dim.HasField("dim_value") else f"[{dim.dim_param}]" for dim in tensor.shape.dim]
    dtype = dtype_of(tensor.elem_type) or "object"
    return f"{asked.name} {dtype}:{'x'.join(sizes)}" if sizes else f"{asked.name} {dtype} of any size"
