from __future__ import annotations

import math

import pytest

from pytest_flopbudget.declaring.elements import DTYPES, parse_dtype, parse_fill
from pytest_flopbudget.errors import InputError

NAMES = "float16 bfloat16 float32 float64 complex64 complex128 uint8 int8 int16 int32 int64 bool"


@pytest.mark.parametrize("name", NAMES.split())
def test_element_types_have_torch_names(name: str) -> None:
    assert parse_dtype(name) == name
    assert " ".join(DTYPES) == NAMES


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("float", "'float' is no element type; did you mean 'float32'?"),
        ("double", "'double' is no element type; did you mean 'float64'?"),
        ("half", "'half' is no element type; did you mean 'float16'?"),
        ("long", "'long' is no element type; did you mean 'int64'?"),
        ("int", "'int' is no element type; did you mean 'int32'?"),
        ("bf16", "'bf16' is no element type; did you mean 'bfloat16'?"),
        ("torch.int64", "'torch.int64' is no element type; did you mean 'int64'?"),
        ("Float32", "'Float32' is no element type; did you mean 'float32'?"),
        ("flot", "'flot' is no element type; did you mean 'float32'?"),
        ("int46", "'int46' is no element type; did you mean 'int64'?"),
        ("e4m3", f"'e4m3' is no element type; these are: {NAMES}"),
        ("", f"'' is no element type; these are: {NAMES}"),
    ],
)
def test_other_names_are_told_the_right_one(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_dtype(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "dtype", "value"),
    [
        ("1", "int64", 1),
        ("-128", "int8", -128),
        ("255", "uint8", 255),
        ("1", "float32", 1.0),
        ("0.5", None, 0.5),
        ("-1e-3", "bfloat16", -0.001),
        ("65504", "float16", 65504.0),
        ("-inf", "float32", -math.inf),
        ("2", "complex64", 2.0),
        ("true", "bool", True),
        ("false", "bool", False),
    ],
)
def test_fills_that_fit(text: str, dtype: str | None, value: float) -> None:
    fill = parse_fill(text, dtype)
    assert fill == value
    assert type(fill) is type(value)


@pytest.mark.parametrize(
    ("text", "dtype", "message"),
    [
        ("256", "uint8", "'256' is no fill of uint8: write a whole number from 0 to 255"),
        ("-1", "uint8", "'-1' is no fill of uint8: write a whole number from 0 to 255"),
        ("1.5", "int8", "'1.5' is no fill of int8: write a whole number from -128 to 127"),
        ("9" * 50, "int8", f"'{'9' * 50}' is no fill of int8: write a whole number from -128 to 127"),
        ("true", "int64", "'true' is no fill of int64: true and false are values of 'bool'"),
        ("true", None, "'true' is no fill of a float: true and false are values of 'bool'"),
        ("1", "bool", "'1' is no fill of bool: write true or false"),
        ("65505", "float16", "'65505' is no fill of float16: its greatest value is 65504"),
        ("1e39", "float32", "'1e39' is no fill of float32: its greatest value is 3.40282e+38"),
        ("ones", "float32", "'ones' is no fill: write a number, true or false"),
        ("", None, "'' is no fill: write a number, true or false"),
        ("1_0", None, "'1_0' is no fill: write a number, true or false"),
    ],
)
def test_fills_that_do_not_fit(text: str, dtype: str | None, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_fill(text, dtype)
    assert str(caught.value) == message
