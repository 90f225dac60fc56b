"""Attention: torch's own answer for every form, in the layouts that models make."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch

from pytest_flopbudget.trace.dataless import Refused
from pytest_flopbudget.trace.shape_rules import RULES, attention
from pytest_flopbudget.trace.shape_rules.marking import collect

SDPA = "aten::scaled_dot_product_attention"
GROUPED = "enable_gqa" in str(torch.ops.aten.scaled_dot_product_attention.default._schema)

# How a tensor of [b, h, l, e] lies in memory: as its dimensions are, as split from one projection or from three,
# with the steps first, cut from a wider one, and the same for every head.
ORDERS = ((0, 1, 2, 3), (0, 2, 1, 3), (2, 0, 1, 3), (0, 1, 3, 2))


def ordered(order: tuple[int, ...], *shape: int) -> torch.Tensor:
    return torch.ones([shape[dim] for dim in order]).permute([order.index(dim) for dim in range(len(shape))])


def projected_together(*shape: int) -> tuple[torch.Tensor, ...]:
    b, h, steps, e = shape
    return torch.ones(b, steps, 3, h, e).permute(2, 0, 3, 1, 4).unbind(0)


def test_it_is_the_one_rule_here() -> None:
    assert set(collect((attention,))) == {SDPA} <= set(RULES)


@pytest.mark.parametrize("sizes", list(itertools.product((1, 2), (1, 4), (1, 5), (1, 8))))
def test_layouts_and_sizes_of_one(sizes: tuple[int, int, int, int], agrees: Callable[..., bool]) -> None:
    b, h, steps, e = sizes
    for own, others in itertools.product(ORDERS, ORDERS):
        query = ordered(own, b, h, steps, e)
        for keys in (steps, 7):
            key, value = ordered(others, b, h, keys, e), ordered(others, b, h, keys, e)
            assert agrees(SDPA, query, key, value), (own, others)
    assert agrees(SDPA, *projected_together(*sizes))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "mask",
    [
        torch.ones(5, 7),
        torch.ones(5, 7) > 0,
        torch.ones(7, 5).t(),
        torch.ones(1, 7) > 0,
        torch.ones(4, 5, 7),
        torch.ones(2, 4, 5, 7),
        torch.ones(2, 1, 1, 7) > 0,
        torch.ones(2, 1, 5, 7).expand(2, 4, 5, 7),
    ],
)
def test_masks(order: tuple[int, ...], mask: torch.Tensor, agrees: Callable[..., bool]) -> None:
    query, key = ordered(order, 2, 4, 5, 8), ordered(order, 2, 4, 7, 8)
    assert agrees(SDPA, query, key, key, mask)


@pytest.mark.parametrize("order", ORDERS)
def test_other_forms(order: tuple[int, ...], agrees: Callable[..., bool]) -> None:
    query, key, value = ordered(order, 2, 4, 5, 8), ordered(order, 2, 4, 7, 8), ordered(order, 2, 4, 7, 3)
    assert agrees(SDPA, query, key, value)
    assert agrees(SDPA, query, key, key, None, 0.0, True)
    assert agrees(SDPA, query, key, key, None, 0.5)
    assert agrees(SDPA, query, key, key, scale=1.0)
    assert agrees(SDPA, query.half(), key.half(), key.half())
    assert agrees(SDPA, query[:1], key, key)
    assert agrees(SDPA, query, key[:, :1], key[:, :1])
    assert agrees(SDPA, query[0], key[0], key[0])
    assert agrees(SDPA, query[0, 0], key[0, 0], key[0, 0])
    assert agrees(SDPA, query[None], key[None], key[None])
    assert agrees(SDPA, query[..., ::2], key[..., ::2], key[..., ::2])
    assert agrees(SDPA, query, key[:, :1].expand(2, 4, 7, 8), key)


@pytest.mark.skipif(not GROUPED, reason="this torch has no grouped queries")
@pytest.mark.parametrize("order", ORDERS)
def test_fewer_heads_of_keys(order: tuple[int, ...], agrees: Callable[..., bool]) -> None:
    query = ordered(order, 2, 12, 5, 8)
    for heads in (1, 3, 12):
        key = ordered(order, 2, heads, 7, 8)
        assert agrees(SDPA, query, key, key, enable_gqa=True)


def test_the_kernel_that_the_user_chose(agrees: Callable[..., bool]) -> None:
    query = ordered(ORDERS[1], 2, 4, 5, 8)
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        assert agrees(SDPA, query, query, query)
    assert agrees(SDPA, query, query, query)


x = torch.ones(2, 4, 5, 8)


@pytest.mark.parametrize(
    "args",
    [
        (x, x, x[0]),
        (x, x, x.half()),
        (x, x[..., :4], x),
        (x, x[:, :, :3], x),
        (x, x[:, :3], x[:, :3]),
        (x, x[:, :2], x[:, :2]),
        (x[:, :, :0], x, x),
        (x[0, 0, 0], x[0, 0, 0], x[0, 0, 0]),
        (x.long(), x.long(), x.long()),
        (x, x, x, torch.ones(5, 4)),
        (x, x, x, torch.ones(5, 5, dtype=torch.float64)),
        (x, x, x, torch.ones(5)),
    ],
)
def test_stepping_aside(args: tuple[object, ...], steps_aside: Callable[..., bool]) -> None:
    assert steps_aside(SDPA, *args)


def test_one_head_whose_strides_say_nothing_of_where_it_stands(
    agrees: Callable[..., bool], steps_aside: Callable[..., bool]
) -> None:
    """The kernel of torch 2.4 has a layout of its own for it, and the rule may tell it; newer ones keep the query's."""
    query = torch.ones(5, 9).as_strided((1, 1, 5, 8), (1, 1, 9, 1))
    assert steps_aside(SDPA, query, query, query) or agrees(SDPA, query, query, query)


@pytest.mark.skipif(not GROUPED, reason="this torch has no grouped queries")
def test_grouped_queries_without_heads(steps_aside: Callable[..., bool]) -> None:
    assert steps_aside(SDPA, x[0, 0], x[0, 0], x[0, 0], enable_gqa=True)


def test_heads_that_do_not_go_together(steps_aside: Callable[..., bool]) -> None:
    """Whether numbers are drawn or not."""
    assert steps_aside(SDPA, x, x[:, :3], x[:, :3], None, 0.5)


@pytest.mark.parametrize("args", [(x, x, x, torch.ones(5, 5), 0.5), (x[0], x[0], x[0], torch.ones(5, 5), 0.0)])
def test_a_mask_beside_a_causal_one(args: tuple[object, ...], steps_aside: Callable[..., bool]) -> None:
    """The fused kernel takes both; not so that which drops numbers, or takes fewer dimensions."""
    with pytest.raises(Refused) as refused:
        steps_aside(SDPA, *args, True)
    assert str(refused.value) == "attention takes a mask or is_causal, but got both"
