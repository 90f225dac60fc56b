"""The formulas for torch's own operators, one family a file, collected here and nowhere else."""

from __future__ import annotations

from pytest_flopbudget.count.formulas import (
    activations,
    bookkeeping,
    convolution,
    dropout,
    elementwise,
    free,
    losses,
    matmul,
    normalisation,
    ordering,
    placing,
    pooling,
    recurrent,
    reductions,
    sampling,
    softmax,
    upsampling,
)
from pytest_flopbudget.count.marking import FormulaTable, collect

FORMULAS: FormulaTable = collect(
    (
        convolution,
        matmul,
        elementwise,
        activations,
        reductions,
        normalisation,
        pooling,
        softmax,
        dropout,
        upsampling,
        sampling,
        losses,
        ordering,
        placing,
        recurrent,
        free,
        bookkeeping,
    )
)
