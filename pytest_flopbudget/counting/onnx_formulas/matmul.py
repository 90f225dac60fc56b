"""ONNX's matrix products, by the formulas of torch's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pytest_flopbudget.counting.formulas import matmul
from pytest_flopbudget.counting.formulas.elements import per_element, real_products
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.onnx_formulas.naming import onnx
from pytest_flopbudget.counting.onnx_formulas.quantisation import requantised
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(*onnx("MatMul MatMulInteger"))
def product(A: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[*b, n, p] = MatMul([*b, n, m], [*b, m, p]): output elements × m MACs"""
    return matmul.matmul(A, out=out)


@formula(*onnx("QLinearMatMul"))
def quantized_product(a: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """MatMul of integers, its result brought to its own scale"""
    return matmul.matmul(a, out=out) + requantised(out)


@formula(*onnx("Gemm"))
def gemm(
    A: TensorSpec,
    *,
    out: TensorSpec,
    C: TensorSpec | None = None,
    transA: int = 0,
    alpha: float = 1,
    beta: float = 1,
    **_: object,
) -> Cost:
    """[n, p] = alpha * [n, m] @ [m, p] + beta * C, either transposed: n × m × p MACs, and the sum"""
    contracted = A.shape[0 if transA else -1]
    return Cost(real_products(out) * out.numel * contracted) + matmul.scaled_sum(out, 0 if C is None else beta, alpha)


@formula(*onnx("Einsum"))
def einsum(Inputs: tuple[TensorSpec, ...], equation: str, **_: object) -> Cost:
    """Operands from left to right; each meets what is there in one product over all of both's letters

    A product is of MACs where a letter is summed, else multiplications. Source: ONNX's documentation of Einsum.
    """
    terms, _arrow, result = equation.replace(" ", "").partition("->")
    operands = terms.split(",")
    result = (
        result if _arrow else "".join(sorted(each for each in set(terms) if terms.count(each) == 1 and each != ","))
    )
    sizes = _sizes(operands, Inputs)
    cost, held = Cost(), operands[0]
    for at, operand in enumerate(operands[1:], start=1):
        needed = set(result).union(*operands[at + 1 :])
        letters = dict.fromkeys(held + operand)
        elements = TensorSpec(tuple(sizes[each] for each in letters), Inputs[0].dtype)
        summed = not needed.issuperset(letters)
        cost += Cost(real_products(elements) * elements.numel) if summed else per_element(1, elements)
        held = "".join(each for each in letters if each in needed)
    return cost


def _sizes(operands: Sequence[str], tensors: Sequence[TensorSpec]) -> Mapping[str, int]:
    """The size of each letter; those that stand in for leading dimensions count as one letter, ``"."``."""
    sizes: dict[str, int] = {}
    for operand, tensor in zip(operands, tensors, strict=True):
        named = operand.replace("...", "")
        rest = len(tensor.shape) - len(named)
        before = operand.partition("...")[0] if "..." in operand else ""
        shape = tensor.shape[: len(before)] + tensor.shape[len(before) + rest :]
        sizes["."] = max(sizes.get(".", 1), math.prod(tensor.shape[len(before) : len(before) + rest]))
        for letter, size in zip(named, shape, strict=True):
            sizes[letter] = max(sizes.get(letter, 1), size)
    return sizes
