"""Attention by hand: scores and their sums of values, whole, as the fused kernels and in pieces."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec

Count = Callable[[Callable[[], object]], tuple[Cost, list[str]]]


def x(*shape: int) -> Tensor:
    return torch.ones(shape)


def softmax(rows: int, length: int) -> int:
    """Comparisons, subtractions, exponentials, additions and divisions of rows of scores."""
    return rows * ((length - 1) + length + length + (length - 1) + length)


same = x(2, 4, 16, 32)
q, k, v = x(2, 4, 5, 8), x(2, 4, 7, 8), x(2, 4, 7, 3)
SCORES, ROWS = 2 * 4 * 5 * 7, 2 * 4 * 5
PLAIN = SCORES + softmax(ROWS, 7)

FORMS: dict[str, tuple[Callable[[], object], int, int]] = {
    "the oracle's": (
        lambda: functional.scaled_dot_product_attention(same, same, same),
        2 * (2 * 4) * 16 * 16 * 32,
        2 * 4 * 16 * 16 + softmax(2 * 4 * 16, 16),
    ),
    "values of another width": (
        lambda: functional.scaled_dot_product_attention(q, k, v),
        2 * 4 * 5 * 7 * (8 + 3),
        PLAIN,
    ),
    "keys as long": (lambda: functional.scaled_dot_product_attention(q, k, k), 2 * 4 * 5 * 7 * (8 + 8), PLAIN),
    "causal": (
        lambda: functional.scaled_dot_product_attention(q, k, k, is_causal=True),
        2 * 4 * 5 * 7 * (8 + 8),
        PLAIN + SCORES,
    ),
    "a mask": (
        lambda: functional.scaled_dot_product_attention(q, k, k, x(5, 7)),
        2 * 4 * 5 * 7 * (8 + 8),
        PLAIN + SCORES,
    ),
    "dropped": (
        lambda: functional.scaled_dot_product_attention(q, k, k, dropout_p=0.5),
        2 * 4 * 5 * 7 * (8 + 8),
        PLAIN + 3 * SCORES,
    ),
    "without batches": (
        lambda: functional.scaled_dot_product_attention(q[0], k[0], k[0]),
        4 * 5 * 7 * (8 + 8),
        SCORES // 2 + softmax(4 * 5, 7),
    ),
    "without heads": (
        lambda: functional.scaled_dot_product_attention(q[0, 0], k[0, 0], k[0, 0]),
        5 * 7 * (8 + 8),
        5 * 7 + softmax(5, 7),
    ),
    "one query for all": (
        lambda: functional.scaled_dot_product_attention(q[:1], k, k),
        2 * 4 * 5 * 7 * (8 + 8),
        PLAIN,
    ),
}


@pytest.mark.parametrize(("function", "macs", "other_flops"), FORMS.values(), ids=FORMS)
def test_forms(whole: Count, function: Callable[[], object], macs: int, other_flops: int) -> None:
    assert whole(function) == (Cost(macs, other_flops), [])


@pytest.mark.parametrize("name", sorted(set(FORMS) - {"dropped"}))
def test_the_pieces_have_the_same_macs(in_pieces: Count, name: str) -> None:
    function, macs, _ = FORMS[name]
    cost, uncounted = in_pieces(function)
    assert (cost.macs, uncounted) == (macs, [])
    with sdpa_kernel(SDPBackend.MATH):
        cost, uncounted = in_pieces(function)
    assert (cost.macs, uncounted) == (macs, [])


GROUPED = "enable_gqa" in str(torch.ops.aten.scaled_dot_product_attention.default._schema)


@pytest.mark.skipif(not GROUPED, reason="this torch has no grouped queries")
@pytest.mark.parametrize("heads", [1, 2, 4])
def test_fewer_heads_of_keys(whole: Count, in_pieces: Count, heads: int) -> None:
    def grouped() -> object:
        return functional.scaled_dot_product_attention(q, k[:, :heads], v[:, :heads], enable_gqa=True)

    assert whole(grouped) == (Cost(2 * 4 * 5 * 7 * (8 + 3), PLAIN), [])
    assert in_pieces(grouped)[0].macs == 2 * 4 * 5 * 7 * (8 + 3)


HEADS_FIRST = {"query": TensorSpec((2, 4, 5, 8)), "key": TensorSpec((2, 4, 7, 8)), "value": TensorSpec((2, 4, 7, 3))}
STEPS_FIRST = {"query": TensorSpec((2, 5, 4, 8)), "key": TensorSpec((2, 7, 4, 8)), "value": TensorSpec((2, 7, 4, 3))}
MACS = 2 * 4 * 5 * 7 * (8 + 3)


def cost(operator: str, **arguments: object) -> Cost | None:
    return FORMULAS.cost(OperatorCall(operator, "", arguments, ()))


@pytest.mark.parametrize(
    ("name", "mask"),
    [
        ("scaled_dot_product_attention", "attn_mask"),
        ("_scaled_dot_product_attention_math", "attn_mask"),
        ("_scaled_dot_product_attention_math_for_mps", "attn_mask"),
        ("_scaled_dot_product_flash_attention_for_cpu", "attn_mask"),
        ("_scaled_dot_product_efficient_attention", "attn_bias"),
        ("_scaled_dot_product_cudnn_attention", "attn_bias"),
        ("_scaled_dot_product_fused_attention_overrideable", "attn_bias"),
        ("_scaled_dot_product_flash_attention", None),
    ],
)
def test_every_kernel_costs_the_same(name: str, mask: str | None) -> None:
    operator = f"aten::{name}"
    assert cost(operator, **HEADS_FIRST) == Cost(MACS, PLAIN)
    assert cost(operator, **HEADS_FIRST, dropout_p=0.0, is_causal=False) == Cost(MACS, PLAIN)
    assert cost(operator, **HEADS_FIRST, dropout_p=0.0, is_causal=True) == Cost(MACS, PLAIN + SCORES)
    assert cost(operator, **HEADS_FIRST, dropout_p=0.1, is_causal=False) == Cost(MACS, PLAIN + 3 * SCORES)
    if mask is not None:
        masked = {mask: TensorSpec((5, 7))}
        assert cost(operator, **HEADS_FIRST, **masked, dropout_p=0.0, is_causal=False) == Cost(MACS, PLAIN + SCORES)


@pytest.mark.parametrize("batched", HEADS_FIRST)
def test_any_of_the_three_may_be_batched(batched: str) -> None:
    one = {name: TensorSpec((1, *spec.shape[1:])) for name, spec in HEADS_FIRST.items()}
    told = cost("aten::scaled_dot_product_attention", **{**one, batched: HEADS_FIRST[batched]})
    assert told == Cost(MACS, PLAIN)


def test_kernels_with_the_steps_before_the_heads() -> None:
    flash = {"dropout_p": 0.0, "is_causal": False, "max_q": 5, "max_k": 7, "cum_seq_q": None}
    assert cost("aten::_flash_attention_forward", **STEPS_FIRST, **flash) == Cost(MACS, PLAIN)
    efficient = {"dropout_p": 0.0, "custom_mask_type": 0, "bias": None, "cu_seqlens_q": None}
    assert cost("aten::_efficient_attention_forward", **STEPS_FIRST, **efficient) == Cost(MACS, PLAIN)
    assert cost("aten::_efficient_attention_forward", **STEPS_FIRST, **{**efficient, "custom_mask_type": 1}) == (
        Cost(MACS, PLAIN + SCORES)
    )


def joined(*leading: int, steps: int, keys: int) -> dict[str, object]:
    shapes = {"query": (steps, 4, 8), "key": (keys, 4, 8), "value": (keys, 4, 3)}
    return {name: TensorSpec((*leading, *shape)) for name, shape in shapes.items()}


def test_joined_sequences() -> None:
    bounds = TensorSpec((3,), "int32")
    flash = {"dropout_p": 0.0, "is_causal": False, "cum_seq_q": bounds}
    # Two sequences of 5 queries and 7 keys each.
    operands = joined(steps=10, keys=14)
    assert cost("aten::_flash_attention_forward", **operands, **flash, max_q=5, max_k=7) == Cost(MACS, PLAIN)
    # Sequences of 5 and 3 queries, 7 and 2 keys: at most 8 × 7 and 5 × 9 scores a head.
    operands = joined(steps=8, keys=9)
    told = cost("aten::_flash_attention_forward", **operands, **flash, max_q=5, max_k=7)
    assert told is not None
    assert told.macs == 4 * 5 * 9 * (8 + 3)
    efficient = {"dropout_p": 0.0, "custom_mask_type": 0, "bias": None, "cu_seqlens_q": bounds}
    operands = joined(1, steps=10, keys=14)
    told = cost("aten::_efficient_attention_forward", **operands, **efficient, max_seqlen_q=5, max_seqlen_k=7)
    assert told == Cost(MACS, PLAIN)
