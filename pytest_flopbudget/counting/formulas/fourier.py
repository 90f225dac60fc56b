"""Fourier transforms: no MACs, 5 * N * log2(N) FLOPs for N complex points, half of that for N real ones.

That is the customary count of the radix-2 algorithm (Cooley and Tukey, 1965): N / 2 * log2(N) butterflies of one
complex product, 6, and two complex sums, 4. Source of the convention, and of the half for real input: the benchmark
of FFTW (Frigo and Johnson, The Design and Implementation of FFTW3, 2005). It is applied to every N, whatever the
kernel does with other factors, and rounded to an integer for each transform. Several dimensions are one transform of
their product: 5 * N1 * N2 * (log2(N1) + log2(N2)). Scaling the result is a product each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

_UNSCALED = 0


@formula("aten::_fft_c2c")
def fft_c2c(self: TensorSpec, dim: Sequence[int], normalization: int, *, out: TensorSpec, **_: object) -> Cost:
    """[*, *n] = the transform of complex [*, *n] along dim: 5 * N * log2(N) each"""
    return _transforms(self, dim, 5) + _scaling(out, normalization)


@formula("aten::_fft_r2c")
def fft_r2c(self: TensorSpec, dim: Sequence[int], normalization: int, *, out: TensorSpec, **_: object) -> Cost:
    """[*, *n, n / 2 + 1] = the transform of real [*, *n] along dim: 2.5 * N * log2(N) each

    With ``onesided=False`` the other half is a copy.
    """
    return _transforms(self, dim, 2.5) + _scaling(out, normalization)


@formula("aten::_fft_c2r")
def fft_c2r(dim: Sequence[int], normalization: int, *, out: TensorSpec, **_: object) -> Cost:
    """Real [*, *n] = the transform of [*, *n, n / 2 + 1] along dim: 2.5 * N * log2(N) each"""
    return _transforms(out, dim, 2.5) + _scaling(out, normalization)


def _transforms(points: TensorSpec, dim: Sequence[int], factor: float) -> Cost:
    size = math.prod(points.shape[each] for each in dim)
    return Cost(other_flops=points.numel // size * round(factor * size * math.log2(size)) if size else 0)


def _scaling(out: TensorSpec, normalization: int) -> Cost:
    return per_element(int(normalization != _UNSCALED), out)
