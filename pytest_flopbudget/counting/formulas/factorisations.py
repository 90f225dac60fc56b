"""Factorisations of matrices: no MACs, FLOPs by the customary counts, each rounded to an integer.

A batch costs that for each of its matrices, a complex matrix four times as much. Here A is [m, n] and k the lesser of
m and n. Searching for a pivot and exchanging rows are not counted; what depends on values, such as how fast an
iteration converges, is in the customary counts as their sources assume it.
Sources: Golub and Van Loan, Matrix Computations (4th edition, 2013), at the sections that are named; for Cholesky and
LU, exact, Blackford and Dongarra, Installation Guide for LAPACK (LAPACK Working Note 41, 1999), appendix C.
"""

from __future__ import annotations

import math
from fractions import Fraction

from pytest_flopbudget.counting.formulas.elements import real_products
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::cholesky", "aten::linalg_cholesky_ex")
def cholesky(self: TensorSpec, **_: object) -> Cost:
    """[*b, n, n] = cholesky([*b, n, n]): n * (n + 1) * (2 * n + 1) / 6, about n ** 3 / 3

    Column j takes j products and subtractions an element from the diagonal down, a root, and a division an element.
    """
    n = self.shape[-1]
    return on_matrices(self, Fraction(n * (n + 1) * (2 * n + 1), 6))


@formula("aten::linalg_lu_factor_ex", "aten::linalg_lu")
def lu(A: TensorSpec, **_: object) -> Cost:
    """[*b, m, n] = P L U: step j < k takes m - j - 1 divisions, and a product and a subtraction for each element left

    For n = m together n * (n - 1) * (4 * n + 1) / 6, about 2 / 3 * n ** 3.
    """
    rows, columns = A.shape[-2:]
    steps = range(min(rows, columns))
    return on_matrices(A, sum((rows - step - 1) * (2 * (columns - step) - 1) for step in steps))


@formula("aten::linalg_ldl_factor_ex")
def ldl(self: TensorSpec, **_: object) -> Cost:
    """[*b, n, n] = L D L': n ** 3 / 3 (section 4.4)"""
    return on_matrices(self, Fraction(self.shape[-1] ** 3, 3))


@formula("aten::geqrf")
def geqrf(self: TensorSpec, **_: object) -> Cost:
    """R and k reflections of [*b, m, n]: 4 * m * n * k - 2 * (m + n) * k ** 2 + 4 / 3 * k ** 3 (section 5.2)

    For m >= n that is 2 * n ** 2 * (m - n / 3).
    """
    rows, columns = self.shape[-2:]
    return on_matrices(self, reflections(rows, columns, min(rows, columns)))


@formula("aten::linalg_qr")
def qr(A: TensorSpec, *, out: tuple[TensorSpec, ...], mode: str = "reduced", **_: object) -> Cost:
    """R as of geqrf, and Q [*b, m, q] as of householder_product unless ``mode`` asks for R alone"""
    rows, columns = A.shape[-2:]
    product = reflections(rows, out[0].shape[-1], min(rows, columns)) if mode != "r" else 0
    return geqrf(A) + on_matrices(A, product)


@formula("aten::linalg_householder_product")
def householder_product(input: TensorSpec, tau: TensorSpec, **_: object) -> Cost:
    """Q [*b, m, n] of k reflections: 4 * m * n * k - 2 * (m + n) * k ** 2 + 4 / 3 * k ** 3 (section 5.1)"""
    return on_matrices(input, reflections(input.shape[-2], input.shape[-1], tau.shape[-1]))


@formula("aten::orgqr")
def orgqr(self: TensorSpec, input2: TensorSpec, **_: object) -> Cost:
    """householder_product by its older name"""
    return householder_product(self, input2)


@formula("aten::ormqr")
def ormqr(input2: TensorSpec, input3: TensorSpec, *, left: bool = True, **_: object) -> Cost:
    """Q [*b, m, n], or [*b, n, m] Q, by k reflections: 4 * m * n * k - 2 * n * k ** 2 (section 5.1)"""
    rows, columns = input3.shape[-2:] if left else reversed(input3.shape[-2:])
    count = input2.shape[-1]
    return on_matrices(input3, 4 * rows * columns * count - 2 * columns * count**2)


@formula("aten::_linalg_eigh")
def eigh(A: TensorSpec, *, compute_v: bool = True, **_: object) -> Cost:
    """Of symmetric [*b, n, n]: the values 4 / 3 * n ** 3, with the vectors 9 * n ** 3 (section 8.3)"""
    cube = A.shape[-1] ** 3
    return on_matrices(A, 9 * cube if compute_v else Fraction(4 * cube, 3))


@formula("aten::linalg_eigvals", "aten::_linalg_eigvals")
def eigvals(self: TensorSpec, **_: object) -> Cost:
    """The values of [*b, n, n]: 10 * n ** 3 (section 7.5)"""
    return on_matrices(self, 10 * self.shape[-1] ** 3)


@formula("aten::linalg_eig")
def eig(self: TensorSpec, **_: object) -> Cost:
    """Values and vectors of [*b, n, n]: 26 1/3 * n ** 3

    The Schur form T and its Q are 25 * n ** 3 (section 7.5); n triangular systems of up to n, n ** 3 / 3, and their
    product with Q, n ** 3.
    """
    return on_matrices(self, (25 + Fraction(4, 3)) * self.shape[-1] ** 3)


@formula("aten::_linalg_svd")
def svd(A: TensorSpec, *, full_matrices: bool = False, compute_uv: bool = True, **_: object) -> Cost:
    """Of [*b, m, n], with m the greater: by the Golub–Reinsch algorithm (section 8.6)

    The values alone 4 * m * n ** 2 - 4 / 3 * n ** 3; with U [m, n] and V 14 * m * n ** 2 + 8 * n ** 3; with the whole
    U [m, m] and V 4 * m ** 2 * n + 8 * m * n ** 2 + 9 * n ** 3.
    """
    n, m = sorted(A.shape[-2:])
    if not compute_uv:
        return on_matrices(A, 4 * m * n**2 - Fraction(4 * n**3, 3))
    return on_matrices(A, 4 * m**2 * n + 8 * m * n**2 + 9 * n**3 if full_matrices else 14 * m * n**2 + 8 * n**3)


# Where a dispatch mode looks on, torch asks for the vectors too, although nobody wants them.
@formula("aten::linalg_svdvals")
def svdvals(A: TensorSpec, **_: object) -> Cost:
    """The singular values of [*b, m, n] alone: 4 * m * n ** 2 - 4 / 3 * n ** 3"""
    return svd(A, compute_uv=False)


@formula("aten::linalg_eigvalsh")
def eigvalsh(self: TensorSpec, **_: object) -> Cost:
    """The values of symmetric [*b, n, n] alone: 4 / 3 * n ** 3"""
    return eigh(self, compute_v=False)


@formula("aten::_linalg_det")
def det(A: TensorSpec, **_: object) -> Cost:
    """[*b] = det([*b, n, n]): LU, and the product of the diagonal: n - 1, and the permutation's sign 1"""
    return lu(A) + on_matrices(A, A.shape[-1])


@formula("aten::_linalg_slogdet")
def slogdet(A: TensorSpec, **_: object) -> Cost:
    """LU, and of the diagonal n absolute values, n logs and their sum; n signs, their product and P's: 5 * n - 1"""
    return lu(A) + on_matrices(A, 5 * A.shape[-1] - 1)


def reflections(rows: int, columns: int, count: int) -> Fraction:
    """Householder reflections on a matrix whose rows and columns they leave behind one by one."""
    return Fraction(4 * rows * columns * count - 2 * (rows + columns) * count**2) + Fraction(4 * count**3, 3)


def on_matrices(batch: TensorSpec, flops: Fraction | int) -> Cost:
    """What that many FLOPs a matrix cost for a batch of them; a complex operation stands for four."""
    each = max(math.floor(flops + Fraction(1, 2)), 0)
    return Cost(other_flops=real_products(batch) * math.prod(batch.shape[:-2]) * each)
