"""An ONNX file as a graph, without the data of its large weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import onnx
import onnx.inliner
from google.protobuf.message import DecodeError

from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.model_files.archives import called, opened

# Larger constants tell no sizes, and their data would only be copied about.
KNOWN_BYTES = 2**16


def read_graph(name: str, path: Path) -> onnx.ModelProto:
    """The graph of a file, its own functions put in their places.

    Args:
        name: The file as it is declared.
        path: Where that is. Files beside it, with the data of weights, are not opened.

    Raises:
        MeasureError: The file is not there, is no ONNX file, is damaged, or names data outside of its folder.
    """
    opened(name, path)
    try:
        model = onnx.load_model(str(path), format="protobuf", load_external_data=False)
    except (DecodeError, ValueError, OSError) as error:
        raise MeasureError(f"{called(name)} is no ONNX file, or is damaged or cut off") from error
    if not model.ir_version or not model.opset_import or not model.graph.node:
        raise MeasureError(f"{called(name)} is no ONNX file: it holds no graph")
    for tensor in _weights(model.graph):
        _refuse_outside(name, tensor)
        if len(tensor.raw_data) > KNOWN_BYTES:
            tensor.ClearField("raw_data")
    return onnx.inliner.inline_local_functions(model) if model.functions else model


def _weights(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """The constants of a graph, wherever they stand."""
    yield from graph.initializer
    for node in graph.node:
        yield from _constants(node.attribute)


def _constants(attributes: Iterable[onnx.AttributeProto]) -> Iterator[onnx.TensorProto]:
    for attribute in attributes:
        if attribute.type == onnx.AttributeProto.TENSOR:
            yield attribute.t
        elif attribute.type == onnx.AttributeProto.GRAPH:
            yield from _weights(attribute.g)


def _refuse_outside(name: str, tensor: onnx.TensorProto) -> None:
    for entry in tensor.external_data:
        if entry.key == "location":
            place = PurePosixPath(entry.value.replace("\\", "/"))
            if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
                raise MeasureError(f"{called(name)} has the data of {tensor.name!r} outside of its folder: {place}")
