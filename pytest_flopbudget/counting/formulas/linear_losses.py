"""A linear layer and the cross entropy of what it gives, in chunks of a batch: what its pieces cost, one by one.

Source: the equation in torch's documentation of ``nn.functional.linear_cross_entropy``. With a mean or a sum, the
kernel takes the gradients that are asked for along with the loss; they cost what the adjoints of the pieces cost.
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.backward.losses import nll_loss_backward
from pytest_flopbudget.counting.formulas.backward.matmul import linear_backward
from pytest_flopbudget.counting.formulas.backward.softmax import log_softmax_backward
from pytest_flopbudget.counting.formulas.losses import MEAN, SUM, nll_loss
from pytest_flopbudget.counting.formulas.matmul import linear
from pytest_flopbudget.counting.formulas.softmax import log_softmax
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

_NONE = 0


@formula("torch_nn::_linear_cross_entropy_batch_chunked")
def linear_cross_entropy(
    input: TensorSpec,
    linear_weight: TensorSpec,
    target: TensorSpec,
    reduction: str,
    *,
    linear_bias: TensorSpec | None = None,
    weight: TensorSpec | None = None,
    compute_input_grad: bool,
    compute_linear_weight_grad: bool,
    compute_linear_bias_grad: bool,
    **_: object,
) -> Cost:
    """The loss, and gradients of [n, m], [p, m] and [p], of cross_entropy(linear([n, m], [p, m]) + [p])

    MACs: n × m × p, and as many for each gradient of the input and of the layer's weight that is asked for.
    """
    reduced = MEAN if reduction == "mean" else SUM
    loss = _loss(input, linear_weight, target, linear_bias, weight, reduced)
    asked = (compute_input_grad, compute_linear_weight_grad, compute_linear_bias_grad)
    if not any(asked):
        return loss
    logits = _logits(input, linear_weight)
    back = nll_loss_backward(target, out=logits, weight=weight, reduction=reduced) + log_softmax_backward(logits, 1)
    return loss + back + linear_backward(input, logits, linear_weight, asked)


@formula("torch_nn::_linear_cross_entropy_batch_chunked_no_reduction")
def linear_cross_entropy_of_each(
    input: TensorSpec,
    linear_weight: TensorSpec,
    target: TensorSpec,
    *,
    linear_bias: TensorSpec | None = None,
    weight: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[n] = cross_entropy(linear([n, m], [p, m]) + [p]) of each: n × m × p MACs"""
    return _loss(input, linear_weight, target, linear_bias, weight, _NONE)


def _loss(
    input: TensorSpec,
    linear_weight: TensorSpec,
    target: TensorSpec,
    linear_bias: TensorSpec | None,
    weight: TensorSpec | None,
    reduction: int,
) -> Cost:
    logits = _logits(input, linear_weight)
    layer = linear(input, out=logits, bias=linear_bias)
    return layer + log_softmax(logits, 1) + nll_loss(target, out=logits, weight=weight, reduction=reduction)


def _logits(input: TensorSpec, linear_weight: TensorSpec) -> TensorSpec:
    return TensorSpec((input.shape[0], linear_weight.shape[0]), input.dtype)
