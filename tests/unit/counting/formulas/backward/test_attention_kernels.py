"""The adjoints of attention by its kernels: twice the forward's products."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

HEADS_FIRST = {"query": T((2, 4, 5, 8)), "key": T((2, 4, 7, 8)), "value": T((2, 4, 7, 3))}
STEPS_FIRST = {"query": T((2, 5, 4, 8)), "key": T((2, 7, 4, 8)), "value": T((2, 7, 4, 3))}
JOINED = {"query": T((10, 4, 8)), "key": T((14, 4, 8)), "value": T((14, 4, 3))}  # two of 5 queries, 7 keys
LONGEST = {"max_q": 5, "max_k": 7, "dropout_p": 0.0}
OF_SEQUENCES = {"max_seqlen_q": 5, "max_seqlen_k": 7, "dropout_p": 0.0}
BOUNDS = T((3,), "int32")
SCORES, ROWS_OF = 2 * 4 * 5 * 7, 2 * 4 * 5
MACS = 2 * SCORES * (8 + 3)
SOFTMAX = 4 * SCORES - ROWS_OF

ROWS = [
    # operator, arguments, out, MACs, other FLOPs
    ("_flash_attention_backward", {**STEPS_FIRST, **LONGEST, "cum_seq_q": None}, (), MACS, SCORES + SOFTMAX),
    ("_flash_attention_backward", {**JOINED, **LONGEST, "cum_seq_q": BOUNDS}, (), MACS, SCORES + SOFTMAX),
    ("_flash_attention_backward", {**STEPS_FIRST, **LONGEST, "dropout_p": 0.1}, (), MACS, 3 * SCORES + SOFTMAX),
    ("_efficient_attention_backward", {**STEPS_FIRST, **OF_SEQUENCES}, (), MACS, SCORES + SOFTMAX),
    (
        "_efficient_attention_backward",
        {**{name: T((1, *each.shape)) for name, each in JOINED.items()}, **OF_SEQUENCES, "cu_seqlens_q": BOUNDS},
        (),
        MACS,
        SCORES + SOFTMAX,
    ),
    ("_cudnn_attention_backward", {**HEADS_FIRST, **LONGEST}, (), MACS, SCORES + SOFTMAX),
    ("_cudnn_attention_backward", {**JOINED, **LONGEST}, (), MACS, SCORES + SOFTMAX),
    ("torch_attn::_varlen_attn_backward", {**JOINED, "max_q": 5, "max_k": 7}, (), MACS, SCORES + SOFTMAX),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), ROWS)
def test_attention_kernels(
    operator: str, arguments: Mapping[str, object], out: object, macs: int, other_flops: int
) -> None:
    name = operator if "::" in operator else f"aten::{operator}"
    assert FORMULAS.cost(OperatorCall(name, "", arguments, out)) == Cost(macs, other_flops)
