"""Carrying out operator calls: for real where every input is known, else on shapes alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch

from pytest_flopbudget.counting.factories import LIKE_FACTORIES, SETTLED_FACTORIES
from pytest_flopbudget.trace.autocast import casts_within, library_type, pieces
from pytest_flopbudget.trace.bounds import refuse_out_of_range
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import ReadsValuesError, dataless
from pytest_flopbudget.trace.foreign import refuse_foreign, refuse_gradients_of_data, refuse_nested
from pytest_flopbudget.trace.masks import INDEXING, selected, with_positions
from pytest_flopbudget.trace.nests import map_tensors, tensors_in
from pytest_flopbudget.trace.on_meta import MetaKernels, is_real, without_values
from pytest_flopbudget.trace.packing import PACKING
from pytest_flopbudget.trace.reading import hands_out, reads_values
from pytest_flopbudget.trace.remembering import Remembered
from pytest_flopbudget.trace.repeating import sized
from pytest_flopbudget.trace.shape_rules import RULES
from pytest_flopbudget.trace.shape_rules.marking import Rule
from pytest_flopbudget.trace.shape_rules.refusing import refuse_mixed_types
from pytest_flopbudget.trace.sizes import gives_large, is_large, refuse_large_search, searches, surely_small, too_large
from pytest_flopbudget.trace.storages import Storages
from pytest_flopbudget.trace.worst import WorstCase


class Carrier:
    """Carries out the calls of one trace, and keeps the account of what is known."""

    def __init__(
        self,
        storages: Storages,
        kernels: MetaKernels,
        device: torch.device,
        *,
        gradients: bool,
        worst: WorstCase | None = None,
        rules: Mapping[str, Rule] = RULES,
    ) -> None:
        self._worst = worst
        self._rules = rules
        self._storages = storages
        self._remembered = Remembered(storages)
        self._gradients = gradients
        self._kernels = kernels
        self._device = device

    @property
    def data_dependent(self) -> bool:
        """Never: what reads an unknown value is refused."""
        return False

    @property
    def is_worst_case(self) -> bool:
        """Whether a size that depends on data was taken to be the largest."""
        return self._worst is not None and self._worst.met

    @property
    def executes(self) -> bool:
        """Never: tensors have no data."""
        return False

    def knows(self, tensor: torch.Tensor) -> bool:
        """Whether a tensor's values are known."""
        return not self._storages.is_unknown(tensor)

    def forget(self, tensors: Iterable[torch.Tensor]) -> None:
        """The values of these are unknown from now on."""
        for tensor in tensors:
            self._storages.forget(tensor)
            self._remembered.forget(tensor)

    def carry_out(self, call: Call) -> object:
        """The call's result, sharing the storages that it would share in torch.

        Raises:
            NotOnShapesError: The call reads a value that is unknown.
        """
        out = self._carried_out(call)
        if self._worst is not None:
            self._worst.note(call, out)
        return out

    def _carried_out(self, call: Call) -> object:
        if not any(self._storages.is_unknown(tensor) for tensor in call.tensors):
            return self._known(call)
        if call.schema.operator in LIKE_FACTORIES:
            return self._like(call)
        recalled = self._remembered.recalled(call)
        if recalled is not None:
            return self._with_values(call, recalled)
        refuse_foreign(call)
        unknown = [tensor for tensor in call.tensors if self._storages.is_unknown(tensor)]
        by_size = all(map(self._storages.is_too_large, unknown))
        if self._worst is not None and reads_values(call, self._storages.is_unknown):
            if (largest := self._worst.result(call)) is not None:
                return largest
            call = self._worst.with_positions(call)
        self._refuse_reading(call, by_size=by_size)
        if self._gradients:
            refuse_gradients_of_data(call)
        refuse_mixed_types(call)
        refuse_out_of_range(call, lambda tensor: not self._storages.is_unknown(tensor))
        if any(map(self._storages.is_handed_out, call.written)):
            raise ReadsValuesError("writes what depends on data to a tensor whose values were read")
        self.forget(call.written)
        out = self._on_shapes(call)
        if by_size:
            self._storages.too_large((*call.written, *_dataless_in(out)))
        return out

    def _on_shapes(self, call: Call) -> object:
        operator = call.schema.operator
        if operator in INDEXING:
            call = with_positions(call, self._storages.is_unknown)
        out = self._by_rule(call)
        if out is not None:
            return out
        if call.schema.views and all(is_real(tensor) for tensor in call.tensors):
            return map_tensors(self._view_or_unknown, call.run())
        if operator == "aten::masked_select":
            return selected(call)
        if operator in PACKING:
            data, sizes = PACKING[operator](call)
            self._storages.made([sizes])
            return data, sizes
        return self._kernels.run(sized(call))

    def _known(self, call: Call) -> object:
        if call.asks_for_meta:
            call = call.on(self._device)
        if hands_out(call):
            self._storages.hand_out(call.tensors[0])
        numbered = sized(call)
        estimate = None if surely_small(numbered) else self._estimate(numbered)
        if estimate is not None:
            self._storages.too_large(_dataless_in(estimate))
            return estimate
        with pieces(call.overload):
            out = self._storages.run(call)
        refuse_nested(out)
        return map_tensors(self._in_mind, out) if self._gradients and not _shares(call) else out

    def _in_mind(self, tensor: torch.Tensor) -> torch.Tensor:
        # A single number is rather branched on, as by layers that are dropped at random.
        return self._remembered.in_mind(tensor) if tensor.numel() > 1 else tensor

    def _with_values(self, call: Call, recalled: Call) -> object:
        if call.written:
            self._storages.run(recalled)
            return self._on_shapes(call)
        # These may be gradients, where a single number too must be without data.
        return map_tensors(self._remembered.in_mind, self._known(recalled))

    def _estimate(self, call: Call) -> object:
        """The results without data of a call on known values that would give large ones; None where they are small.

        Raises:
            NotOnShapesError: It would search a large tensor, or let an argument grow large.
        """
        if searches(call):
            refuse_large_search(call)
            return None
        if _allocates_nothing(call):
            return None
        if call.schema.operator in INDEXING:
            call = with_positions(call, self._storages.is_unknown)
        estimate = self._by_rule(call)
        if estimate is not None and not call.schema.views:
            return estimate if gives_large(call, tensors_in(estimate)) else None
        if not gives_large(call, self._kernels.allocated(call)):
            return None
        if call.schema.writes:
            raise too_large()
        # What it writes to beside its results is not written.
        self._storages.too_large(call.written)
        return self._kernels.run(call)

    def _like(self, call: Call) -> object:
        like = call.tensors[0]
        if is_large(like) or (self._gradients and call.schema.operator not in SETTLED_FACTORIES):
            ruled = self._by_rule(call)
            out = self._kernels.run(call) if ruled is None else ruled
            self._storages.too_large(tensor for tensor in _dataless_in(out) if is_large(like))
            return out
        real = torch.empty_strided(like.shape, like.stride(), dtype=like.dtype, device=self._device)
        out = self._known(call.mapped(lambda _: real))
        # Autograd wants a gradient where its tensor is: without data.
        return map_tensors(self._remembered.in_mind, out) if self._gradients else out

    def _by_rule(self, call: Call) -> object:
        """The results without data by a rule of ours; None where there is none, or it steps aside."""
        rule = self._rules.get(call.schema.overload)
        if rule is not None and casts_within(call.overload):
            dtype = library_type(call)
            if dtype is None:
                return None
            call = call.mapped(lambda tensor: _in_type(tensor, dtype))
        return None if rule is None else rule(*call.args, **call.kwargs)

    def _refuse_reading(self, call: Call, *, by_size: bool) -> None:
        handed_out = hands_out(call) and is_real(call.tensors[0])
        if handed_out or reads_values(call, self._storages.is_unknown):
            of_data = handed_out or reads_values(call, self._depends_on_data)
            raise ReadsValuesError if of_data and not by_size else too_large()

    def _depends_on_data(self, tensor: torch.Tensor) -> bool:
        return self._storages.is_unknown(tensor) and not self._storages.is_too_large(tensor)

    def _view_or_unknown(self, tensor: torch.Tensor) -> torch.Tensor:
        """A view of an unknown real storage stays what it is; a copy of one has no values to keep."""
        return tensor if self._storages.is_unknown(tensor) else without_values(tensor)


def _shares(call: Call) -> bool:
    """Whether what a call gives may be an argument, or a view of one."""
    return bool(call.written) or call.schema.views


def _in_type(tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """A float in another type, without data."""
    if not tensor.is_floating_point():
        return tensor
    return dataless(tensor.shape, dtype, stride=tensor.stride(), device=tensor.device)


def _allocates_nothing(call: Call) -> bool:
    """Whether a call needs no estimate: it writes in place, or is a view of what torch has no shapes for."""
    grows = call.schema.operator in {"aten::resize_", "aten::resize_as_"}
    in_place = bool(call.schema.writes) and call.schema.operator.endswith("_") and not grows
    return in_place or ((call.schema.views or bool(call.written)) and not all(map(_is_plain, call.tensors)))


def _is_plain(tensor: torch.Tensor) -> bool:
    return tensor.layout is torch.strided and not (tensor.is_quantized or tensor.is_nested)


def _dataless_in(out: object) -> list[torch.Tensor]:
    return [tensor for tensor in tensors_in(out) if not is_real(tensor)]
