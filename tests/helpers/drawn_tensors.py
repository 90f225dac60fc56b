"""What tests of shape rules draw: tensors in any layout, and calls of operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from hypothesis import strategies as st

Args = tuple[object, ...]
T = torch.Tensor

SHAPES = st.lists(st.integers(0, 4), max_size=4)
FLOATING = (torch.float32, torch.float64, torch.bfloat16, torch.float16)
DTYPES = st.sampled_from((*(torch.float32,) * 4, *FLOATING))


class Row(NamedTuple):
    """A call of an operator, whose name is without ``aten::``."""

    name: str
    args: Args
    kwargs: Mapping[str, object] = {}

    def run(self) -> object:
        """What torch's own kernel gives."""
        operator, _, overload = self.name.partition(".")
        return getattr(getattr(torch.ops.aten, operator), overload or "default")(*self.args, **self.kwargs)


def once_in(times: int, odd: st.SearchStrategy[int], usual: int = 0) -> st.SearchStrategy[int]:
    """The usual number, and something odd once in so many times."""
    return st.integers(1, times).flatmap(lambda at: odd if at == times else st.just(usual))


@st.composite
def tensors(draw: st.DrawFn, shape: Sequence[int] | None = None, dtype: torch.dtype = torch.float32) -> T:
    """A tensor of ones; its dimensions lie in memory in any order, and it may be a part of another or expanded."""
    sizes = draw(SHAPES) if shape is None else list(shape)
    order = draw(st.permutations(range(len(sizes))))
    margin = draw(st.sampled_from((0, 0, 1)))
    whole = torch.ones([sizes[at] + margin for at in order], dtype=dtype)
    part = whole[tuple(slice(sizes[at]) for at in order)]
    laid = part.permute([order.index(at) for at in range(len(sizes))])
    expanded = draw(st.sampled_from((False, False, True)))
    return laid[:1].expand(sizes) if expanded and sizes and sizes[0] else laid


@st.composite
def mostly_plain(draw: st.DrawFn, shape: Sequence[int], dtype: torch.dtype = torch.float32) -> T:
    """A tensor of ones, contiguous in three of four."""
    return draw(tensors(shape, dtype)) if draw(st.integers(0, 3)) == 3 else torch.ones(list(shape), dtype=dtype)


def of(names: Sequence[str], *args: st.SearchStrategy[object]) -> st.SearchStrategy[Row]:
    """One of some operators with generated arguments."""
    return st.tuples(st.sampled_from(names), st.tuples(*args)).map(lambda drawn: Row(*drawn))
