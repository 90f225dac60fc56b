"""How many different values an unknown tensor can have: chosen from few, it has no more than there were."""

from __future__ import annotations

from collections.abc import Callable

import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.nests import tensors_in

# Their results have no other values than their first argument has.
_CHOOSING = frozenset(
    f"aten::{name}"
    for name in (
        "clone",
        "contiguous",
        "flatten",
        "flip",
        "gather",
        "index",
        "index_select",
        "masked_select",
        "repeat",
        "reshape",
        "take",
        "take_along_dim",
    )
)
_FILLING = frozenset({"aten::full", "aten::ones", "aten::zeros"})
_JOINING = frozenset({"aten::cat", "aten::concat", "aten::stack"})
_BY_TYPE = {torch.bool: 2, torch.uint8: 256, torch.int8: 256}
_MOST_LOOKED_AT = 2**21


class Distinct:
    """The most different values of each unknown storage that is known to have few.

    Args:
        is_unknown: Whether a tensor's values are unknown.
    """

    def __init__(self, is_unknown: Callable[[torch.Tensor], bool]) -> None:
        self._is_unknown = is_unknown
        # The storage is kept with its number: its address is not used again.
        self._most: dict[int, tuple[torch.UntypedStorage, int]] = {}

    def most(self, tensor: torch.Tensor) -> int:
        """The most different values that a tensor can have."""
        most = min(tensor.numel(), _BY_TYPE.get(tensor.dtype, tensor.numel()))
        if not self._is_unknown(tensor):
            return min(most, _counted(tensor))
        kept = self._most.get(_key(tensor))
        return most if kept is None else min(most, kept[1])

    def note(self, call: Call, out: object) -> None:
        """A call was carried out."""
        for tensor in call.written:
            self._most.pop(_key(tensor), None)
        if call.written or not isinstance(out, torch.Tensor) or not self._is_unknown(out):
            return
        # A view is of a storage that may have more values.
        most = None if _key(out) in map(_key, call.tensors) else self._of_result(call)
        if most is not None:
            self._most[_key(out)] = (out.untyped_storage(), most)

    def _of_result(self, call: Call) -> int | None:
        operator = call.schema.operator
        if operator in _FILLING:
            return 1
        if operator in _CHOOSING:
            return self.most(call.tensors[0])
        if operator in _JOINING:
            return sum(map(self.most, tensors_in(call.args[0])))
        if operator == "aten::remainder":
            return self._of_remainder(call)
        return None

    def _of_remainder(self, call: Call) -> int:
        """Divided by a whole number there are as many remainders."""
        (dividend, *_), divisor = call.tensors, call.argument("other")
        whole = isinstance(divisor, int) and divisor and not dividend.is_floating_point()
        return min(self.most(dividend), abs(divisor)) if whole and isinstance(divisor, int) else self.most(dividend)


def _counted(tensor: torch.Tensor) -> int:
    """The different values of a known tensor; of a large one no more than its storage has room for."""
    if tensor.layout is not torch.strided:
        return tensor.numel()
    if tensor.numel() <= _MOST_LOOKED_AT:
        return int(tensor.unique().numel())
    return tensor.untyped_storage().nbytes() // tensor.element_size()


def _key(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage()._cdata if tensor.layout is torch.strided else id(tensor)
