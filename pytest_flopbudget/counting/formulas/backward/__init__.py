"""The formulas of adjoints: what autograd runs backwards, one family of forwards a file."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.backward import (
    activations,
    attention,
    attention_kernels,
    convolution,
    losses,
    matmul,
    normalisation,
    placing,
    pooling,
    recurrent,
    sampling,
    softmax,
    upsampling,
    vision,
)

FAMILIES = (
    activations,
    attention,
    attention_kernels,
    convolution,
    losses,
    matmul,
    normalisation,
    placing,
    pooling,
    recurrent,
    sampling,
    softmax,
    upsampling,
    vision,
)
