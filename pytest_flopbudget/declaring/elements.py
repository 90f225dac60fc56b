"""Element types by torch's names, and the values that fit them. Nothing here knows torch."""

from __future__ import annotations

import math
import re

from pytest_flopbudget.errors import InputError, nearest, shown

_INTEGERS = {
    "uint8": (0, 2**8 - 1),
    "int8": (-(2**7), 2**7 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
}
# The greatest finite value of each; complex numbers have the parts of the float of half their size.
_FLOATS = {
    "float16": 65504.0,
    "bfloat16": (2.0 - 2.0**-7) * 2.0**127,
    "float32": (2.0 - 2.0**-23) * 2.0**127,
    "float64": math.inf,
    "complex64": (2.0 - 2.0**-23) * 2.0**127,
    "complex128": math.inf,
}
DTYPES = (*_FLOATS, *_INTEGERS, "bool")

_OTHER_NAMES = {
    "float": "float32",
    "double": "float64",
    "half": "float16",
    "short": "int16",
    "int": "int32",
    "long": "int64",
    "char": "int8",
    "byte": "uint8",
    "boolean": "bool",
    "complex": "complex64",
    "fp16": "float16",
    "fp32": "float32",
    "fp64": "float64",
    "bf16": "bfloat16",
}
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|inf|nan)")


def parse_dtype(text: str) -> str:
    """An element type by torch's name.

    Raises:
        InputError: It is none; the nearest right name is told.
    """
    if text in DTYPES:
        return text
    name = text.removeprefix("torch.").lower()
    right = name if name in DTYPES else _OTHER_NAMES.get(name)
    if right is None:
        near = nearest(name, (*_OTHER_NAMES, *DTYPES))
        right = _OTHER_NAMES.get(near, near) if near else None
    hint = f"did you mean {right!r}?" if right else f"these are: {' '.join(DTYPES)}"
    raise InputError(((), f"{shown(text)} is no element type; {hint}"))


def parse_fill(text: str, dtype: str | None) -> int | float | bool:
    """The value of every element.

    Args:
        text: A number, ``true`` or ``false``.
        dtype: The element type that it must fit; None is any float.

    Raises:
        InputError: It is no value, or does not fit.
    """
    if text in ("true", "false"):
        if dtype != "bool":
            raise _misfit(text, dtype, "true and false are values of 'bool'")
        return text == "true"
    if dtype == "bool":
        raise _misfit(text, dtype, "write true or false")
    if not _FLOAT.fullmatch(text):
        raise InputError(((), f"{shown(text)} is no fill: write a number, true or false"))
    if dtype in _INTEGERS:
        return _integer(text, dtype)
    value = float(text)
    greatest = _FLOATS[dtype] if dtype else math.inf
    if math.isfinite(value) and abs(value) > greatest:
        raise _misfit(text, dtype, f"its greatest value is {greatest:.6g}")
    return value


def _integer(text: str, dtype: str) -> int:
    low, high = _INTEGERS[dtype]
    if not _INTEGER.fullmatch(text) or not low <= int(text) <= high:
        raise _misfit(text, dtype, f"write a whole number from {low} to {high}")
    return int(text)


def _misfit(text: str, dtype: str | None, expected: str) -> InputError:
    return InputError(((), f"{shown(text)} is no fill of {dtype or 'a float'}: {expected}"))
