"""Multi-head attention and a whole encoder layer as one operator: torch's fast path, which costs what its pieces do.

Source: the equations in torch's documentation of ``nn.MultiheadAttention`` and ``nn.TransformerEncoderLayer``.
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.activations import gelu, relu
from pytest_flopbudget.counting.formulas.attention import of_scores
from pytest_flopbudget.counting.formulas.elements import Output, first, per_element
from pytest_flopbudget.counting.formulas.matmul import linear
from pytest_flopbudget.counting.formulas.normalisation import layer_norm
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::_native_multi_head_attention")
def multi_head_attention(
    query: TensorSpec,
    key: TensorSpec,
    embed_dim: int,
    num_head: int,
    *,
    mask: TensorSpec | None = None,
    need_weights: bool = True,
    average_attn_weights: bool = True,
    **_: object,
) -> Cost:
    """[b, L, D] = multi_head_attention([b, L, D], [b, S, D], [b, S, D]) with h heads, biases everywhere

    MACs: b × (L × D + 2 × S × D + L × D) × D for the four linear layers, b × L × S × 2 × D for the attention.
    Weights that are asked for are averaged over the heads: h operations each.
    """
    bias = TensorSpec((embed_dim,), query.dtype)
    scores = TensorSpec((query.shape[0], num_head, query.shape[1], key.shape[1]), query.dtype)
    weights = TensorSpec((query.shape[0], query.shape[1], key.shape[1]), query.dtype)
    projected = sum((linear(each, out=each, bias=bias) for each in (query, key, key, query)), Cost())
    attended = of_scores(scores, 2 * (embed_dim // num_head), masked=mask is not None, dropout_p=0)
    return projected + attended + per_element(num_head * (need_weights and average_attn_weights), weights)


@formula("aten::_transformer_encoder_layer_fwd")
def encoder_layer(
    src: TensorSpec,
    embed_dim: int,
    num_heads: int,
    use_gelu: bool,
    ffn_weight_1: TensorSpec,
    ffn_bias_1: TensorSpec,
    ffn_bias_2: TensorSpec,
    *,
    out: Output,
    mask: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[b, L, D] = encoder_layer([b, L, D]): attention, two linear layers, two norms, two sums

    MACs: b × (4 × L × D × D + 2 × L × L × D + 2 × L × D × F), with F units between the linear layers.
    """
    bias = TensorSpec((embed_dim,), src.dtype)
    between = TensorSpec((*src.shape[:-1], ffn_weight_1.shape[0]), src.dtype)
    attended = multi_head_attention(src, src, embed_dim, num_heads, mask=mask, need_weights=False)
    norm = layer_norm(src, (embed_dim,), weight=bias, bias=bias)
    activated = gelu(out=between) if use_gelu else relu(out=between)
    fed = linear(src, out=between, bias=ffn_bias_1) + activated + linear(between, out=first(out), bias=ffn_bias_2)
    return attended + norm + norm + fed + per_element(2, src)
