"""Quantized tables of rows: looking a row up and dequantising it, its scale and offset once a row: 2 an element."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.formulas.placing import embedding_bag
from pytest_flopbudget.counting.formulas.quantisation import DEQUANTISE, QUANTISE
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

_BITS = ("2bit", "4bit", "byte")
# The least and the greatest of a row, whose range and scale make up for the two comparisons that one element lacks.
_EXTREMES = 2


@formula("quantized::embedding_byte", "quantized::embedding_4bit")
def quantized_embedding(*, out: TensorSpec, **_: object) -> Cost:
    """[*, d] = the rows of [*], dequantised: 2 an output element"""
    return per_element(DEQUANTISE, out)


@formula(
    *(f"quantized::embedding_bag_{bits}" for bits in ("4bit", "byte")),
    *(f"quantized::embedding_bag_{bits}_rowwise_offsets" for bits in _BITS),
)
def quantized_embedding_bag(
    indices: TensorSpec,
    *,
    out: TensorSpec,
    mode: int = 0,
    per_sample_weights: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """embedding_bag, and each row that is looked up dequantised: 2 an element"""
    looked_up = TensorSpec((indices.numel, out.shape[-1]), out.dtype)
    bags = embedding_bag(indices, out=out, mode=mode, per_sample_weights=per_sample_weights)
    return bags + per_element(DEQUANTISE, looked_up)


@formula(*(f"quantized::embedding_bag_{bits}_unpack" for bits in _BITS))
def unpack_rows(*, out: TensorSpec, **_: object) -> Cost:
    """Every row dequantised: 2 an element"""
    return per_element(DEQUANTISE, out)


@formula(*(f"quantized::embedding_bag_{bits}_prepack" for bits in _BITS))
def pack_rows(weight: TensorSpec, **_: object) -> Cost:
    """Every row quantised: 5 an element, and 2 for the least and the greatest with the scale"""
    return per_element(QUANTISE + _EXTREMES, weight)
