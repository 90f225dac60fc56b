"""Attention with its steps before its heads, and of sequences joined."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

HEADS_FIRST = {"query": T((2, 4, 5, 8)), "key": T((2, 4, 7, 8)), "value": T((2, 4, 7, 3))}
JOINED = {"query": T((10, 4, 8)), "key": T((14, 4, 8)), "value": T((14, 4, 3))}  # two of 5 queries, 7 keys
LONGEST = {"max_q": 5, "max_k": 7}
BOUNDS = T((3,), "int32")
# The keys of both in pages of 4: two for each, and two that nobody has yet.
PAGED = {"query": T((10, 4, 8)), "key": T((6, 4, 4, 8)), "value": T((6, 4, 4, 3)), "block_table": T((2, 2), "int32")}
SCORES, ROWS_OF = 2 * 4 * 5 * 7, 2 * 4 * 5
MACS = SCORES * (8 + 3)
SOFTMAX = 5 * SCORES - 2 * ROWS_OF

ROWS = [
    # operator, arguments, out, MACs, other FLOPs
    ("_cudnn_attention_forward", {**HEADS_FIRST, **LONGEST}, (), MACS, SCORES + SOFTMAX),
    ("_cudnn_attention_forward", {**HEADS_FIRST, **LONGEST, "is_causal": True}, (), MACS, 2 * SCORES + SOFTMAX),
    ("_cudnn_attention_forward", {**JOINED, **LONGEST, "cum_seq_q": BOUNDS}, (), MACS, SCORES + SOFTMAX),
    ("torch_attn::_varlen_attn", {**JOINED, **LONGEST}, (), MACS, SCORES + SOFTMAX),
    ("torch_attn::_varlen_attn", {**JOINED, **LONGEST, "is_causal": True}, (), MACS, 2 * SCORES + SOFTMAX),
    ("torch_attn::_varlen_attn_out", {**JOINED, **LONGEST}, (), MACS, SCORES + SOFTMAX),
    ("torch_attn::_varlen_attn", {**PAGED, **LONGEST}, (), MACS, SCORES + SOFTMAX),
    ("torch_attn::_varlen_attn_out", {**PAGED, **LONGEST, "is_causal": True}, (), MACS, 2 * SCORES + SOFTMAX),
    (
        "_flash_attention_forward",
        {**PAGED, **LONGEST, "dropout_p": 0.0, "is_causal": False, "cum_seq_q": BOUNDS},
        (),
        MACS,
        SCORES + SOFTMAX,
    ),
    (
        "_flash_attention_forward",
        {**PAGED, **LONGEST, "query": T((2, 5, 4, 8)), "dropout_p": 0.0, "is_causal": False},
        (),
        MACS,
        SCORES + SOFTMAX,
    ),
    (
        "_triton_scaled_dot_attention",
        {"q": HEADS_FIRST["query"], "k": HEADS_FIRST["key"], "v": HEADS_FIRST["value"]},
        (),
        MACS,
        SCORES + SOFTMAX,
    ),
    # Four layers of 6 x 6 with biases on 2 x 5 rows, two heads of 3.
    (
        "_triton_multi_head_attention",
        {"query": T((2, 5, 6)), "key": T((2, 5, 6)), "embed_dim": 6, "num_head": 2},
        T((2, 5, 6)),
        4 * 10 * 36 + 2 * 2 * 25 * (3 + 3),
        4 * 60 + 100 + (5 * 100 - 2 * 20),
    ),
    ("_transform_bias_rescale_qkv", {"qkv": T((2, 5, 18))}, (T((2, 2, 5, 3)),) * 3, 0, 180 + 60),
    ("higher_order::flex_attention", {**HEADS_FIRST, "scores": 100, "score_flops": 2}, (), 1100, 300 + 500 - 80),
    ("higher_order::flex_attention", {**HEADS_FIRST, "scores": SCORES, "score_flops": 0}, (), MACS, SCORES + SOFTMAX),
    ("higher_order::flex_attention", {**HEADS_FIRST, "scores": 0, "score_flops": 9}, (), 0, 0),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), ROWS)
def test_attention_kernels(
    operator: str, arguments: Mapping[str, object], out: object, macs: int, other_flops: int
) -> None:
    name = operator if "::" in operator else f"aten::{operator}"
    assert FORMULAS.cost(OperatorCall(name, "", arguments, out)) == Cost(macs, other_flops)
