"""ONNX's attention, counted whole as torch's is."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas import attention
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.onnx_formulas.naming import onnx
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(*onnx("Attention"))
def attend(
    Q: TensorSpec,
    K: TensorSpec,
    V: TensorSpec,
    *,
    attn_mask: TensorSpec | None = None,
    past_key: TensorSpec | None = None,
    is_causal: int = 0,
    q_num_heads: int = 0,
    kv_num_heads: int = 0,
    **_: object,
) -> Cost:
    """[b, h, L, Ev] = Attention([b, h, L, E], [b, h, S, E], [b, h, S, Ev]), or with the heads in the last dimension

    MACs: b × h × L × (past + S) × (E + Ev).
    """
    query, key, value = _heads(Q, q_num_heads), _heads(K, kv_num_heads), _heads(V, kv_num_heads)
    past = past_key.shape[2] if past_key is not None else 0
    scores = TensorSpec((*query.shape[:-1], past + key.shape[-2]), Q.dtype)
    masked = bool(is_causal) or attn_mask is not None
    return attention.of_scores(scores, query.shape[-1] + value.shape[-1], masked=masked, dropout_p=0)


def _heads(tensor: TensorSpec, heads: int) -> TensorSpec:
    if len(tensor.shape) == 4:
        return tensor
    batch, length, width = tensor.shape
    return TensorSpec((batch, heads, length, width // heads), tensor.dtype)
