"""The adjoints of attention whose steps stand before its heads, and over sequences of several lengths joined.

What each costs is told in ``attention.py``; how many scores there are, beside the forward.
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.attention_kernels import scores_of
from pytest_flopbudget.counting.formulas.backward.attention import (
    of_scores_backward,
    scaled_dot_product_attention_backward,
)
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

# Sequences that are joined have no batches: [steps, h, e].
_JOINED = 3


@formula("aten::_flash_attention_backward")
def flash_attention_backward(
    query: TensorSpec,
    key: TensorSpec,
    value: TensorSpec,
    max_q: int,
    max_k: int,
    dropout_p: float,
    *,
    cum_seq_q: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """Gradients of [b, l, h, e], or of sequences joined, [steps, h, e]"""
    longest = (max_q, max_k) if cum_seq_q is not None and len(query.shape) == _JOINED else None
    return of_scores_backward(scores_of(query, key, longest), query, value, dropout_p)


@formula("torch_attn::_varlen_attn_backward")
def varlen_attention_backward(
    query: TensorSpec, key: TensorSpec, value: TensorSpec, max_q: int, max_k: int, **_: object
) -> Cost:
    """Gradients of sequences joined, [steps, h, e]"""
    return of_scores_backward(scores_of(query, key, (max_q, max_k)), query, value, 0.0)


@formula("aten::_efficient_attention_backward")
def efficient_attention_backward(
    query: TensorSpec,
    key: TensorSpec,
    value: TensorSpec,
    max_seqlen_q: int,
    max_seqlen_k: int,
    dropout_p: float,
    *,
    cu_seqlens_q: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """Gradients of [b, l, h, e], or of sequences joined, [1, steps, h, e]"""
    longest = (max_seqlen_q, max_seqlen_k) if cu_seqlens_q is not None else None
    return of_scores_backward(scores_of(query, key, longest), query, value, dropout_p)


@formula("aten::_cudnn_attention_backward")
def cudnn_attention_backward(
    query: TensorSpec,
    key: TensorSpec,
    value: TensorSpec,
    max_q: int,
    max_k: int,
    dropout_p: float,
    **_: object,
) -> Cost:
    """Gradients of [b, h, l, e], or of sequences joined, [steps, h, e]"""
    if len(query.shape) == _JOINED:
        return of_scores_backward(scores_of(query, key, (max_q, max_k)), query, value, dropout_p)
    return scaled_dot_product_attention_backward(query, key, value, dropout_p=dropout_p)
