"""Plans of made-up forwards: by hand, and what holds of any."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flopbudget.counting.boundary import Boundary
from pytest_flopbudget.counting.deployment import AS_IT_IS, FUSIONS, Deployment, Planner
from pytest_flopbudget.counting.elements import bytes_of
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.plan import Buffer, Step
from pytest_flopbudget.counting.memory.planning import arena_bytes, largest_tensor_bytes, peak_activation_bytes, plan
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec

if TYPE_CHECKING:
    from tests.unit.counting.memory.conftest import Forward

GREEDY = Deployment(planner="tflm-greedy")


def test_a_residual_by_hand(forward: Callable[[], Forward]) -> None:
    net = forward()
    x = net.input(10)
    a = net.op("mul", x, shape=(30,))
    b = net.op("mul", a, shape=(10,))
    out = net.op("mul", x, b)
    planned = plan(net.measurement(out), AS_IT_IS)
    assert planned.steps == (Step("aten::mul", ""),) * 3
    assert planned.buffers == (
        Buffer((10,), "float32", 40, 0, 2, "", "", "input"),
        Buffer((30,), "float32", 120, 0, 1, "aten::mul", ""),
        Buffer((10,), "float32", 40, 1, 2, "aten::mul", ""),
        Buffer((10,), "float32", 40, 2, 2, "aten::mul", "", "output"),
    )
    # Input, the wide one and the narrow one: 40 + 120 + 40.
    assert (planned.peak_step, planned.peak_bytes, planned.placed_bytes) == (1, 200, 200)
    assert [buffer.bytes for buffer in planned.alive()] == [120, 40, 40]
    assert [buffer.start for buffer in planned.alive(2)] == [0, 1, 2]
    assert largest_tensor_bytes(net.measurement(out), AS_IT_IS) == 120
    # The wide one below, 128 bytes, then two of 48.
    greedy = plan(net.measurement(out), GREEDY)
    assert [buffer.offset for buffer in greedy.buffers] == [176, 0, 128, 0]
    assert greedy.placed_bytes == 128 + 48 + 48


def test_an_output_lives_to_the_end(forward: Callable[[], Forward]) -> None:
    net = forward()
    x = net.input(1)
    first = net.op("mul", x, shape=(100,))
    second = net.op("mul", x, shape=(10,))
    third = net.op("mul", second, shape=(10,))
    assert plan(net.measurement(third), AS_IT_IS).peak_bytes == 4 * (1 + 100)
    # The first output beside both others.
    assert plan(net.measurement(first, third), AS_IT_IS).peak_bytes == 4 * (100 + 10 + 10)


def test_an_input_that_nobody_reads_lives_at_the_beginning(forward: Callable[[], Forward]) -> None:
    net = forward()
    net.input(100)
    x = net.input(10)
    out = net.op("mul", net.op("mul", x, shape=(60,)), shape=(60,))
    planned = plan(net.measurement(out), AS_IT_IS)
    assert planned.buffers[0].end == 0
    assert planned.peak_bytes == 4 * (100 + 10 + 60)


def test_of_several_results_those_that_are_read_have_buffers(forward: Callable[[], Forward]) -> None:
    net = forward()
    hidden, unread, cell = net.new(20), net.new(30), net.new(40)
    net.call("lstm", (hidden, unread, cell), self=net.input(10))
    planned = plan(net.measurement(net.op("mul", hidden, cell)), AS_IT_IS)
    assert [buffer.shape for buffer in planned.buffers] == [(10,), (20,), (40,), (20,)]
    assert planned.peak_bytes == 4 * (20 + 40 + 20)


def test_a_model_that_computes_nothing(forward: Callable[[], Forward]) -> None:
    net = forward()
    x = net.input(10)
    planned = plan(net.measurement(x), GREEDY)
    assert (planned.steps, planned.peak_bytes, planned.placed_bytes) == ((), 40, 48)
    assert plan(forward().measurement(), AS_IT_IS).peak_bytes == 0
    assert largest_tensor_bytes(forward().measurement(), AS_IT_IS) == 0


def test_an_arena_has_all_that_is_kept_in_ram(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, weight, cache = net.input(10), net.weight("fc.weight", 7), net.weight("fc.cache", 20, buffer=True)
    out = net.op("mul", x, weight, shape=(10,))
    net.call("copy_", cache, writes=[cache], self=cache, src=out)
    measurement = net.measurement(out)
    planned = plan(measurement, AS_IT_IS)
    assert (planned.peak_bytes, planned.state, planned.state_bytes) == (80, (("fc.cache", 80),), 80)
    assert arena_bytes(measurement, AS_IT_IS) == 80 + 80
    assert arena_bytes(measurement, GREEDY) == 2 * 48 + 80
    everything = Deployment(arena_overhead=1000, weights_in="ram", weight_dtype="int8")
    assert arena_bytes(measurement, everything) == 80 + 80 + 1000 + 7
    assert peak_activation_bytes(measurement, everything) == 80


@pytest.mark.parametrize("planner", ["liveness", "tflm-greedy"])
def test_a_forward_of_20_000_calls(forward: Callable[[], Forward], planner: Planner) -> None:
    """A chain whose input is wanted again at its end: three tensors of 1,024 bytes are alive, and three are placed."""
    net = forward()
    first = out = net.input(256)
    for _ in range(19_999):
        out = net.op("mul", out)
    planned = plan(net.measurement(net.op("add", out, first)), Deployment(planner=planner))
    assert (len(planned.steps), len(planned.buffers)) == (20_000, 20_001)
    assert (planned.peak_bytes, planned.placed_bytes) == (3 * 1024, 3 * 1024)


def made_up(seed: int) -> Measurement:
    """A forward of some thirty calls: views, writes in place, several outputs, anything that reads anything."""
    draw = random.Random(seed)
    storages = iter(range(10**6))

    def new() -> TensorSpec:
        return TensorSpec((draw.randint(1, 40),), draw.choice(["float32", "int8", "bool"]), next(storages))

    inputs = tuple(new() for _ in range(draw.randint(1, 3)))
    known, calls = list(inputs), []
    for _ in range(draw.randint(1, 30)):
        reads = [draw.choice(known) for _ in range(draw.randint(1, 3))]
        arguments: dict[str, object] = {f"x{at}": spec for at, spec in enumerate(reads)}
        way = draw.random()
        if way < 0.15:
            call = OperatorCall("aten::view", "", {"self": reads[0]}, replace(reads[0], shape=(1, *reads[0].shape)))
        elif way < 0.3:
            call = OperatorCall("aten::add_", "", arguments, reads[0], writes=(reads[0].storage,))
        else:
            outs = tuple(new() for _ in range(draw.choice([1, 1, 1, 2])))
            known += outs
            call = OperatorCall(draw.choice(["aten::mul", "aten::relu"]), "", arguments, outs)
        calls.append((call, Cost()))
    outputs = tuple(draw.choice(known) for _ in range(draw.randint(1, 2)))
    return Measurement(calls=tuple(calls), modules=(), boundary=Boundary(inputs, outputs))


def by_walking(measurement: Measurement) -> int:
    """The peak with nothing fused: at each call, what was made by then and is still read or put out."""
    boundary = measurement.boundary
    assert boundary is not None
    calls = [call for call, _ in measurement.calls if call.operator != "aten::view"]
    sizes = {spec.storage: bytes_of(spec.numel, spec.dtype) for spec in boundary.inputs}
    wanted = {spec.storage for spec in boundary.outputs}
    reads = [{spec.storage for spec in call.arguments.values() if isinstance(spec, TensorSpec)} for call in calls]
    peak, alive = sum(sizes.values()), set(sizes)
    for at, call in enumerate(calls):
        later = set().union(*reads[at:], wanted)
        alive = {storage for storage in alive if storage in later or at == 0}
        for behind, spec in enumerate(call.outputs):
            sizes[spec.storage] = bytes_of(spec.numel, spec.dtype)
            if behind == 0 or spec.storage in set().union(*reads[at + 1 :], wanted):
                alive.add(spec.storage)
        peak = max(peak if at else 0, sum(sizes[storage] for storage in alive))
    return peak


DEPLOYMENTS = [Deployment(fusion=fusion, planner="tflm-greedy") for fusion in FUSIONS]
SEEDS = st.integers(0, 10**9)


@given(SEEDS)
def test_the_peak_is_that_of_walking_through_the_calls(seed: int) -> None:
    measurement = made_up(seed)
    assert peak_activation_bytes(measurement, AS_IT_IS) == by_walking(measurement)


@given(SEEDS)
def test_a_peak_has_room_for_every_step(seed: int) -> None:
    measurement = made_up(seed)
    planned = plan(measurement, AS_IT_IS)
    for call, _ in measurement.calls:
        if call.operator != "aten::view":
            made = call.outputs[:1]
            touched = {spec.storage: spec for spec in (*call.arguments.values(), *made) if isinstance(spec, TensorSpec)}
            step = sum(bytes_of(spec.numel, spec.dtype) for spec in touched.values())
            assert planned.peak_bytes >= step
    assert planned.peak_bytes >= largest_tensor_bytes(measurement, AS_IT_IS)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=FUSIONS)
@given(seed=SEEDS)
def test_a_plan_overlaps_nothing_and_needs_no_less_than_is_alive(deployment: Deployment, seed: int) -> None:
    planned = plan(made_up(seed), deployment)
    assert planned.placed_bytes >= planned.peak_bytes
    assert planned.peak_bytes == sum(buffer.bytes for buffer in planned.alive())
    assert all(sum(each.bytes for each in planned.alive(at)) <= planned.peak_bytes for at in range(len(planned.steps)))
    for at, one in enumerate(planned.buffers):
        assert one.offset is not None
        assert one.offset + one.bytes <= planned.placed_bytes
        for other in planned.buffers[:at]:
            assert other.offset is not None
            at_once = one.start <= other.end and other.start <= one.end
            assert not (at_once and one.offset < other.offset + other.bytes and other.offset < one.offset + one.bytes)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=FUSIONS)
@given(seed=SEEDS, choice=st.integers(0, 10**6))
def test_another_consumer_lowers_no_peak(deployment: Deployment, seed: int, choice: int) -> None:
    measurement = made_up(seed)
    assert measurement.boundary is not None
    known = [*measurement.boundary.inputs, *(spec for call, _ in measurement.calls for spec in call.outputs)]
    consumer = OperatorCall("aten::sum", "", {"self": known[choice % len(known)]}, TensorSpec((), "float32", 10**7))
    more = replace(measurement, calls=(*measurement.calls, (consumer, Cost())))
    assert peak_activation_bytes(more, deployment) >= peak_activation_bytes(measurement, deployment)


@given(SEEDS)
def test_fusing_raises_no_peak(seed: int) -> None:
    peaks = [peak_activation_bytes(made_up(seed), deployment) for deployment in DEPLOYMENTS]
    assert peaks == sorted(peaks, reverse=True)
