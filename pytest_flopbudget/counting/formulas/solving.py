"""Systems of linear equations: no MACs, FLOPs by substitution, which is exact.

A triangular system of n takes n divisions, n * (n - 1) / 2 products and as many subtractions: n ** 2 a column of the
right side, n * (n - 1) where the diagonal is 1. Conventions and sources are those of ``factorisations.py``.
"""

from __future__ import annotations

from fractions import Fraction

from pytest_flopbudget.counting.formulas.factorisations import geqrf, lu, on_matrices, svd
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::linalg_solve_triangular")
def solve_triangular(
    self: TensorSpec, *, out: TensorSpec, left: bool = True, unitriangular: bool = False, **_: object
) -> Cost:
    """[*b, n, r] = A⁻¹ B, or [*b, r, n] = B A⁻¹: n ** 2 a column (or row) of B, n * (n - 1) with a diagonal of 1"""
    return _columns(out, _triangular(self.shape[-1], unit=unitriangular), left=left)


@formula("aten::triangular_solve")
def triangular_solve(
    A: TensorSpec,
    *,
    out: tuple[TensorSpec, ...],
    unitriangular: bool = False,
    **_: object,
) -> Cost:
    """solve_triangular, by its older name"""
    return solve_triangular(A, out=out[0], unitriangular=unitriangular)


@formula("aten::cholesky_solve")
def cholesky_solve(input2: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[*b, n, r] by the factor [*b, n, n]: two triangular systems a column: 2 * n ** 2"""
    n = input2.shape[-1]
    return _columns(out, 2 * _triangular(n))


@formula("aten::_cholesky_solve_helper")
def cholesky_solve_helper(A: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """cholesky_solve, its factor called ``A``"""
    return cholesky_solve(A, out=out)


@formula("aten::linalg_lu_solve")
def lu_solve(LU: TensorSpec, *, out: TensorSpec, left: bool = True, **_: object) -> Cost:
    """[*b, n, r] by the factors [*b, n, n]: two triangular systems, L's with a diagonal of 1: 2 * n ** 2 - n"""
    n = LU.shape[-1]
    return _columns(out, _triangular(n) + _triangular(n, unit=True), left=left)


@formula("aten::linalg_ldl_solve")
def ldl_solve(LD: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[*b, n, r] by the factors [*b, n, n]: two systems with a diagonal of 1, and n divisions: 2 * n ** 2 - n"""
    n = LD.shape[-1]
    return _columns(out, 2 * _triangular(n, unit=True) + n)


@formula("aten::_linalg_solve_ex")
def solve(
    A: TensorSpec,
    *,
    out: tuple[TensorSpec, ...],
    left: bool = True,
    **_: object,
) -> Cost:
    """[*b, n, r] = A⁻¹ B: LU, then lu_solve"""
    result = out[0]
    if len(result.shape) == len(A.shape) - 1:
        result = TensorSpec((*result.shape, 1), result.dtype)
    return lu(A) + lu_solve(A, out=result, left=left)


@formula("aten::linalg_inv_ex")
def inverse(A: TensorSpec, **_: object) -> Cost:
    """[*b, n, n] = A⁻¹: 2 * n ** 3, by LU and the inverses of its factors (section 3.2)"""
    return on_matrices(A, 2 * A.shape[-1] ** 3)


@formula("aten::cholesky_inverse")
def cholesky_inverse(self: TensorSpec, **_: object) -> Cost:
    """[*b, n, n] = (L L')⁻¹ from L: 2 / 3 * n ** 3, the factor's inverse and its product with itself n ** 3 / 3 each"""
    return on_matrices(self, Fraction(2 * self.shape[-1] ** 3, 3))


@formula("aten::linalg_lstsq")
def lstsq(self: TensorSpec, b: TensorSpec, *, driver: str | None = None, **_: object) -> Cost:
    """The least squares of A [*b, m, n] and [*b, m, r]: QR, Q' on each column and a triangular system

    With k the lesser of m and n: geqrf; a column 4 * m * k - 2 * k ** 2, and k ** 2. With ``driver`` "gelsd" or
    "gelss" an svd, and a column 2 * m * k products with U', k divisions, 2 * n * k with V.
    """
    rows, columns = self.shape[-2:]
    k = min(rows, columns)
    sides = 1 if len(b.shape) == len(self.shape) - 1 else b.shape[-1]
    if driver in ("gelsd", "gelss"):
        return svd(self) + on_matrices(self, sides * (2 * rows * k + k + 2 * columns * k))
    return geqrf(self) + on_matrices(self, sides * (4 * rows * k - 2 * k**2 + _triangular(k)))


def _triangular(size: int, *, unit: bool = False) -> int:
    return size * (size - 1) if unit else size**2


def _columns(out: TensorSpec, flops: int, *, left: bool = True) -> Cost:
    """That many FLOPs for each column of the solution, or for each of its rows."""
    others = out.shape[-1] if left else out.shape[-2]
    return on_matrices(out, flops * others)
