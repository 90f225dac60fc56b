"""Functions of matrices that products make: the products are MACs, all else as in ``factorisations.py``."""

from __future__ import annotations

import math

from pytest_flopbudget.counting.formulas.elements import real_products
from pytest_flopbudget.counting.formulas.factorisations import eigh, on_matrices, svd
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::linalg_pinv")
def pinv(self: TensorSpec, *, hermitian: bool = False, **_: object) -> Cost:
    """[*b, n, m] = V S⁺ U' of [*b, m, n]: svd, or eigh where it is Hermitian; the product n × k × m MACs

    A value takes the search for the largest, a bound and a reciprocal, 3, and an absolute value after eigh; scaling V
    takes n * k.
    """
    rows, columns = self.shape[-2:]
    k = min(rows, columns)
    decomposed = eigh(self) + on_matrices(self, k) if hermitian else svd(self)
    return decomposed + on_matrices(self, 3 * k + columns * k) + _products(self, rows * columns * k)


@formula("aten::linalg_matrix_exp")
def matrix_exp(self: TensorSpec, **_: object) -> Cost:
    """[*b, n, n] = the Taylor polynomial of degree 18, by 5 products: 5 × n × n × n MACs

    Source: Bader, Blanes and Casas, Computing the Matrix Exponential with an Optimized Taylor Polynomial
    Approximation (2019). A small norm takes fewer products and a large one further squarings, which depend on values.
    """
    return _products(self, 5 * self.shape[-1] ** 3)


def _products(batch: TensorSpec, macs: int) -> Cost:
    return Cost(real_products(batch) * math.prod(batch.shape[:-2]) * macs)
