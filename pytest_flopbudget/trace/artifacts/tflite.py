"""A TensorFlow Lite file as operator calls: what its first graph computes, and what it holds. Nothing is run.

Fields are read by their numbers in TensorFlow Lite's ``schema.fbs``, which are never given to others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_flopbudget.counting.boundary import Boundary, Weight
from pytest_flopbudget.counting.elements import bytes_of
from pytest_flopbudget.counting.measurement import Measurement, ModuleNode
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec, specs_in
from pytest_flopbudget.counting.tflite_macs import cost_of, has_macs
from pytest_flopbudget.trace.artifacts.flatbuffer import DamagedError, Record
from pytest_flopbudget.trace.artifacts.tflite_names import CUSTOM, OPERATORS, TYPES

_IDENTIFIER = b"TFL3"
_VERSION = 3
# Where a convolution and a fully connected layer have their weights and biases.
_NAMED = ("input", "weight", "bias")
_NAMESPACE = "tflite"
_MOST_ELEMENTS = 2**63 - 1


class NotReadError(Exception):
    """A file that cannot be read as one of TensorFlow Lite's; the message says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A tensor of the graph.

    Args:
        name: Its name in the file.
        spec: Its sizes, its type, and its storage: a buffer of the file for what is constant, else one of its own.
        stored: The bytes that the file has for it; 0 where it is computed.
        is_kept: Whether it is kept from one run to the next.
    """

    name: str
    spec: TensorSpec
    stored: int
    is_kept: bool


def read_tflite(data: bytes) -> Measurement:
    """What a TensorFlow Lite file says of its first graph: its operators with their MACs, its weights, in and out.

    Raises:
        NotReadError: It is none, of another version, or damaged.
    """
    model = _root(data)
    try:
        graphs = model.records(2)
        if not graphs:
            raise NotReadError("holds no graph")
        return _measurement(model, graphs[0])
    except (DamagedError, ValueError) as error:
        raise NotReadError("is damaged or cut off") from error


def _root(data: bytes) -> Record:
    if not data:
        raise NotReadError("is empty")
    try:
        model = Record.root(data, _IDENTIFIER)
        version = _VERSION if model is None else model.number(0, "uint")
    except DamagedError as error:
        raise NotReadError("is damaged or cut off") from error
    if model is None:
        raise NotReadError(f"is no TensorFlow Lite file: it does not have {_IDENTIFIER.decode()!r} in bytes 4 to 7")
    if version != _VERSION:
        raise NotReadError(f"has version {version} of TensorFlow Lite's schema, and {_VERSION} is known")
    return model


def _measurement(model: Record, graph: Record) -> Measurement:
    tensors = list(_tensors(model, graph))
    names = [_operator(code) for code in model.records(1)]
    calls = [_call(operator, names, tensors) for operator in graph.records(3)]
    read = {at for operator in graph.records(3) for at in operator.numbers(1, "int") if at >= 0}
    held = [tensors[at] for at in sorted(read) if tensors[at].stored or tensors[at].is_kept]
    boundary = Boundary(
        inputs=tuple(_at(tensors, at).spec for at in graph.numbers(1, "int")),
        outputs=tuple(_at(tensors, at).spec for at in graph.numbers(2, "int")),
        weights=tuple(map(_weight, held)),
    )
    stored = {each.spec.storage for each in held if each.stored}
    taken = (call.arguments.values() for call, _ in calls if has_macs(call.operator.partition("::")[2]))
    weights = {spec.storage: spec.numel for values in taken for spec in specs_in(tuple(values))}
    params = sum(elements for storage, elements in weights.items() if storage in stored)
    return Measurement(calls=tuple(calls), modules=(ModuleNode("", 1, params),), built="given", boundary=boundary)


def _tensors(model: Record, graph: Record) -> Iterator[_Tensor]:
    sizes = [_stored(buffer) for buffer in model.records(4)]
    records = graph.records(0)
    for at, record in enumerate(records):
        shape, kind, buffer = record.numbers(0, "int"), record.number(1, "byte"), record.number(2, "uint")
        name, is_kept = record.text(3), bool(record.number(5, "bool"))
        if kind not in TYPES:
            raise NotReadError(f"has a tensor, {name!r}, whose elements have no size: their type is number {kind}")
        if buffer >= len(sizes) or not _is_possible(shape):
            raise DamagedError
        stored = 0 if is_kept else sizes[buffer]
        # Tensors that share a buffer of the file share its bytes.
        storage = len(records) + buffer if stored else at
        yield _Tensor(name, TensorSpec(shape, TYPES[kind], storage), stored, is_kept)


def _is_possible(shape: Sequence[int]) -> bool:
    """Whether a tensor may have such sizes: what no memory can hold makes numbers that nothing can print."""
    elements = 1
    for size in shape:
        elements *= max(size, 1)
        if size < 0 or elements > _MOST_ELEMENTS:
            return False
    return True


def _stored(buffer: Record) -> int:
    """The bytes of a buffer; those of a file over 2 GiB stand behind the tables."""
    _, length = buffer.vector(0, 1)
    offset, size = buffer.number(1, "ulong"), buffer.number(2, "ulong")
    if offset > 1:
        if offset + size > len(buffer.data):
            raise DamagedError
        return size
    return length


def _operator(code: Record) -> str:
    """An operator's name; files from before 2020 have its number in a byte."""
    number = max(code.number(0, "byte"), code.number(3, "int"))
    if number == CUSTOM:
        return code.text(1) or OPERATORS[CUSTOM]
    if not 0 <= number < len(OPERATORS):
        raise NotReadError(f"has an operator that is not known yet: number {number}")
    return OPERATORS[number]


def _call(record: Record, names: Sequence[str], tensors: Sequence[_Tensor]) -> tuple[OperatorCall, Cost | None]:
    code = record.number(0, "uint")
    if code >= len(names):
        raise DamagedError
    given = [None if at < 0 else _at(tensors, at) for at in record.numbers(1, "int")]
    inputs = [None if tensor is None else tensor.spec for tensor in given]
    outputs = tuple(_at(tensors, at).spec for at in record.numbers(2, "int"))
    named = {_NAMED[at] if at < len(_NAMED) else str(at): spec for at, spec in enumerate(inputs)}
    kept = tuple(tensor.spec.storage for tensor in given if tensor is not None and tensor.is_kept)
    call = OperatorCall(f"{_NAMESPACE}::{names[code]}", "", named, outputs, writes=kept)
    return call, cost_of(names[code], inputs, outputs)


def _at(tensors: Sequence[_Tensor], at: int) -> _Tensor:
    if not 0 <= at < len(tensors):
        raise DamagedError
    return tensors[at]


def _weight(tensor: _Tensor) -> Weight:
    spec = tensor.spec
    if tensor.stored and tensor.stored != bytes_of(spec.numel, spec.dtype):
        # Sparse or packed in a way of its own: what counts is what the file has.
        spec = TensorSpec((tensor.stored,), "uint8", spec.storage)
    return Weight("", tensor.name, "temporary" if tensor.is_kept else "parameter", spec)
