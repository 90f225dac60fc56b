"""torch's fast path of multi-head attention and encoder layers costs what the written out form costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import nn

from pytest_flopbudget.counting.operators import Cost

Count = Callable[[Callable[[], object]], tuple[Cost, list[str]]]


@pytest.fixture(params=[True, False], ids=["fast path", "written out"])
def fast(request: pytest.FixtureRequest) -> Iterator[bool]:
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(request.param)
    yield request.param
    torch.backends.mha.set_fastpath_enabled(before)


def softmax(rows: int, length: int) -> int:
    return rows * (5 * length - 2)


# Four linear layers with biases, and the scores' scale and softmax.
PRODUCTS = 2 * 16 * 4 * 64 * 64 + 2 * 2 * 16 * 16 * 64
BESIDE = 2 * 16 * 4 * 64 + 2 * 4 * 16 * 16 + softmax(2 * 4 * 16, 16)


@pytest.mark.usefixtures("fast")
def test_multi_head_attention(whole: Count) -> None:
    layer = nn.MultiheadAttention(64, 4, batch_first=True).eval()
    x = torch.ones(2, 16, 64)
    assert whole(lambda: layer(x, x, x, need_weights=False)) == (Cost(PRODUCTS, BESIDE), [])


def test_weights_that_are_asked_for(whole: Count, fast: bool) -> None:
    layer = nn.MultiheadAttention(64, 4, batch_first=True).eval()
    x = torch.ones(2, 16, 64)
    cost, uncounted = whole(lambda: layer(x, x, x))
    averages = 2 * 16 * 16 * 4
    # Written out, the queries are scaled instead of the scores.
    scaled = 0 if fast else 2 * 16 * 64 - 2 * 4 * 16 * 16
    assert (cost, uncounted) == (Cost(PRODUCTS, BESIDE + averages + scaled), [])


@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize(("activation", "flops"), [("relu", 1), ("gelu", 5)])
@pytest.mark.parametrize("norm_first", [True, False])
def test_encoder_layer(whole: Count, activation: str, flops: int, norm_first: bool) -> None:
    layer = nn.TransformerEncoderLayer(
        64, 4, 128, activation=activation, batch_first=True, norm_first=norm_first
    ).eval()
    x = torch.ones(2, 16, 64)
    cost, uncounted = whole(lambda: layer(x))
    assert cost.macs == 2 * 16 * (4 * 64 * 64 + 2 * 64 * 128) + 2 * 2 * 16 * 16 * 64
    # Mean 1 and variance 3, subtract, multiply, weight and bias an element; 3 a group.
    norm = 2 * 16 * 64 * 8 + 2 * 16 * 3
    fed = 2 * 16 * (128 + flops * 128 + 64)
    assert (cost.other_flops, uncounted) == (BESIDE + 2 * norm + fed + 2 * 2 * 16 * 64, [])


@pytest.mark.usefixtures("fast")
def test_a_mask_costs_one_addition_a_score(whole: Count) -> None:
    layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True).eval()
    x, mask = torch.ones(2, 16, 64), torch.zeros(16, 16)
    plain, masked = whole(lambda: layer(x))[0], whole(lambda: layer(x, mask))[0]
    assert (masked.macs, masked.other_flops) == (plain.macs, plain.other_flops + 2 * 4 * 16 * 16)
