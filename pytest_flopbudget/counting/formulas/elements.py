"""What the formula files share: counting elements, products and additions, and naming operators.

The convention of ``other_flops``: one addition, subtraction, multiplication, division, comparison, rounding,
change of sign, logical or bit operation is one FLOP, and so is one function of the mathematical library
(``exp``, ``log``, ``sqrt``, ``sin``, ``erf``, ``pow``, ...), whatever the element type. An operator costs what
its definition costs when it is written out in these; a complex element counts as two. A product is a MAC only
where products are summed over a contracted dimension.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_flopbudget.counting.operators import Cost, TensorSpec

Output = TensorSpec | tuple[TensorSpec, ...]


def real_numbers(tensor: TensorSpec) -> int:
    """The real numbers in one element: two in a complex one."""
    return 2 if tensor.is_complex else 1


def elements(tensor: TensorSpec) -> int:
    """The real numbers that the tensor holds."""
    return real_numbers(tensor) * tensor.numel


def first(out: Output) -> TensorSpec:
    """The output, or the first of several (values stand before their indices and saved statistics)."""
    return out if isinstance(out, TensorSpec) else out[0]


def per_element(flops: int, tensor: TensorSpec) -> Cost:
    """No MACs, and that many other FLOPs for each element of the tensor."""
    return Cost(other_flops=flops * elements(tensor))


def addition(bias: TensorSpec | None, out: TensorSpec) -> Cost:
    """What adding a bias costs, if there is one: one FLOP for each element of the output."""
    return Cost() if bias is None else per_element(1, out)


def sums(tensor: TensorSpec, count: int) -> Cost:
    """What adding the tensor's elements up to that many sums costs: n - count additions, none without elements."""
    return Cost(other_flops=max(elements(tensor) - real_numbers(tensor) * count, 0))


def real_products(tensor: TensorSpec) -> int:
    """The real MACs in one MAC of such elements: a complex product is four."""
    return 4 if tensor.is_complex else 1


def rows(tensor: TensorSpec, dim: int) -> tuple[int, int]:
    """How many rows the tensor has along a dimension, and their length; a scalar is one row of one."""
    if not tensor.shape:
        return 1, 1
    dim %= len(tensor.shape)
    return math.prod(tensor.shape[:dim] + tensor.shape[dim + 1 :]), tensor.shape[dim]


def broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that the shapes take together; sizes of 1 stretch to the others', missing ones are 1."""
    rank = max((len(shape) for shape in shapes), default=0)
    padded = ((1,) * (rank - len(shape)) + shape for shape in shapes)
    return tuple(next((size for size in sizes if size != 1), 1) for sizes in zip(*padded, strict=True))


def window(kernel_size: Sequence[int], dims: int) -> int:
    """The elements of a kernel; one size stands for all of its dimensions."""
    sizes = tuple(kernel_size)
    return math.prod(sizes if len(sizes) == dims else sizes * dims)


def in_place_too(*names: str) -> tuple[str, ...]:
    """The operators ``aten::name``, each followed by its in-place twin ``aten::name_``."""
    return tuple(operator for name in names for operator in (f"aten::{name}", f"aten::{name}_"))
