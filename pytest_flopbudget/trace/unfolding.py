"""Which higher-order operators are followed, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import torch

from pytest_flopbudget.trace import flexible, higher_order
from pytest_flopbudget.trace.higher_order import Scope
from pytest_flopbudget.trace.modes import LightMode
from pytest_flopbudget.trace.posts import standing_before

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


@contextmanager
def above_autograd(mode: LightMode, scope: Callable[[], Scope]) -> Iterator[None]:
    """Let higher-order operators be followed where autograd still sees what they run.

    A mode meets them below it, where what their functions capture would be given no gradient.

    Args:
        mode: Where calls do not reach it, nothing is followed.
        scope: Where the operators run.
    """

    def follow(
        behind: Callable[..., object], operator: torch._ops.HigherOrderOperator, *args: object, **kwargs: object
    ) -> object:
        __tracebackhide__ = True
        if operator.name() not in _FOLLOWED or not torch.is_grad_enabled() or not mode.is_active:
            return behind(operator, *args, **kwargs)
        # The mode is on already: twice, it would see every call twice.
        above = replace(scope(), mode=nullcontext(), differentiates=True)
        return unfolded(above, operator, args, kwargs)

    with standing_before(torch._ops.HigherOrderOperator, "__call__", follow):
        yield


def unfolded(
    scope: Scope, operator: torch._ops.HigherOrderOperator, args: Sequence[object], kwargs: Mapping[str, object]
) -> object:
    """What a higher-order operator that has a place here gives, its functions' calls seen."""
    name = operator.name()
    if name in _AS_ONE:
        return _AS_ONE[name](scope, operator, *args, **kwargs)
    return _FOLLOWED[name](scope, *args, **kwargs)
