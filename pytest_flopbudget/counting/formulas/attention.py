"""Scaled dot-product attention, counted whole: the product of queries and keys, and that of scores and values.

Source: softmax(scale * Q K' + mask) V, the equation in torch's documentation of
``nn.functional.scaled_dot_product_attention``. The full product is counted, causal, windowed or not. Besides, a
score costs its scale 1, its part in the softmax, 1 where a mask or causality is added, and 3 where scores are
dropped. The fused kernels compute the same in another order and cost the same.
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.dropout import dropout
from pytest_flopbudget.counting.formulas.elements import broadcast, per_element
from pytest_flopbudget.counting.formulas.softmax import softmax
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(
    "aten::scaled_dot_product_attention",
    "aten::_scaled_dot_product_attention_math",
    "aten::_scaled_dot_product_attention_math_for_mps",
    "aten::_scaled_dot_product_flash_attention_for_cpu",
)
def attention(
    query: TensorSpec,
    key: TensorSpec,
    value: TensorSpec,
    *,
    attn_mask: TensorSpec | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    **_: object,
) -> Cost:
    """[*b, L, Ev] = attention([*b, L, E], [*b, S, E], [*b, S, Ev]); keys and values may have fewer heads

    MACs: b × L × S × (E + Ev).
    """
    batch = broadcast(query.shape[:-2], key.shape[:-2], value.shape[:-2])
    scores = TensorSpec((*batch, query.shape[-2], key.shape[-2]), query.dtype)
    masked = is_causal or attn_mask is not None
    return of_scores(scores, query.shape[-1] + value.shape[-1], masked=masked, dropout_p=dropout_p)


@formula(
    "aten::_scaled_dot_product_efficient_attention",
    "aten::_scaled_dot_product_cudnn_attention",
    "aten::_scaled_dot_product_fused_attention_overrideable",
)
def biased_attention(
    query: TensorSpec,
    key: TensorSpec,
    value: TensorSpec,
    *,
    attn_bias: TensorSpec | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    **_: object,
) -> Cost:
    """attention, its mask called ``attn_bias``"""
    return attention(query, key, value, attn_mask=attn_bias, dropout_p=dropout_p, is_causal=is_causal)


@formula("aten::_scaled_dot_product_flash_attention")
def flash_attention(
    query: TensorSpec,
    key: TensorSpec,
    value: TensorSpec,
    *,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    **_: object,
) -> Cost:
    """attention without a mask"""
    return attention(query, key, value, dropout_p=dropout_p, is_causal=is_causal)


def of_scores(scores: TensorSpec, contracted: int, *, masked: bool, dropout_p: float) -> Cost:
    """What attention costs with these scores [*b, L, S].

    Args:
        scores: Their shape, one score for each head, query and key.
        contracted: E + Ev, the elements of a key and a value, in MACs a score.
        masked: Whether something is added to the scores.
        dropout_p: The probability that a score is dropped; 0 outside of training.
    """
    return (
        Cost(scores.numel * contracted)
        + per_element(1 + masked, scores)
        + softmax(scores, -1)
        + dropout(out=scores, p=dropout_p, train=True)
    )
