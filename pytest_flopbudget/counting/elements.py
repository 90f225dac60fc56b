"""Element types by torch's names, and how many bits an element takes."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_flopbudget.errors import FlopBudgetError, did_you_mean

BITS: Mapping[str, int] = {
    **{f"float{bits}": bits for bits in (64, 32, 16)},
    "bfloat16": 16,
    **{f"float8_{form}": 8 for form in ("e4m3fn", "e4m3fnuz", "e5m2", "e5m2fnuz", "e8m0fnu")},
    "float4_e2m1fn_x2": 8,
    **{f"complex{bits}": bits for bits in (128, 64, 32)},
    **{f"{sign}int{bits}": bits for sign in ("", "u") for bits in (64, 32, 16, 8, 7, 6, 5, 4, 3, 2, 1)},
    "bool": 8,
    "qint32": 32,
    "qint8": 8,
    "quint8": 8,
    "quint4x2": 4,
    "quint2x4": 2,
    **{f"bits{form}": 8 for form in ("8", "1x8", "2x4", "4x2")},
    "bits16": 16,
}


def deployed(dtype: str, wanted: str | None) -> str:
    """The type that a deployment gives tensors of a type: another one to floating numbers only, pairs of them not."""
    return wanted if wanted is not None and dtype.startswith(("float", "bfloat")) else dtype


def bytes_of(elements: int, dtype: str) -> int:
    """The bytes that some elements take side by side; the last of those smaller than a byte are filled up.

    Raises:
        FlopBudgetError: There is no such type.
    """
    if dtype not in BITS:
        raise FlopBudgetError(f"{dtype!r} is no element type{did_you_mean(dtype, BITS)}")
    return -(-elements * BITS[dtype] // 8)
