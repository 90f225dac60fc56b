"""Files of TensorFlow Lite as operator calls: what they compute, what they hold, and what of them cannot be read."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

pytest.importorskip("flatbuffers")

from flatbuffers.builder import Builder

from pytest_flopbudget.counting.boundary import Weight
from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.counting.operators import TensorSpec
from pytest_flopbudget.trace.artifacts.tflite import NotReadError, read_tflite
from tflite_files import TFLiteFile, small


def test_what_a_file_computes() -> None:
    measurement = read_tflite(small())
    assert {name: cost.macs for name, cost in measurement.by_operator().items()} == {
        "tflite::PAD": 0,
        "tflite::CONV_2D": 8 * 8 * 8 * 3 * 3 * 3,
        "tflite::DEPTHWISE_CONV_2D": 8 * 8 * 8 * 3 * 3,
        "tflite::AVERAGE_POOL_2D": 0,
        "tflite::RESHAPE": 0,
        "tflite::FULLY_CONNECTED": 4 * 8,
    }
    assert measurement.macs == 8 * 8 * 8 * 3 * 3 * 3 + 8 * 8 * 8 * 3 * 3 + 4 * 8
    assert measurement.params == 8 * 3 * 3 * 3 + 8 + 3 * 3 * 8 + 8 + 4 * 8 + 4
    assert not measurement.uncounted


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        # The paddings and the shape are among what the file holds.
        ("weight_bytes", 8 * 27 + 8 * 9 + 4 * 8 + 4 * (8 + 8 + 4) + 4 * (8 + 2)),
        # The padding's input and output.
        ("peak_activation_bytes", 16 * 16 * 3 + 18 * 18 * 3),
        # 972 in whole lots of 16.
        ("arena_bytes", 16 * 16 * 3 + 976),
        ("largest_tensor_bytes", 18 * 18 * 3),
        ("io_bytes", 16 * 16 * 3 + 4),
    ],
)
def test_bytes(metric: str, expected: int) -> None:
    assert METRICS[metric].value(read_tflite(small()), Deployment(planner="tflm-greedy")) == expected


def test_in_and_out() -> None:
    boundary = read_tflite(small()).boundary
    assert boundary is not None
    assert [(spec.shape, spec.dtype) for spec in boundary.inputs] == [((1, 16, 16, 3), "int8")]
    assert [(spec.shape, spec.dtype) for spec in boundary.outputs] == [((1, 4), "int8")]


def _one(operator: str, *inputs: tuple[int, ...], out: tuple[int, ...]) -> Callable[[], Measurement]:
    """A file of one operator: its first input is the model's, all others are in the file."""

    def read() -> Measurement:
        file = TFLiteFile()
        first = file.tensor(inputs[0])
        made = file.call(operator, (first, *(file.constant(shape) for shape in inputs[1:])), out)
        return read_tflite(file.written([first], [made]))

    return read


@pytest.mark.parametrize(
    ("read", "macs"),
    [
        (_one("CONV_2D", (1, 8, 8, 4), (6, 3, 3, 4), out=(1, 8, 8, 6)), 8 * 8 * 6 * 3 * 3 * 4),
        # Two groups: each of the kernel's channels sees half of the input's.
        (_one("CONV_2D", (1, 8, 8, 4), (6, 3, 3, 2), out=(1, 8, 8, 6)), 8 * 8 * 6 * 3 * 3 * 2),
        (_one("CONV_3D", (1, 4, 8, 8, 2), (3, 3, 3, 2, 5), out=(1, 4, 8, 8, 5)), 4 * 8 * 8 * 5 * 27 * 2),
        # Two channels out for each that goes in.
        (_one("DEPTHWISE_CONV_2D", (1, 8, 8, 4), (1, 3, 3, 8), out=(1, 4, 4, 8)), 4 * 4 * 8 * 9),
        (_one("FULLY_CONNECTED", (2, 5, 16), (10, 16), out=(2, 5, 10)), 2 * 5 * 10 * 16),
        (_one("BATCH_MATMUL", (2, 3, 4), (2, 4, 5), out=(2, 3, 5)), 2 * 3 * 5 * 4),
        # The left one transposed.
        (_one("BATCH_MATMUL", (2, 4, 3), (2, 4, 5), out=(2, 3, 5)), 2 * 3 * 5 * 4),
        (_one("SVDF", (2, 40), (64, 40), (64, 10), out=(2, 32)), 2 * (64 * 40 + 64 * 10)),
        (_one("ADD", (1, 8), (1, 8), out=(1, 8)), 0),
        (_one("SOFTMAX", (1, 8), out=(1, 8)), 0),
    ],
)
def test_macs_of_operators(read: Callable[[], Measurement], macs: int) -> None:
    assert (read().macs, dict(read().uncounted)) == (macs, {})


def test_a_transposed_convolution() -> None:
    file = TFLiteFile()
    source = file.tensor((1, 4, 4, 6))
    made = file.call(
        "TRANSPOSE_CONV", (file.constant((4,), "int32"), file.constant((5, 3, 3, 6)), source), (1, 8, 8, 5)
    )
    # Each of the 4 * 4 * 6 elements that go in meets the whole kernel of its channel.
    assert read_tflite(file.written([source], [made])).macs == 4 * 4 * 6 * 5 * 3 * 3


def lstm() -> Measurement:
    file = TFLiteFile()
    source = file.tensor((1, 7, 12))
    weights = [file.constant((20, 12)) for _ in range(4)] + [file.constant((20, 20)) for _ in range(4)]
    state = [file.tensor((1, 20), is_kept=True, name="state"), file.tensor((1, 20), "int32", is_kept=True, name="cell")]
    inputs = (source, *weights, *[-1] * 9, *state)
    return read_tflite(file.written([source], [file.call("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, (1, 7, 20))]))


def test_a_recurrent_layer_keeps_its_state() -> None:
    measurement = lstm()
    assert measurement.macs == 7 * 4 * (20 * 12 + 20 * 20)
    values = {name: METRICS[name].value(measurement, AS_IT_IS) for name in ("weight_bytes", "arena_bytes")}
    # What goes in and out, and what is kept: 20 bytes, and 20 numbers of 4.
    assert values == {"weight_bytes": 4 * (20 * 12 + 20 * 20), "arena_bytes": 7 * 12 + 7 * 20 + 20 + 4 * 20}


@pytest.mark.parametrize("operator", ["LSTM", "IF", "ShopMix"])
def test_what_nothing_can_count(operator: str) -> None:
    assert _one(operator, (1, 8), out=(1, 8))().uncounted == {(f"tflite::{operator}", ""): 1}


def test_a_shared_buffer_counts_once() -> None:
    file = TFLiteFile()
    source = file.tensor((1, 8))
    weight = file.constant((8, 8))
    made = file.call("FULLY_CONNECTED", (source, weight, -1), (1, 8))
    made = file.call("FULLY_CONNECTED", (made, file.constant((8, 8), like=weight), -1), (1, 8))
    measurement = read_tflite(file.written([source], [made]))
    assert measurement.macs == 2 * 8 * 8
    assert METRICS["weight_bytes"].value(measurement, AS_IT_IS) == 8 * 8


@pytest.mark.parametrize(
    ("dtype", "stored", "size"),
    [("int8", None, 64), ("float32", None, 256), ("int4", None, 32), ("int8", 40, 40)],
    ids=["int8", "float32", "packed", "sparse"],
)
def test_weights_take_what_the_file_has(dtype: str, stored: int | None, size: int) -> None:
    file = TFLiteFile()
    source = file.tensor((1, 8))
    made = file.call("FULLY_CONNECTED", (source, file.constant((8, 8), dtype, stored=stored), -1), (1, 8))
    measurement = read_tflite(file.written([source], [made]))
    assert measurement.macs == 8 * 8
    assert METRICS["weight_bytes"].value(measurement, AS_IT_IS) == size


def depthwise(multiplier: int) -> Measurement:
    file = TFLiteFile()
    image = file.tensor((1, 8, 8, 1))
    wide = file.conv(image, (1, 8, 8, 8), (8, 1, 1, 1))
    made = file.conv(wide, (1, 8, 8, 8 * multiplier), (1, 3, 3, 8 * multiplier), "DEPTHWISE_CONV_2D")
    return read_tflite(file.written([image], [file.call("AVERAGE_POOL_2D", (made,), (1, 1, 1, 8 * multiplier))]))


@pytest.mark.parametrize(
    ("multiplier", "peaks"),
    [
        # In place, the first convolution has the most: what goes in, and what comes out.
        (1, [8 * 8 * 8 + 8 * 8 * 8, 8 * 8 * 1 + 8 * 8 * 8]),
        # More channels come out than go in.
        (2, [8 * 8 * 8 + 8 * 8 * 16, 8 * 8 * 8 + 8 * 8 * 16]),
    ],
)
def test_depthwise_in_place(multiplier: int, peaks: list[int]) -> None:
    metric, measurement = METRICS["peak_activation_bytes"], depthwise(multiplier)
    assert [metric.value(measurement, Deployment(inplace=each)) for each in ((), ("depthwise",))] == peaks


def test_a_tensor_that_nobody_has_is_none_of_the_weights() -> None:
    file = TFLiteFile()
    source = file.tensor((1, 8))
    file.constant((100, 100))
    measurement = read_tflite(file.written([source], [file.call("RELU", (source,), (1, 8))]))
    assert measurement.boundary is not None
    assert measurement.boundary.weights == ()


def test_the_names_of_weights() -> None:
    measurement = lstm()
    assert measurement.boundary is not None
    assert [each for each in measurement.boundary.weights if each.kind == "temporary"] == [
        Weight("", "state", "temporary", TensorSpec((1, 20), "int8", 9)),
        Weight("", "cell", "temporary", TensorSpec((1, 20), "int32", 10)),
    ]


def _texts() -> bytes:
    file = TFLiteFile()
    source = file.tensor((1, 8), "string", name="words")
    return file.written([source], [file.call("RELU", (source,), (1, 8))])


def _boundless(*sizes: int) -> bytes:
    file = TFLiteFile()
    source = file.tensor(sizes)
    return file.written([source], [file.call("RELU", (source,), sizes)])


def _without_graphs() -> bytes:
    builder = Builder(64)
    builder.StartObject(5)
    builder.PrependUint32Slot(0, 3, 0)
    builder.Finish(builder.EndObject(), file_identifier=b"TFL3")
    return bytes(builder.Output())


def _behind(size: int) -> bytes:
    """A linear layer whose 32 bytes of weights and 16 of biases begin at 4096."""
    file = TFLiteFile(behind=4096)
    source = file.tensor((1, 8))
    data = file.written([source], [file.conv(source, (1, 4), (4, 8), "FULLY_CONNECTED")])
    return data.ljust(size, b"\x00")


def test_weights_behind_the_tables() -> None:
    measurement = read_tflite(_behind(4096 + 32))
    assert (measurement.macs, measurement.params) == (4 * 8, 4 * 8 + 4)
    assert METRICS["weight_bytes"].value(measurement, AS_IT_IS) == 4 * 8 + 4 * 4


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (_without_graphs(), "holds no graph"),
        (_behind(4096 + 31), "is damaged or cut off"),
        (b"PK\x03\x04 and more", "is no TensorFlow Lite file: it does not have 'TFL3' in bytes 4 to 7"),
        (b"\x1c\x00\x00\x00TFL3", "is damaged or cut off"),
        (small()[:600], "is damaged or cut off"),
        (
            TFLiteFile(version=4).written([], []),
            "has version 4 of TensorFlow Lite's schema, and 3 is known",
        ),
        (_boundless(*[2**31 - 1] * 600), "is damaged or cut off"),
        (_boundless(0, *[2**31 - 1] * 600), "is damaged or cut off"),
        (_boundless(1, -1), "is damaged or cut off"),
        (_texts(), "has a tensor, 'words', whose elements have no size: their type is number 5"),
    ],
    ids=[
        "empty",
        "no graphs",
        "no weights",
        "zip",
        "head alone",
        "cut off",
        "version",
        "boundless",
        "none of them",
        "less than none",
        "texts",
    ],
)
def test_what_cannot_be_read(data: bytes, why: str) -> None:
    with pytest.raises(NotReadError) as caught:
        read_tflite(data)
    assert str(caught.value) == why


def test_inputs_that_an_operator_is_not_defined_with() -> None:
    with pytest.raises(NotReadError) as caught:
        _one("CONV_2D", (1, 8, 8, 4), out=(1, 8, 8, 4))()
    assert str(caught.value) == "is damaged or cut off"


def is_told(data: bytes) -> bool:
    """Whether a file is told to be damaged; else it was read, and nothing else happened."""
    try:
        read_tflite(data)
    except NotReadError:
        return True
    return False


def test_a_file_that_is_cut_off_anywhere_is_told_or_read() -> None:
    whole = small()
    ends = range(8, len(whole), 5)
    assert sum(is_told(whole[:end]) for end in ends) > len(ends) / 2


def test_a_file_with_other_bytes_is_told_or_read() -> None:
    whole, draw = small(), random.Random(7)

    def changed() -> bytes:
        data = bytearray(whole)
        for _ in range(3):
            data[draw.randrange(8, len(data))] = draw.randrange(256)
        return bytes(data)

    told = sum(is_told(changed()) for _ in range(400))
    assert 0 < told < 400
