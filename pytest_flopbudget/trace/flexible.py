"""Flexible attention, carried out as one operator: how many scores it computes, and what the user's function takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import get_args, get_type_hints

import torch

from pytest_flopbudget.counting.operators import OperatorCall
from pytest_flopbudget.trace.dataless import CPU, dataless
from pytest_flopbudget.trace.higher_order import Scope
from pytest_flopbudget.trace.nests import tensors_in
from pytest_flopbudget.trace.shape_rules.layout import memory_order, ordered_strides

# In a block mask the numbers of blocks that keep all their scores stand behind those of the others and their indices.
_FULL = 2
_BUFFERS = 2
# The score's batch, head, query and key.
_PLACES = 4


def flex_attention(
    scope: Scope,
    operator: torch._ops.HigherOrderOperator,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    score_mod: Callable[..., object],
    block_mask: Sequence[object],
    *more: object,
) -> object:
    """[b, h, L, Ev] and its statistics [b, h, L] = attention([b, h, L, E], [b, h, S, E], [b, h, S, Ev])."""
    changed = _of_one_score(scope, query, score_mod, more[_BUFFERS:][:1])
    scores = _scores(scope, query, key, block_mask)
    if scope.executes:
        out = operator(query, key, value, score_mod, block_mask, *more)
    else:
        out = _shaped(operator, query, value)
    scope.forget(tensors_in(out))
    arguments = {"scores": scores, "score_flops": scope.cost(changed).flops}
    _record(scope, "higher_order::flex_attention", query, value, out, arguments)
    scope.recorder.calls.extend(scope.uncounted(changed))
    return out


def _record(
    scope: Scope, name: str, query: torch.Tensor, value: torch.Tensor, out: object, attributes: Mapping[str, int]
) -> None:
    described = scope.recorder.described
    arguments = {"query": described(query), "value": described(value), **attributes}
    scope.recorder.calls.append(scope.origins.current().call(name, arguments, described(out)))


def _of_one_score(
    scope: Scope, query: torch.Tensor, score_mod: Callable[..., object], buffers: Sequence[object]
) -> list[OperatorCall]:
    """The calls by which the user's function changes one score."""
    score = torch.zeros((), dtype=query.dtype) if scope.executes else dataless((), query.dtype, device=query.device)
    scope.forget((score,))
    places = (torch.zeros((), dtype=torch.int32, device=CPU) for _ in range(_PLACES))
    with scope.recorder.apart() as calls:
        scope.seen(score_mod, score, *places, *(each for given in buffers for each in tensors_in(given)))
    return calls


def _scores(scope: Scope, query: torch.Tensor, key: torch.Tensor, block_mask: Sequence[object]) -> int:
    """How many scores are computed: those of the blocks that the mask keeps, or all where that is not known."""
    whole = math.prod(query.shape[:-1]) * key.shape[-2]
    start = next(place for place, each in enumerate(block_mask) if isinstance(each, torch.Tensor))
    counts = [each for each in (block_mask[start], block_mask[start + _FULL]) if isinstance(each, torch.Tensor)]
    if not all(map(scope.knows, counts)):
        scope.note("flex_attention: its mask is not known, so every score is counted")
        return whole
    rows, columns = (min(size, length) for size, length in zip(_sizes(block_mask), _lengths(query, key), strict=True))
    blocks = sum(int(each.sum()) for each in counts)
    # One mask may stand for all batches or heads.
    alike = math.prod(query.shape[:2]) // math.prod(counts[0].shape[:2])
    return min(blocks * rows * columns * alike, whole)


def _sizes(block_mask: Sequence[object]) -> tuple[int, int]:
    """A block's queries and keys, which stand at the mask's end, before its function."""
    *_, rows, columns, _function = block_mask
    assert isinstance(rows, int)
    assert isinstance(columns, int)
    return rows, columns


def _lengths(query: torch.Tensor, key: torch.Tensor) -> tuple[int, int]:
    return query.shape[-2], key.shape[-2]


def _shaped(
    operator: torch._ops.HigherOrderOperator, query: torch.Tensor, value: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    """The output, laid out as the query is, and one statistic or two, as this torch has it."""
    shape = (*query.shape[:-1], value.shape[-1])
    strides = ordered_strides(shape, memory_order(query.shape, query.stride()))
    outputs = len(get_args(get_type_hints(type(operator).__call__)["return"]))
    statistics = (dataless(query.shape[:-1], torch.float32, device=query.device) for _ in range(outputs - 1))
    return (dataless(shape, query.dtype, stride=strides, device=query.device), *statistics)
