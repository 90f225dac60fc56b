from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flopbudget.declaring.inputs import Inputs, TensorInput, bind, dimensions, parse_inputs, parse_tensor
from pytest_flopbudget.errors import InputError

GRAMMAR = "write [dtype:]dims[ = fill], as in '1x3x224x224', '1x3xRxR' or 'int64:1xT = 1'"


@pytest.mark.parametrize(
    ("text", "tensor"),
    [
        ("1x3x224x224", TensorInput((1, 3, 224, 224))),
        ("7", TensorInput((7,))),
        ("1x3xRxR", TensorInput((1, 3, "R", "R"))),
        ("1xSEQ_LENxX", TensorInput((1, "SEQ_LEN", "X"))),
        ("int64:1xT = 1", TensorInput((1, "T"), "int64", 1)),
        ("int64:1xT=1", TensorInput((1, "T"), "int64", 1)),
        (" float16 : 2 x 3 ", TensorInput((2, 3), "float16")),
        ("bool:1xT = true", TensorInput((1, "T"), "bool", True)),
        ("1x3 = 0.5", TensorInput((1, 3), None, 0.5)),
        (f"{2**63 - 1}", TensorInput((2**63 - 1,))),
    ],
)
def test_tensors(text: str, tensor: TensorInput) -> None:
    assert parse_tensor(text) == tensor


def test_a_text_is_one_positional_input() -> None:
    assert parse_inputs("1x3") == Inputs((TensorInput((1, 3)),))


def test_a_list_is_positional_inputs_and_a_list_in_it_a_list_argument() -> None:
    assert parse_inputs(["1x3", ["3xHxW", "3x8x8"], []]) == Inputs(
        (TensorInput((1, 3)), (TensorInput((3, "H", "W")), TensorInput((3, 8, 8))), ())
    )


def test_a_table_is_keyword_inputs_and_a_table_in_it_a_dict_argument() -> None:
    written = {"ids": "int64:1xT", "more": {"mask": "int64:1xT = 1", "images": ["3x8x8"]}}
    assert parse_inputs(written) == Inputs(
        keyword={
            "ids": TensorInput((1, "T"), "int64"),
            "more": {"mask": TensorInput((1, "T"), "int64", 1), "images": (TensorInput((3, 8, 8)),)},
        }
    )


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", f"'' is no input: it has no sizes; {GRAMMAR}"),
        ("int64:", f"'int64:' is no input: it has no sizes; {GRAMMAR}"),
        ("1x3x", f"'1x3x' is no input: a size is missing; {GRAMMAR}"),
        ("1xx3", f"'1xx3' is no input: a size is missing; {GRAMMAR}"),
        ("1x-3", "'1x-3' is no input: a size is at least 1, not -3"),
        ("1x0", "'1x0' is no input: a size is at least 1: on an empty tensor there is nothing to count"),
        (f"1x{2**63}", f"'1x{2**63}' is no input: '{2**63}' is too great for a size; the greatest is 2**63 - 1"),
        ("9" * 60, f"'{'9' * 60}' is no input: '{'9' * 60}' is too great for a size; the greatest is 2**63 - 1"),
        ("1x3xrxr", "'1x3xrxr' is no input: 'r' is no size; a named dimension is written in capitals: 'R'"),
        ("1x3.5", f"'1x3.5' is no input: '3.5' is neither a size nor a named dimension; {GRAMMAR}"),
        ("1, 3", f"'1, 3' is no input: '1, 3' is neither a size nor a named dimension; {GRAMMAR}"),
        ("1X3", f"'1X3' is no input: '1X3' is neither a size nor a named dimension; {GRAMMAR}"),
        ("1x٣", f"'1x٣' is no input: '٣' is neither a size nor a named dimension; {GRAMMAR}"),
        ("1xR2", f"'1xR2' is no input: 'R2' is neither a size nor a named dimension; {GRAMMAR}"),
        ("float:1x3", "'float:1x3' is no input: 'float' is no element type; did you mean 'float32'?"),
        ("1x3 =", "'1x3 =' is no input: '' is no fill: write a number, true or false"),
        ("1x3 = 1 = 1", "'1x3 = 1 = 1' is no input: '1 = 1' is no fill: write a number, true or false"),
        ("uint8:3 = 256", "'uint8:3 = 256' is no input: '256' is no fill of uint8: write a whole number from 0 to 255"),
        ([1, 3, 224, 224], "a list is no input: write the shape as text: '1x3x224x224'"),
        ([1, 3, "R", "R"], "a list is no input: write the shape as text: '1x3xRxR'"),
        (224, f"224 is no input: {GRAMMAR}"),
        (True, f"true is no input: {GRAMMAR}"),
    ],
)
def test_what_is_no_input(written: object, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_inputs(written)
    assert str(caught.value) == message
    assert [path for path, _ in caught.value.mistakes] == [()]


def test_every_mistake_has_its_path() -> None:
    with pytest.raises(InputError) as caught:
        parse_inputs({"x": "1x3", "y": [[1, 2], "half:3"], "z": {"w": False}})
    assert caught.value.mistakes == (
        (("y", 0), "a list is no input: write the shape as text: '1x2'"),
        (("y", 1), "'half:3' is no input: 'half' is no element type; did you mean 'float16'?"),
        (("z", "w"), f"false is no input: {GRAMMAR}"),
    )


def test_dimensions_are_listed_once_in_order_of_appearance() -> None:
    inputs = parse_inputs(["1xWxH", {"a": ["HxD"], "b": "WxB"}])
    assert dimensions(inputs) == ("W", "H", "D", "B")
    assert dimensions(parse_inputs("1x3")) == ()


def test_bind_gives_every_dimension_a_number() -> None:
    inputs = parse_inputs({"x": ["1xHxW = 1", "int64:T"], "y": {"z": "WxW"}})
    assert bind(inputs, {"H": 2, "W": 3, "T": 5}) == parse_inputs({"x": ["1x2x3 = 1", "int64:5"], "y": {"z": "3x3"}})


def test_bind_needs_every_dimension() -> None:
    with pytest.raises(KeyError, match="'W'"):
        bind(parse_inputs("HxW"), {"H": 2})


TEXTS = st.text("intflobax0123456789XR_:= .-", max_size=20) | st.text()
WRITTEN = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.floats(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
)


@given(WRITTEN)
def test_nothing_raises_anything_but_our_error(written: object) -> None:
    with suppress(InputError):
        inputs = parse_inputs(written)
        assert dimensions(bind(inputs, dict.fromkeys(dimensions(inputs), 1))) == ()
