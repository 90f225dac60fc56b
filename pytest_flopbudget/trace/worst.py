"""The worst case: what depends on data is as large as it can be, or as large as the table assumes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.distinct import Distinct
from pytest_flopbudget.trace.masks import INDEXING, is_mask

Largest = Callable[[Call, "int | None"], object]


class WorstCase:
    """Sizes that nobody knows before the data are there.

    Args:
        assume: By operator without overload, how many elements it gives in the place of the most that it can.
        is_unknown: Whether a tensor's values are unknown.
    """

    def __init__(self, assume: Mapping[str, int], is_unknown: Callable[[torch.Tensor], bool]) -> None:
        self._assume = assume
        self._is_unknown = is_unknown
        self._distinct = Distinct(is_unknown)
        self.met = False

    def result(self, call: Call) -> object:
        """The largest result of a call whose size depends on data, without data; None where it has no largest."""
        operator = call.schema.operator
        rule = None if call.schema.writes else _LARGEST.get(operator)
        most = self._assume.get(operator)
        if most is None and operator in _OF_DIFFERENT_VALUES:
            most = self._distinct.most(call.tensors[0])
        out = None if rule is None else rule(call, most)
        self.met |= out is not None
        return out

    def note(self, call: Call, out: object) -> None:
        """A call was carried out."""
        self._distinct.note(call, out)

    def with_positions(self, call: Call) -> Call:
        """The same indexing, every place of an unknown mask meant."""
        if call.schema.operator not in INDEXING:
            return call
        self_, indices = call.args[:2]
        assert isinstance(indices, (list, tuple))
        positions: list[object] = []
        for index in indices:
            if isinstance(index, torch.Tensor) and is_mask(index) and self._is_unknown(index):
                self.met = True
                chosen = self._assume.get(call.schema.operator, index.numel())
                positions.extend(_integers(index, chosen) for _ in range(index.dim()))
            else:
                positions.append(index)
        return Call(call.overload, (self_, positions, *call.args[2:]), call.kwargs)


def _integers(like: torch.Tensor, *shape: int) -> torch.Tensor:
    return dataless(shape, torch.int64, device=like.device)


def _nonzero(call: Call, most: int | None) -> object:
    (tensor,) = call.tensors[:1]
    return _integers(tensor, _size(tensor, most), tensor.dim())


def _where(call: Call, most: int | None) -> object:
    """The positions by dimension; with three arguments it chooses element by element, and is not asked for."""
    (tensor,) = call.tensors[:1]
    return [_integers(tensor, _size(tensor, most)) for _ in range(max(tensor.dim(), 1))]


def _masked_select(call: Call, most: int | None) -> object:
    values, mask = call.tensors[:2]
    size = math.prod(torch.broadcast_shapes(values.shape, mask.shape))
    return dataless((size if most is None else most,), values.dtype, device=values.device)


def _unique(call: Call, most: int | None) -> object:
    if isinstance(call.argument("dim"), int):
        return _unique_along(call, most)
    (values,) = call.tensors[:1]
    size = _size(values, most)
    inverse = call.schema.operator != "aten::unique_consecutive" or bool(call.argument("return_inverse"))
    out = dataless((size,), values.dtype, device=values.device)
    places = _integers(values, *(values.shape if inverse else (0,)))
    return (out, places) if call.schema.operator == "aten::_unique" else (out, places, _integers(values, size))


def _unique_along(call: Call, most: int | None) -> object:
    (values,) = call.tensors[:1]
    dim = call.argument("dim")
    assert isinstance(dim, int)
    size = values.shape[dim] if most is None else most
    shape = list(values.shape)
    shape[dim] = size
    out = dataless(shape, values.dtype, device=values.device)
    return out, _integers(values, values.shape[dim]), _integers(values, size)


def _first_dimension(call: Call, most: int | None) -> object:
    """Which of the boxes are kept: all of them."""
    (boxes,) = call.tensors[:1]
    return _integers(boxes, boxes.shape[0] if most is None else most)


def _counts(call: Call, most: int | None) -> object:
    """A counter for each value, of which there may be any number."""
    (values,) = call.tensors[:1]
    weights, least = call.argument("weights"), call.argument("minlength")
    if most is None:
        return None
    size = max(most, least if isinstance(least, int) else 0)
    return dataless((size,), weights.dtype if isinstance(weights, torch.Tensor) else torch.int64, device=values.device)


def _repeated(call: Call, most: int | None) -> object:
    self, dim = call.argument("self"), call.argument("dim")
    if most is None or not isinstance(self, torch.Tensor):
        return None
    if not isinstance(dim, int):
        return dataless((most,), self.dtype, device=self.device)
    shape = list(self.shape)
    shape[dim] = most
    return dataless(shape, self.dtype, device=self.device)


def _size(tensor: torch.Tensor, most: int | None) -> int:
    return tensor.numel() if most is None else most


_OF_DIFFERENT_VALUES = frozenset({"aten::_unique", "aten::_unique2"})
_LARGEST: Mapping[str, Largest] = {
    "aten::nonzero": _nonzero,
    "aten::argwhere": _nonzero,
    "aten::nonzero_numpy": _where,
    "aten::where": _where,
    "aten::masked_select": _masked_select,
    "aten::_unique": _unique,
    "aten::_unique2": _unique,
    "aten::unique_consecutive": _unique,
    "aten::unique_dim": _unique_along,
    "aten::unique_dim_consecutive": _unique_along,
    "aten::bincount": _counts,
    "aten::repeat_interleave": _repeated,
    "torchvision::nms": _first_dimension,
}
