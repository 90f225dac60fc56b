"""Recurrent layers: W [D, gates, m] and R [D, gates, H] of D directions meet every step, as in torch's layers."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas import recurrent
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.onnx_formulas.naming import onnx
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(*onnx("LSTM"))
def lstm(
    X: TensorSpec,
    W: TensorSpec,
    R: TensorSpec,
    *,
    B: TensorSpec | None = None,
    P: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[t, D, n, H] = LSTM([t, n, m], W [D, 4 H, m], R [D, 4 H, H], B [D, 8 H])

    Peepholes P [D, 3 H] are a multiplication and an addition each, at every step.
    """
    steps = X.shape[0] * X.shape[1]
    peepholes = Cost(other_flops=2 * steps * P.numel) if P is not None else Cost()
    return recurrent.lstm(_params(W, R, B), input=X) + peepholes


@formula(*onnx("GRU"))
def gru(X: TensorSpec, W: TensorSpec, R: TensorSpec, *, B: TensorSpec | None = None, **_: object) -> Cost:
    """[t, D, n, H] = GRU([t, n, m], W [D, 3 H, m], R [D, 3 H, H], B [D, 6 H])"""
    return recurrent.gru(_params(W, R, B), input=X)


@formula(*onnx("RNN"))
def rnn(X: TensorSpec, W: TensorSpec, R: TensorSpec, *, B: TensorSpec | None = None, **_: object) -> Cost:
    """[t, D, n, H] = RNN([t, n, m], W [D, H, m], R [D, H, H], B [D, 2 H])"""
    return recurrent.rnn(_params(W, R, B), input=X)


def _params(weights: TensorSpec, recurrences: TensorSpec, biases: TensorSpec | None) -> tuple[TensorSpec, ...]:
    """The weights of each direction as torch's layers have them: two matrices, and all biases in one vector."""
    matrices = (TensorSpec(weights.shape[1:]), TensorSpec(recurrences.shape[1:]))
    vectors = () if biases is None else (TensorSpec(biases.shape[1:]),)
    return (*matrices, *vectors) * weights.shape[0]
