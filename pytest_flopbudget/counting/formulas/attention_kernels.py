"""Attention whose steps stand before its heads, as kernels have it, and over sequences of several lengths joined.

What each costs is told in ``attention.py``. How long each joined sequence is, a shape does not say: every query is
counted as if it met the longest sequence of keys, or every key the longest of queries, whichever is less. That is
exact where all are as long. Keys that stand in pages, which a block table gives to the sequences, do not say it either:
every query meets the longest sequence of keys.
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.attention import attention, of_scores
from pytest_flopbudget.counting.formulas.encoder import multi_head_attention
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::_flash_attention_forward", "aten::_flash_attention_forward_no_dropout_inplace")
def flash_attention_forward(
    query: TensorSpec,
    key: TensorSpec,
    value: TensorSpec,
    dropout_p: float,
    is_causal: bool,
    *,
    max_q: int,
    max_k: int,
    cum_seq_q: TensorSpec | None = None,
    block_table: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[b, L, h, Ev] = attention([b, L, h, E], [b, S, h, E], [b, S, h, Ev]), or sequences joined: [steps, h, E]

    With a ``block_table``, keys and values are pages: [pages, page, h, E].
    """
    return _attended(
        query,
        key,
        value,
        longest=(max_q, max_k) if cum_seq_q is not None or block_table is not None else None,
        paged=block_table is not None,
        masked=is_causal,
        dropout_p=dropout_p,
    )


@formula("aten::_efficient_attention_forward")
def efficient_attention_forward(
    query: TensorSpec,
    key: TensorSpec,
    value: TensorSpec,
    dropout_p: float,
    custom_mask_type: int,
    *,
    bias: TensorSpec | None = None,
    cu_seqlens_q: TensorSpec | None = None,
    max_seqlen_q: int | None = None,
    max_seqlen_k: int | None = None,
    **_: object,
) -> Cost:
    """[b, L, h, Ev] = attention([b, L, h, E], [b, S, h, E], [b, S, h, Ev]), or sequences joined: [1, steps, h, E]"""
    joined = cu_seqlens_q is not None
    return _attended(
        query,
        key,
        value,
        longest=(max_seqlen_q or query.shape[-3], max_seqlen_k or key.shape[-3]) if joined else None,
        masked=bias is not None or custom_mask_type != 0,
        dropout_p=dropout_p,
    )


@formula("aten::_cudnn_attention_forward")
def cudnn_attention_forward(
    query: TensorSpec,
    key: TensorSpec,
    value: TensorSpec,
    max_q: int,
    max_k: int,
    *,
    attn_bias: TensorSpec | None = None,
    cum_seq_q: TensorSpec | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    **_: object,
) -> Cost:
    """[b, h, L, Ev] = attention([b, h, L, E], [b, h, S, E], [b, h, S, Ev]), or sequences joined: [steps, h, E]"""
    if cum_seq_q is None:
        return attention(query, key, value, attn_mask=attn_bias, dropout_p=dropout_p, is_causal=is_causal)
    masked = is_causal or attn_bias is not None
    return _attended(query, key, value, longest=(max_q, max_k), masked=masked, dropout_p=dropout_p)


@formula("torch_attn::_varlen_attn", "torch_attn::_varlen_attn_out")
def varlen_attention(
    query: TensorSpec,
    key: TensorSpec,
    value: TensorSpec,
    max_q: int,
    max_k: int,
    *,
    is_causal: bool = False,
    block_table: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[steps, h, Ev] = attention([steps, h, E], [steps, h, E], [steps, h, Ev]) of sequences joined

    With a ``block_table``, keys and values are pages: [pages, page, h, E].
    """
    paged = block_table is not None
    return _attended(query, key, value, longest=(max_q, max_k), paged=paged, masked=is_causal, dropout_p=0.0)


@formula("aten::_triton_scaled_dot_attention")
def triton_attention(q: TensorSpec, k: TensorSpec, v: TensorSpec, *, dropout_p: float = 0.0, **_: object) -> Cost:
    """attention by a kernel in Triton"""
    return attention(q, k, v, dropout_p=dropout_p)


@formula("aten::_triton_multi_head_attention")
def triton_multi_head_attention(
    query: TensorSpec,
    key: TensorSpec,
    embed_dim: int,
    num_head: int,
    *,
    mask: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """_native_multi_head_attention by a kernel in Triton, its weights not asked for"""
    return multi_head_attention(query, key, embed_dim, num_head, mask=mask, need_weights=False)


@formula("aten::_transform_bias_rescale_qkv")
def bias_and_scale(qkv: TensorSpec, *, out: tuple[TensorSpec, ...], **_: object) -> Cost:
    """Three times [b, h, T, E] = [b, T, 3 D] + [3 D]: an addition each; the queries times their scale: 1 each"""
    return Cost(other_flops=qkv.numel + out[0].numel)


def _attended(
    query: TensorSpec,
    key: TensorSpec,
    value: TensorSpec,
    *,
    longest: tuple[int, int] | None,
    masked: bool,
    dropout_p: float,
    paged: bool = False,
) -> Cost:
    scores = scores_of(query, key, longest, paged=paged)
    return of_scores(scores, query.shape[-1] + value.shape[-1], masked=masked, dropout_p=dropout_p)


def scores_of(
    query: TensorSpec, key: TensorSpec, longest: tuple[int, int] | None, *, paged: bool = False
) -> TensorSpec:
    """The scores of queries [*b, L, h, E] and keys [*b, S, h, E].

    Args:
        query: The queries.
        key: The keys.
        longest: The steps of the longest sequences of queries and keys, where several are joined.
        paged: Whether the keys are pages, whose shape says nothing of a sequence.
    """
    *batch, steps, heads, _ = query.shape
    if longest is None:
        return TensorSpec((*batch, heads, steps, key.shape[-3]), query.dtype)
    if paged:
        return TensorSpec((*batch, heads, steps, longest[1]), query.dtype)
    # Each of the two is an upper bound; the lesser is exact where all sequences are of one length.
    queries_meet, keys_meet = steps * longest[1], key.shape[-3] * longest[0]
    shape = (heads, steps, longest[1]) if queries_meet <= keys_meet else (heads, longest[0], key.shape[-3])
    return TensorSpec(shape, query.dtype)
