"""Known indices are held against the sizes that they index: a data-less kernel never looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import Refused
from pytest_flopbudget.trace.nests import tensors_in

Indices = Iterator[tuple[torch.Tensor, int]]

_INTEGERS = (torch.int64, torch.int32)


def refuse_out_of_range(call: Call, is_known: Callable[[torch.Tensor], bool]) -> None:
    """Refuse a call with an index that its kernel would refuse.

    Args:
        call: Any call; most index nothing.
        is_known: Whether a tensor's values are known.

    Raises:
        Refused: A known index is out of the range of what it indexes.
    """
    indices = _INDEXING.get(call.schema.operator)
    if indices is None:
        return
    for index, size in indices(call):
        if index.dtype in _INTEGERS and index.numel() and is_known(index):
            low, high = int(index.min()), int(index.max())
            if low < -size or high >= size:
                raise Refused(f"index {low if low < -size else high} is out of range for a size of {size}")


def _rows(call: Call) -> Indices:
    weight, index = call.argument("weight"), call.argument("indices")
    assert isinstance(weight, torch.Tensor)
    assert isinstance(index, torch.Tensor)
    yield index, weight.shape[0]


def _along(call: Call) -> Indices:
    self, dim, index = call.argument("self"), call.argument("dim"), call.argument("index")
    assert isinstance(self, torch.Tensor)
    assert isinstance(dim, int)
    assert isinstance(index, torch.Tensor)
    # A scalar has no sizes.
    if self.dim():
        yield index, self.shape[dim]


def _each(call: Call) -> Indices:
    self, indices = call.args[0], call.args[1]
    assert isinstance(self, torch.Tensor)
    assert isinstance(indices, (list, tuple))
    for size, index in zip(self.shape, indices, strict=False):
        if isinstance(index, torch.Tensor):
            yield index, size


def _all(call: Call) -> Indices:
    self = call.argument("self")
    assert isinstance(self, torch.Tensor)
    yield from ((index, self.numel()) for index in tensors_in(call.argument("index")))


_INDEXING: dict[str, Callable[[Call], Indices]] = {
    **dict.fromkeys(("aten::embedding", "aten::embedding_bag"), _rows),
    **dict.fromkeys(("aten::index_select", "aten::gather", "aten::scatter", "aten::scatter_"), _along),
    **dict.fromkeys(("aten::scatter_add", "aten::scatter_add_", "aten::index_add", "aten::index_add_"), _along),
    **dict.fromkeys(("aten::index_copy", "aten::index_copy_", "aten::index_fill", "aten::index_fill_"), _along),
    **dict.fromkeys(("aten::index", "aten::index_put", "aten::index_put_"), _each),
    "aten::take": _all,
}
# What they refuse depends on values.
INDEXED = frozenset(_INDEXING)
