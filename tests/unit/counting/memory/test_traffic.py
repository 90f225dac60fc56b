"""What operators read and write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.memory.traffic import io_bytes, traffic_by_module, traffic_bytes
from pytest_flopbudget.counting.operators import TensorSpec

if TYPE_CHECKING:
    from tests.unit.counting.memory.conftest import Forward

INT8 = Deployment(weight_dtype="int8", activation_dtype="int8", bias_dtype="int32", fusion="conv-bn-act")


def test_a_linear_layer_and_its_activation(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, weight, bias, between = net.input(2, 8), net.weight("fc.weight", 4, 8), net.weight("fc.bias", 4), net.new(2, 4)
    net.call("linear", between, module="fc", input=x, weight=weight, bias=bias)
    out = net.op("relu", between)
    measurement = net.measurement(out)
    layer, activation = 2 * 8 + 4 * 8 + 4 + 2 * 4, 2 * 4 + 2 * 4
    assert traffic_by_module(measurement, AS_IT_IS) == {"fc": 4 * layer, "": 4 * activation}
    # Together, the activation moves nothing; biases have four bytes still.
    assert traffic_bytes(measurement, INT8) == 2 * 8 + 4 * 8 + 4 * 4 + 2 * 4


def test_what_is_read_twice_counts_once_and_a_write_in_place_twice(forward: Callable[[], Forward]) -> None:
    net = forward()
    x = net.input(10)
    square = net.op("mul", x, x)
    net.call("add_", square, self=square, other=x, writes=[square])
    assert traffic_bytes(net.measurement(square), AS_IT_IS) == 4 * (10 + 10) + 4 * (10 + 10 + 10)


def test_of_a_table_the_chosen_rows_are_read(forward: Callable[[], Forward]) -> None:
    net = forward()
    ids, table, out = net.input(3, dtype="int64"), net.weight("table", 1000, 8), net.new(3, 8)
    net.call("embedding", out, weight=table, indices=ids)
    assert traffic_bytes(net.measurement(out), AS_IT_IS) == 8 * 3 + 4 * (3 * 8 + 3 * 8)


def test_a_view_that_repeats_reads_what_is_there(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, out = net.input(10), net.new(5, 10)
    net.call("mul", out, self=TensorSpec((5, 10), "float32", x.storage), other=2)
    assert traffic_bytes(net.measurement(out), AS_IT_IS) == 4 * (10 + 50)


def test_of_a_part_that_part_is_read(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, out = net.input(10), net.new(5)
    net.call("mul", out, self=TensorSpec((5,), "float32", x.storage), other=2)
    assert traffic_bytes(net.measurement(out), AS_IT_IS) == 4 * (5 + 5)


def test_what_is_alike_is_not_read(forward: Callable[[], Forward]) -> None:
    net = forward()
    x = net.input(10)
    noise = net.op("randn_like", x)
    assert traffic_bytes(net.measurement(noise), AS_IT_IS) == 4 * 10


def test_copies_are_read_and_written(forward: Callable[[], Forward]) -> None:
    net = forward()
    out = net.op("mul", net.input(10))
    floats = Deployment(activation_dtype="int8", io_dtype="float32")
    # Floats to integers, the product, integers to floats.
    assert traffic_bytes(net.measurement(out), floats) == (40 + 10) + (10 + 10) + (10 + 40)


def test_what_a_library_packs_is_none_of_the_copies(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, out = net.input(2, 8), net.new(2, 4)
    net.call("linear", out, input=x, weight=TensorSpec((4, 8), "qint8"), bias=None)
    floats = Deployment(activation_dtype="int8", io_dtype="float32")
    # Floats to integers, the layer with its 32 weights of a byte, integers to floats.
    assert traffic_bytes(net.measurement(out), floats) == (64 + 16) + (16 + 32 + 8) + (8 + 32)


def test_padding_is_written_and_read(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, weight, out = net.input(1, 1, 8, 8), net.weight("weight", 1, 1, 3, 3), net.new(1, 1, 4, 4)
    net.call("conv2d", out, input=x, weight=weight, bias=None, stride=(2, 2), padding=(1, 1), groups=1)
    measurement, copied = net.measurement(out), Deployment(explicit_padding=True)
    assert traffic_bytes(measurement, AS_IT_IS) == 4 * (64 + 9 + 16)
    assert traffic_bytes(measurement, copied) == 4 * (64 + 100) + 4 * (100 + 9 + 16)


def test_inputs_and_outputs(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, ids = net.input(10), net.input(3, dtype="int64")
    out = net.op("mul", x, shape=(4,))
    measurement = net.measurement(out, out, ids)
    assert io_bytes(measurement, AS_IT_IS) == 4 * 10 + 8 * 3 + 4 * 4 + 8 * 3
    assert io_bytes(measurement, INT8) == 10 + 8 * 3 + 4 + 8 * 3
    assert io_bytes(measurement, Deployment(activation_dtype="int8", io_dtype="float16")) == 2 * (10 + 4) + 2 * 8 * 3
