"""Flexible attention: the scores of the user's own functions, on shapes and executed alike."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend, Measurement
from pytest_flopbudget.counting.operators import Cost

pytestmark = [
    pytest.mark.skipif(
        not hasattr(TorchDispatchMode, "supports_higher_order_operators"),
        reason="this torch does not hand higher-order operators to a dispatch mode",
    ),
    pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile"),
]
BACKENDS: tuple[Backend, ...] = ("shapes", "execute")


class Attending(nn.Module):
    """Two heads of one sequence attend to themselves, within what a mask of the input's leaves."""

    def __init__(self, **how: Any) -> None:
        super().__init__()
        self.one = nn.Linear(8, 8)
        self.how = how

    def forward(self, x: torch.Tensor) -> object:
        flex = pytest.importorskip("torch.nn.attention.flex_attention")
        q = self.one(x).view(1, 2, x.shape[0] // 2, 8)
        return flex.flex_attention(q, q, q, **self.how)


def counted(model: nn.Module, backend: Backend) -> Measurement:
    measurement = count(model, "512x8", backend=backend)
    assert not measurement.uncounted
    return measurement


SCORES = 2 * 256 * 256
FLEX = "higher_order::flex_attention"


def of_scores(scores: int, rows: int, more: int = 0) -> Cost:
    return Cost(scores * (8 + 8), scores * (1 + more) + 5 * scores - 2 * rows)


@pytest.mark.parametrize("backend", BACKENDS)
def test_flexible_attention_counts_the_users_function(backend: Backend) -> None:
    plain = counted(Attending(), backend).by_operator()[FLEX]
    assert plain == of_scores(SCORES, 2 * 256)
    changed = counted(Attending(score_mod=lambda score, *_: score * 2 + 1), backend).by_operator()[FLEX]
    assert changed == of_scores(SCORES, 2 * 256, 2)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_block_mask_leaves_out_is_not_counted(backend: Backend) -> None:
    flex = pytest.importorskip("torch.nn.attention.flex_attention")
    # Of four blocks of 128 x 128 one stands above the diagonal.
    mask = flex.create_block_mask(lambda b, h, q, kv: q >= kv, None, None, 256, 256, device="cpu")
    measurement = counted(Attending(block_mask=mask), backend)
    assert measurement.by_operator()[FLEX] == of_scores(SCORES * 3 // 4, 2 * 256)
    assert measurement.activations == 512 * 8 + 512 * 8
    assert measurement.notes == ()


def test_of_a_mask_that_depends_on_data_every_score_is_counted() -> None:
    flex = pytest.importorskip("torch.nn.attention.flex_attention")

    class Masking(Attending):
        def forward(self, x: torch.Tensor) -> object:
            # Two blocks of 128 rows, and to each as many of keys as a value says.
            kept = x[0, 0].int().clamp(1, 2).expand(1, 1, 2).contiguous()
            indices = torch.arange(2, dtype=torch.int32).expand(1, 1, 2, 2).contiguous()
            mask = flex.BlockMask.from_kv_blocks(kept, indices, BLOCK_SIZE=128, compute_q_blocks=False)
            self.how["block_mask"] = mask
            return super().forward(x)

    measurement = counted(Masking(), "shapes")
    assert measurement.by_operator()[FLEX] == of_scores(SCORES, 2 * 256)
    assert measurement.notes == (
        "flex_attention: its mask is not known, so every score is counted in the model itself",
    )
