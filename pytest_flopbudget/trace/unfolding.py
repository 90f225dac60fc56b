"""Which higher-order operators are followed, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch

from pytest_flopbudget.trace import flexible, higher_order
from pytest_flopbudget.trace.higher_order import Scope

# Recorded as one operator, which has a formula.
_AS_ONE: Mapping[str, Callable[..., object]] = {"flex_attention": flexible.flex_attention}
_FOLLOWED: Mapping[str, Callable[..., object]] = {
    "associative_scan": higher_order.associative_scan,
    "cond": higher_order.cond,
    "hints_wrapper": higher_order.hinted,
    "invoke_subgraph": higher_order.subgraph,
    "map_impl": higher_order.mapped,
    "scan": higher_order.scan,
    "strict_mode": higher_order.strict,
    "while_loop": higher_order.while_loop,
}


NOT_FOLLOWED = "is a higher-order operator, which is not counted"


def follows(operator: torch._ops.HigherOrderOperator) -> bool:
    """Whether a higher-order operator has a place here."""
    return operator.name() in {*_FOLLOWED, *_AS_ONE}


def unfolded(
    scope: Scope, operator: torch._ops.HigherOrderOperator, args: Sequence[object], kwargs: Mapping[str, object]
) -> object:
    """What a higher-order operator that has a place here gives, its functions' calls seen."""
    name = operator.name()
    if name in _AS_ONE:
        return _AS_ONE[name](scope, operator, *args, **kwargs)
    return _FOLLOWED[name](scope, *args, **kwargs)
