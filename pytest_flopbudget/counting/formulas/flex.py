"""Flexible attention: a product of queries and keys whose scores a function of the user's changes, and may leave out.

What a block mask leaves out is not computed, and is not counted where the mask's values are known; the blocks that it
keeps count whole; the mask's own function is not counted. A score costs what it costs in ``attention.py``, and what
the user's function takes for one.
"""

from __future__ import annotations

from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("higher_order::flex_attention")
def flex_attention(query: TensorSpec, value: TensorSpec, scores: int, score_flops: int, **_: object) -> Cost:
    """[b, h, L, Ev] = attention([b, h, L, E], [b, h, S, E], [b, h, S, Ev]): its scores × (E + Ev) MACs

    A score's scale 1, its part in the softmax, 5, without 2 for each row, and what the user's function takes.
    """
    rows = query.numel // query.shape[-1] if query.shape[-1] else 0
    softmax = max(5 * scores - 2 * rows, 0)
    return Cost(scores * (query.shape[-1] + value.shape[-1]), (1 + score_flops) * scores + softmax)
