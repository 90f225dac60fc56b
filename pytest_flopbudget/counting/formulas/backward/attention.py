"""The adjoints of scaled dot-product attention: four matrix products. The scores are recomputed; that is not counted.

With scores P = softmax(scale * Q K') and dO the output's gradient: dV = P' dO, dP = dO V', dS = P * (dP - sum(P * dP)),
dQ = scale * dS K and dK = scale * dS' Q. Source: the derivative of O = P V written out; in this form in Dao et al.,
FlashAttention (2022), appendix B.2. The full product is counted, causal or not.
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.backward.softmax import softmax_backward
from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(
    "aten::_scaled_dot_product_flash_attention_backward",
    "aten::_scaled_dot_product_flash_attention_for_cpu_backward",
    "aten::_scaled_dot_product_efficient_attention_backward",
    "aten::_scaled_dot_product_cudnn_attention_backward",
    "aten::_scaled_dot_product_fused_attention_overrideable_backward",
)
def scaled_dot_product_attention_backward(
    query: TensorSpec, key: TensorSpec, value: TensorSpec, *, dropout_p: float = 0.0, **_: object
) -> Cost:
    """Gradients of [b, h, l, e], [b, h, s, e] and [b, h, s, v]; keys and values may have fewer heads

    MACs: b × h × l × s × (e + v), twice. Other FLOPs: softmax's adjoint, and a score's product with the scale, 1, and
    where scores were dropped with the mask and its scale, 2.
    """
    scores = TensorSpec((*query.shape[:-1], key.shape[-2]), query.dtype)
    return of_scores_backward(scores, query, value, dropout_p)


def of_scores_backward(scores: TensorSpec, query: TensorSpec, value: TensorSpec, dropout_p: float) -> Cost:
    """What the gradients cost with these scores."""
    macs = 2 * scores.numel * (query.shape[-1] + value.shape[-1])
    return Cost(macs) + softmax_backward(scores, -1) + per_element(3 if dropout_p else 1, scores)
