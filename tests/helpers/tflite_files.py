"""Writes small files of TensorFlow Lite, with nothing but the package that reads them.

Fields are written by their numbers in TensorFlow Lite's ``schema.fbs``, and the names of its operators and types by
theirs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from flatbuffers.builder import Builder

# The numbers of the schema's own enumerations, as far as the tests write them.
OPERATORS = {
    "ADD": 0,
    "AVERAGE_POOL_2D": 1,
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 4,
    "FULLY_CONNECTED": 9,
    "LSTM": 16,
    "RELU": 19,
    "RESHAPE": 22,
    "SOFTMAX": 25,
    "SVDF": 27,
    "CUSTOM": 32,
    "PAD": 34,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": 44,
    "TRANSPOSE_CONV": 67,
    "QUANTIZE": 114,
    "IF": 118,
    "BATCH_MATMUL": 126,
    "CONV_3D": 132,
}
TYPES = {"float32": (0, 4), "int32": (2, 4), "uint8": (3, 1), "string": (5, 1), "int8": (9, 1), "int4": (17, 0.5)}
_LARGEST_BYTE = 127


@dataclass(frozen=True)
class Tensor:
    shape: tuple[int, ...]
    dtype: str
    stored: int
    is_kept: bool
    name: str
    buffer: int


@dataclass
class TFLiteFile:
    """A file in the making: tensors are numbered in the order in which they are added.

    Args:
        version: That of the schema.
        identifier: What stands in bytes 4 to 7.
        behind: Where the data of constants begins, in bytes, as in large files; 0 has it among the tables.
    """

    version: int = 3
    identifier: bytes = b"TFL3"
    behind: int = 0
    tensors: list[Tensor] = field(default_factory=list)
    calls: list[tuple[str, Sequence[int], Sequence[int]]] = field(default_factory=list)

    def tensor(self, shape: tuple[int, ...], dtype: str = "int8", *, is_kept: bool = False, name: str = "") -> int:
        """An activation; or a tensor that is kept from run to run."""
        return self._add(shape, dtype, 0, is_kept=is_kept, name=name)

    def constant(
        self, shape: tuple[int, ...], dtype: str = "int8", *, stored: int | None = None, like: int | None = None
    ) -> int:
        """A tensor whose elements are in the file, all 0; or in the buffer of another."""
        size = math.ceil(math.prod(shape) * TYPES[dtype][1]) if stored is None else stored
        return self._add(shape, dtype, size, buffer=None if like is None else self.tensors[like].buffer)

    def call(self, operator: str, inputs: Sequence[int], shape: tuple[int, ...], dtype: str = "int8") -> int:
        """One operator and the tensor that it makes; an input of -1 is left out. A name of no operator is a custom."""
        made = self.tensor(shape, dtype, name=f"{operator}_{len(self.calls)}")
        self.calls.append((operator, inputs, (made,)))
        return made

    def conv(self, source: int, shape: tuple[int, ...], kernel: tuple[int, ...], operator: str = "CONV_2D") -> int:
        """A convolution or a fully connected layer in int8, with biases of int32."""
        weight, bias = self.constant(kernel), self.constant((shape[-1],), "int32")
        return self.call(operator, (source, weight, bias), shape)

    def written(self, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        """The file's bytes."""
        builder = Builder(1024)
        codes, numbers = self._codes(builder)
        graph = self._graph(builder, numbers, inputs, outputs)
        # Buffer 0 is that of nothing.
        by_buffer = {each.buffer: each.stored for each in self.tensors}
        sizes = [by_buffer.get(at, 0) for at in range(len(self.tensors) + 1)]
        buffers = [_buffer(builder, size, self.behind) for size in sizes]
        tables = {1: _vector(builder, codes), 2: _vector(builder, [graph]), 4: _vector(builder, buffers)}
        builder.StartObject(5)
        builder.PrependUint32Slot(0, self.version, 0)
        for slot, offset in tables.items():
            builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
        builder.Finish(builder.EndObject(), file_identifier=self.identifier)
        return bytes(builder.Output())

    def _add(
        self,
        shape: tuple[int, ...],
        dtype: str,
        stored: int,
        *,
        is_kept: bool = False,
        name: str = "",
        buffer: int | None = None,
    ) -> int:
        self.tensors.append(Tensor(shape, dtype, stored, is_kept, name, buffer or len(self.tensors) + 1))
        return len(self.tensors) - 1

    def _codes(self, builder: Builder) -> tuple[list[int], dict[str, int]]:
        codes: list[int] = []
        numbers: dict[str, int] = {}
        for name, _, _ in self.calls:
            if name not in numbers:
                numbers[name] = len(numbers)
                number = OPERATORS.get(name, OPERATORS["CUSTOM"])
                custom = None if name in OPERATORS else builder.CreateString(name)
                builder.StartObject(4)
                builder.PrependInt8Slot(0, min(number, _LARGEST_BYTE), 0)
                if custom is not None:
                    builder.PrependUOffsetTRelativeSlot(1, custom, 0)
                builder.PrependInt32Slot(3, number, 0)
                codes.append(builder.EndObject())
        return codes, numbers

    def _graph(self, builder: Builder, numbers: dict[str, int], inputs: Sequence[int], outputs: Sequence[int]) -> int:
        tensors = [_tensor(builder, each) for each in self.tensors]
        calls = [_call(builder, numbers[name], taken, made) for name, taken, made in self.calls]
        ends = [_ints(builder, each) for each in (inputs, outputs)]
        parts = [_vector(builder, tensors), *ends, _vector(builder, calls)]
        return _table(builder, 4, dict(enumerate(parts)))


def small() -> bytes:
    """A convolution with a stride behind its padding, a depthwise one, a pooling, a reshape, and a linear layer."""
    file = TFLiteFile()
    image = file.tensor((1, 16, 16, 3), name="image")
    around = file.constant((4, 2), "int32")
    padded = file.call("PAD", (image, around), (1, 18, 18, 3))
    first = file.conv(padded, (1, 8, 8, 8), (8, 3, 3, 3))
    second = file.conv(first, (1, 8, 8, 8), (1, 3, 3, 8), "DEPTHWISE_CONV_2D")
    pooled = file.call("AVERAGE_POOL_2D", (second,), (1, 1, 1, 8))
    flat = file.call("RESHAPE", (pooled, file.constant((2,), "int32")), (1, 8))
    scores = file.conv(flat, (1, 4), (4, 8), "FULLY_CONNECTED")
    return file.written([image], [scores])


def _tensor(builder: Builder, tensor: Tensor) -> int:
    shape, name = _ints(builder, tensor.shape), builder.CreateString(tensor.name)
    builder.StartObject(6)
    builder.PrependUOffsetTRelativeSlot(0, shape, 0)
    builder.PrependInt8Slot(1, TYPES[tensor.dtype][0], 0)
    builder.PrependUint32Slot(2, tensor.buffer, 0)
    builder.PrependUOffsetTRelativeSlot(3, name, 0)
    builder.PrependBoolSlot(5, tensor.is_kept, False)
    return int(builder.EndObject())


def _call(builder: Builder, code: int, inputs: Sequence[int], outputs: Sequence[int]) -> int:
    taken, made = _ints(builder, inputs), _ints(builder, outputs)
    builder.StartObject(3)
    builder.PrependUint32Slot(0, code, 0)
    builder.PrependUOffsetTRelativeSlot(1, taken, 0)
    builder.PrependUOffsetTRelativeSlot(2, made, 0)
    return int(builder.EndObject())


def _table(builder: Builder, fields: int, offsets: dict[int, int]) -> int:
    builder.StartObject(fields)
    for slot, offset in offsets.items():
        builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
    return int(builder.EndObject())


def _vector(builder: Builder, offsets: Sequence[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def _ints(builder: Builder, numbers: Sequence[int]) -> int:
    builder.StartVector(4, len(numbers), 4)
    for number in reversed(numbers):
        builder.PrependInt32(number)
    return int(builder.EndVector())


def _buffer(builder: Builder, size: int, behind: int) -> int:
    if not size or not behind:
        return _table(builder, 3, {0: builder.CreateByteVector(bytes(size))} if size else {})
    builder.StartObject(3)
    builder.PrependUint64Slot(1, behind, 0)
    builder.PrependUint64Slot(2, size, 0)
    return int(builder.EndObject())
