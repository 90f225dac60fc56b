"""What calls do to memory: which activations they read, and which they make."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pytest_flopbudget.counting.boundary import Boundary, Replaced
from pytest_flopbudget.counting.memory.actions import Actions, actions_of
from pytest_flopbudget.counting.operators import TensorSpec

if TYPE_CHECKING:
    from tests.unit.counting.memory.conftest import Forward


def actions(net: Forward, *outputs: TensorSpec) -> Actions:
    return actions_of(net.calls, Boundary(tuple(net.inputs), outputs, tuple(net.weights)))


def told(net: Forward, *outputs: TensorSpec) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    """Each step's operator, and the storages that it reads and makes."""
    steps = actions(net, *outputs).steps
    return [(step.operator, step.reads, tuple(made.spec.storage for made in step.makes)) for step in steps]


def test_a_view_is_no_step(forward: Callable[[], Forward]) -> None:
    net = forward()
    x = net.input(6)
    turned = TensorSpec((3, 2), x.dtype, x.storage)
    net.call("view", turned, self=x, size=(3, 2))
    net.call("unsqueeze_", turned, self=x, writes=[x])
    net.call("dropout", x, input=x, p=0.5, train=False)
    out = net.op("mul", turned)
    assert told(net, out) == [("aten::mul", (x.storage,), (out.storage,))]


def test_constants_are_no_activations(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, weight = net.input(6), net.weight("weight", 6, 6)
    turned = net.op("t_copy", weight)
    zeros = net.new(6)
    net.call("zeros", zeros, size=(6,))
    alike = net.op("zeros_like", x)
    out = net.op("addmm", alike, x, turned)
    assert told(net, out) == [("aten::addmm", (x.storage,), (out.storage,))]
    assert actions(net, zeros).outputs == frozenset()


@pytest.mark.parametrize("operator", ["randn", "randn_like", "bernoulli"])
def test_random_numbers_are_activations(forward: Callable[[], Forward], operator: str) -> None:
    net = forward()
    table = net.weight("table", 6)
    noise = net.op(operator, table)
    assert told(net, noise) == [(f"aten::{operator}", (), (noise.storage,))]


def test_a_constant_is_an_activation_from_its_first_write_on(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, zeros = net.input(2), net.new(3, 2)
    net.call("zeros", zeros, size=(3, 2))
    net.call("fill_", zeros, self=zeros, value=1, writes=[zeros])
    row = TensorSpec((2,), "float32", zeros.storage)
    net.call("copy_", row, self=row, src=x, writes=[row])
    net.call("copy_", row, self=row, src=x, writes=[row])
    assert told(net, zeros) == [
        ("aten::copy_", (x.storage,), (zeros.storage,)),
        ("aten::copy_", (zeros.storage, x.storage), ()),
    ]
    # All of it is made by the write to a part.
    assert [made.spec for step in actions(net).steps for made in step.makes] == [zeros]


def test_what_is_written_in_another_shape_keeps_its_own(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, zeros = net.input(6), net.new(3, 2)
    net.call("zeros", zeros, size=(3, 2))
    flat = TensorSpec((6,), "float32", zeros.storage)
    net.call("copy_", flat, self=flat, src=x, writes=[flat])
    ((made,),) = [step.makes for step in actions(net).steps]
    assert (made.spec, made.is_secondary) == (zeros, False)


def test_what_a_write_makes_larger(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, empty = net.input(6), net.new(0)
    net.call("empty", empty, size=(0,))
    grown = TensorSpec((6,), "float32", empty.storage)
    net.call("mul", grown, self=x, other=2, out=grown, writes=[grown])
    assert [made.spec for step in actions(net).steps for made in step.makes] == [grown]


def test_state_is_what_is_there_before_and_after(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, hidden = net.input(6), net.weight("cell.hidden", 6, buffer=True)
    decayed = net.op("mul", hidden)
    summed = net.op("add", decayed, x)
    net.call("copy_", hidden, self=hidden, src=summed, writes=[hidden])
    found = actions(net, hidden)
    assert found.state == {hidden.storage: hidden}
    assert found.outputs == frozenset()
    # What is computed from the state before it is written is no constant either.
    assert told(net) == [
        ("aten::mul", (), (decayed.storage,)),
        ("aten::add", (decayed.storage, x.storage), (summed.storage,)),
        ("aten::copy_", (summed.storage,), ()),
    ]


def test_a_counter_is_state(forward: Callable[[], Forward]) -> None:
    net = forward()
    steps = net.weight("steps", dtype="int64", buffer=True)
    net.call("add_", steps, self=steps, other=1, writes=[steps])
    assert actions(net).state == {steps.storage: steps}


def test_what_is_read_and_replaced_is_state(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, past = net.input(6), net.weight("past", 4, buffer=True)
    joined = net.op("cat", past, x, shape=(10,))
    out = net.op("mul", joined)
    latest = TensorSpec((4,), joined.dtype, joined.storage)
    boundary = Boundary(tuple(net.inputs), (out,), tuple(net.weights), (Replaced("", "past", past, latest),))
    found = actions_of(net.calls, boundary)
    assert (found.state, found.kept) == ({past.storage: past}, frozenset([joined.storage]))
    assert [step.reads for step in found.steps] == [(x.storage,), (joined.storage,)]


def test_what_is_replaced_unread_is_only_a_note(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, last = net.input(6), net.weight("last", 6, buffer=True)
    out = net.op("mul", x)
    boundary = Boundary(tuple(net.inputs), (out,), tuple(net.weights), (Replaced("", "last", last, out),))
    found = actions_of(net.calls, boundary)
    assert (found.state, found.kept) == ({}, frozenset())


def test_of_what_grows_from_call_to_call_the_larger_is_kept(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, keys = net.input(1, 8), net.weight("keys", 3, 8, buffer=True)
    grown = net.op("cat", keys, x, shape=(4, 8))
    boundary = Boundary(tuple(net.inputs), (), tuple(net.weights), (Replaced("", "keys", keys, grown),))
    assert actions_of(net.calls, boundary).state == {keys.storage: grown}


def test_two_that_change_places_are_both_state(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, front, back = net.input(6), net.weight("front", 6, buffer=True), net.weight("back", 6, buffer=True)
    net.call("add_", back, self=back, other=front, writes=[back])
    out = net.op("add", x, front)
    swapped = (Replaced("", "front", front, back), Replaced("", "back", back, front))
    found = actions_of(net.calls, Boundary(tuple(net.inputs), (out,), tuple(net.weights), swapped))
    assert (set(found.state), found.kept) == ({front.storage, back.storage}, frozenset())


def test_outputs_of_one_storage_are_one(forward: Callable[[], Forward]) -> None:
    net = forward()
    x, whole = net.input(6), net.new(2, 3)
    parts = tuple(TensorSpec((2, 3), "float32", whole.storage) for _ in range(3))
    net.call("split_heads", parts, self=x)
    ((made,),) = [step.makes for step in actions(net).steps]
    assert (made.spec.numel, made.is_secondary) == (3 * 2 * 3, True)


def test_inputs_stand_in_their_order_each_storage_once(forward: Callable[[], Forward]) -> None:
    net = forward()
    first, second = net.input(1), net.input(2)
    net.inputs.append(TensorSpec((1, 1), "float32", first.storage))
    assert [(made.spec, made.is_secondary) for made in actions(net).inputs] == [(first, False), (second, False)]
