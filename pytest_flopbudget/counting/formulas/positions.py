"""Functions of the position alone: windows, frequencies, powers. FLOPs an element of [n], by their definitions."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::fft_fftfreq", "aten::fft_rfftfreq", "aten::logspace")
def frequencies(*, out: TensorSpec, **_: object) -> Cost:
    """k / (n * d); base ** x: 1"""
    return per_element(1, out)


@formula("aten::hann_window", "aten::hamming_window")
def hann_window(*, out: TensorSpec, **_: object) -> Cost:
    """alpha - beta * cos(2 * pi / n * k): multiply, cosine, multiply, subtract: 4"""
    return per_element(4, out)


@formula("aten::bartlett_window")
def bartlett_window(*, out: TensorSpec, **_: object) -> Cost:
    """1 - |2 / n * k - 1|: multiply, subtract, absolute value, subtract: 4"""
    return per_element(4, out)


@formula("aten::blackman_window")
def blackman_window(*, out: TensorSpec, **_: object) -> Cost:
    """0.42 - 0.5 * cos(2 * pi / n * k) + 0.08 * cos(4 * pi / n * k): two of multiply, cosine, multiply, add: 8"""
    return per_element(8, out)


@formula("aten::kaiser_window")
def kaiser_window(*, out: TensorSpec, **_: object) -> Cost:
    """i0(beta * sqrt(1 - (2 / n * k - 1) ** 2)) / i0(beta)

    Multiply, subtract, square, subtract, root, multiply, i0, divide: 8.
    """
    return per_element(8, out)
