"""Matrix products: one MAC for each product that is summed over a contracted dimension.

Products that nothing sums are no MACs: ``outer``, ``ger`` and ``kron`` are multiplications, and ``addr`` is a
multiplication and an addition an element. ``einsum``, ``inner``, ``tensordot``, ``chain_matmul``,
``linalg.multi_dot`` and ``matrix_power`` have no formula: they are decomposed and counted by their pieces,
an einsum's operands from left to right. Source of all: the definition of the product.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.elements import addition, broadcast, in_place_too, per_element, real_products
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::linear")
def linear(input: TensorSpec, *, out: TensorSpec, bias: TensorSpec | None = None, **_: object) -> Cost:
    """[*, p] = linear([*, m], [p, m]) + [p], or [*] = linear([*, m], [m])

    MACs: output elements × m; the bias is one FLOP an output element.
    """
    return _product(out, input.shape[-1]) + addition(bias, out)


@formula("aten::mkldnn_linear")
def mkldnn_linear(self: TensorSpec, *, out: TensorSpec, bias: TensorSpec | None = None, **_: object) -> Cost:
    """[*, p] = linear([*, m], [p, m]) + [p]"""
    return linear(self, out=out, bias=bias)


@formula("aten::matmul", "aten::mm", "aten::bmm", "aten::mv", "aten::dot", "aten::vdot", "aten::_int_mm")
def matmul(self: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[*b, n, p] = matmul([*b, n, m], [*b, m, p]), batch dimensions broadcast; n, p or both may be missing

    MACs: output elements × m.
    """
    return _product(out, self.shape[-1])


@formula("aten::linalg_vecdot")
def vecdot(x: TensorSpec, y: TensorSpec, *, out: TensorSpec, dim: int = -1, **_: object) -> Cost:
    """[*b] = vecdot([*b, m], [*b, m]) along dim, batch dimensions broadcast: output elements × m MACs."""
    return _product(out, broadcast(x.shape, y.shape)[dim])


@formula(*in_place_too("addmm"))
def addmm(mat1: TensorSpec, *, out: TensorSpec, beta: complex = 1, alpha: complex = 1, **_: object) -> Cost:
    """[n, p] = beta * self + alpha * ([n, m] @ [m, p])

    MACs: n × m × p. Other FLOPs: those of :func:`scaled_sum`.
    """
    return _product(out, mat1.shape[-1]) + scaled_sum(out, beta, alpha)


@formula(*in_place_too("addmv"))
def addmv(mat: TensorSpec, *, out: TensorSpec, beta: complex = 1, alpha: complex = 1, **_: object) -> Cost:
    """[n] = beta * self + alpha * ([n, m] @ [m]): n × m MACs, and the sum."""
    return _product(out, mat.shape[-1]) + scaled_sum(out, beta, alpha)


@formula(*in_place_too("baddbmm"))
def baddbmm(batch1: TensorSpec, *, out: TensorSpec, beta: complex = 1, alpha: complex = 1, **_: object) -> Cost:
    """[b, n, p] = beta * self + alpha * ([b, n, m] @ [b, m, p]): b × n × m × p MACs, and the sum."""
    return _product(out, batch1.shape[-1]) + scaled_sum(out, beta, alpha)


@formula(*in_place_too("addbmm"))
def addbmm(batch1: TensorSpec, *, out: TensorSpec, beta: complex = 1, alpha: complex = 1, **_: object) -> Cost:
    """[n, p] = beta * self + alpha * sum over b of ([b, n, m] @ [b, m, p]): b × n × m × p MACs, and the sum."""
    batch, _n, m = batch1.shape
    return _product(out, batch * m) + scaled_sum(out, beta, alpha)


@formula(*in_place_too("addr"))
def addr(*, out: TensorSpec, beta: complex = 1, alpha: complex = 1, **_: object) -> Cost:
    """[n, p] = beta * self + alpha * outer([n], [p]): no MAC, one multiplication an element, and the sum."""
    return per_element(1, out) + scaled_sum(out, beta, alpha)


@formula("aten::bilinear")
def bilinear(
    input1: TensorSpec, input2: TensorSpec, *, out: TensorSpec, bias: TensorSpec | None = None, **_: object
) -> Cost:
    """[*, p] = bilinear([*, n], [*, m], [p, n, m]) + [p], by the definition x1' A x2

    MACs: output elements × n × m; the operator is counted whole.
    """
    return _product(out, input1.shape[-1] * input2.shape[-1]) + addition(bias, out)


@formula("aten::_trilinear")
def trilinear(
    i1: TensorSpec,
    i2: TensorSpec,
    i3: TensorSpec,
    expand1: Sequence[int],
    expand2: Sequence[int],
    expand3: Sequence[int],
    **_: object,
) -> Cost:
    """The sum over ``sumdim`` of i1 * i2 * i3, each given dimensions of 1 at its ``expand``

    MACs: the elements of the three broadcast together, as in bilinear, whose piece this is.
    """
    products = broadcast(_expanded(i1, expand1), _expanded(i2, expand2), _expanded(i3, expand3))
    return Cost(real_products(i1) * math.prod(products))


@formula("aten::affine_grid_generator", "aten::cudnn_affine_grid_generator")
def affine_grid_generator(theta: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[n, *size, d] = [n, *size, d + 1] @ [n, d, d + 1]: output elements × (d + 1) MACs."""
    return _product(out, theta.shape[-1])


def scaled_sum(out: TensorSpec, beta: complex, alpha: complex) -> Cost:
    """What ``beta * self + alpha * product`` costs beside the product.

    One addition an output element, none where beta is 0 (self is not read then); one multiplication for a
    beta that is neither 0 nor 1, and one for an alpha other than 1.
    """
    return per_element((beta != 0) + (beta not in (0, 1)) + (alpha != 1), out)


def _product(out: TensorSpec, contracted: int) -> Cost:
    return Cost(real_products(out) * out.numel * contracted)


def _expanded(tensor: TensorSpec, dims: Sequence[int]) -> tuple[int, ...]:
    sizes = iter(tensor.shape)
    total = len(tensor.shape) + len(dims)
    return tuple(1 if dim in dims else next(sizes) for dim in range(total))
