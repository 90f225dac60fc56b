"""Carrying out a call with unknown inputs: torch's own kernels on the meta device."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.declaring.tracebacks import lines
from pytest_flopbudget.trace.autocast import pieces_on_shapes
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import (
    META,
    AsMeta,
    DatalessTensor,
    NotOnShapesError,
    ReadsValuesError,
    dataless,
    hidden,
)
from pytest_flopbudget.trace.nests import map_tensors, nbytes, tensors_in
from pytest_flopbudget.trace.recording import Recorder

_SMALL_BYTES = 2**26
# What torch says of a custom operator that has nothing for shapes.
_NO_FAKE = ("no fake impl", "find the fake impl")


class MetaKernels:
    """Results by torch's kernels on shapes alone, reporting the device that the model would run on.

    Args:
        table: Formulas, some of which give the shape for an operator that has no such kernel.
        recorder: What describes arguments to those formulas.
        device: The device to report.
    """

    def __init__(self, table: FormulaTable, recorder: Recorder, device: torch.device) -> None:
        self._table = table
        self._recorder = recorder
        self._device = device

    def run(self, call: Call) -> object:
        """The call's results without data; a write returns the very argument that it wrote to.

        Raises:
            NotOnShapesError: torch has no data-less kernel for the call.
        """
        stand_ins = _stand_ins(call)
        originals = {_storage(stand_ins[id(tensor)]): tensor for tensor in call.tensors if is_real(tensor)}
        out = self._out(call, stand_ins)
        if any(_layout(tensor) != _layout(stand_ins[id(tensor)]) for tensor in call.tensors if is_real(tensor)):
            raise ReadsValuesError("changes the shape of a tensor in place by what depends on data")
        asked = call.argument("device")
        device = asked if isinstance(asked, torch.device) and asked != META else self._device
        return map_tensors(lambda tensor: self._finished(tensor, originals, device), out)

    def allocated(self, call: Call) -> list[torch.Tensor]:
        """What a call on real tensors alone would take memory for, without data: results, and arguments that grow.

        Raises:
            NotOnShapesError: torch has no data-less kernel for the call.
        """
        stand_ins = _stand_ins(call)
        before = {id(stand_in): nbytes(stand_in) for stand_in in stand_ins.values()}
        storages = {_storage(stand_in) for stand_in in stand_ins.values()}
        out = self._out(call, stand_ins)
        grown = [stand_in for stand_in in stand_ins.values() if nbytes(stand_in) > before[id(stand_in)]]
        return [*(tensor for tensor in tensors_in(out) if _storage(tensor) not in storages), *grown]

    def _out(self, call: Call, stand_ins: Mapping[int, torch.Tensor]) -> object:
        on_meta = call.mapped(lambda tensor: stand_ins.get(id(tensor), tensor)).on(META)
        with AsMeta(call.tensors), pieces_on_shapes(call.overload):
            try:
                return self._by_formula(call) if self._has_shape(call) else on_meta.run()
            except NotImplementedError as error:
                raise _without_kernel(call) from error
            except RuntimeError as error:
                raise _in_the_kernels_words(call, error) from error

    def _finished(self, tensor: torch.Tensor, originals: dict[int, torch.Tensor], device: torch.device) -> torch.Tensor:
        original = originals.get(_storage(tensor)) if tensor.layout is torch.strided else None
        if original is not None:
            if _layout(tensor) == _layout(original):
                return original
            # A view of the stand-in becomes the same view of the real tensor, so that what aliases still does.
            return original.as_strided(
                tensor.shape, tensor.stride(), original.storage_offset() + tensor.storage_offset()
            )
        return hidden(tensor, device) if type(tensor) is torch.Tensor and tensor.is_meta else tensor

    def _has_shape(self, call: Call) -> bool:
        formula = self._table.formulas.get(call.schema.operator)
        return formula is not None and formula.shape is not None

    def _by_formula(self, call: Call) -> torch.Tensor:
        shape = self._table.shape(call.schema.operator, self._recorder.arguments(call))
        floating = [tensor.dtype for tensor in call.tensors if tensor.is_floating_point() or tensor.is_complex()]
        dtype = next(iter(floating or [tensor.dtype for tensor in call.tensors]), torch.get_default_dtype())
        return torch.empty(shape, dtype=dtype, device=META)


def _stand_ins(call: Call) -> dict[int, torch.Tensor]:
    return {id(tensor): _without_data(tensor) for tensor in call.tensors if is_real(tensor)}


def _storage(tensor: torch.Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _layout(tensor: torch.Tensor) -> tuple[torch.Size, tuple[int, ...]]:
    return tensor.shape, tensor.stride()


def is_real(tensor: torch.Tensor) -> bool:
    """Whether a tensor has data of its own, known or not."""
    return type(tensor) is not DatalessTensor and not tensor.is_meta


def is_foreign(tensor: torch.Tensor) -> bool:
    """Whether a tensor has no data and was not made by the trace."""
    return tensor.is_meta and type(tensor) is not DatalessTensor


def without_values(tensor: torch.Tensor) -> torch.Tensor:
    """A new tensor like a real one, without data."""
    return dataless(tensor.shape, tensor.dtype, stride=tensor.stride(), device=tensor.device)


def _in_the_kernels_words(call: Call, error: RuntimeError) -> RuntimeError:
    """What the kernel that the model would run says of these shapes; the data-less ones often word it differently."""
    if any(words in str(error) for words in _NO_FAKE):
        return _without_kernel(call)
    # Only torch's own kernels are tried: what a user's does, nobody asked for.
    ours = call.schema.operator.startswith("aten::")
    if not ours or call.written or sum(map(nbytes, call.tensors)) > _SMALL_BYTES:
        return error
    try:
        call.mapped(lambda tensor: tensor if is_real(tensor) else torch.zeros(tensor.shape, dtype=tensor.dtype)).run()
    except RuntimeError as real:
        return real
    return NotOnShapesError(f"runs on data only: {lines(error)[0]}")


def _without_kernel(call: Call) -> NotOnShapesError:
    operator = call.schema.operator
    if operator.startswith("aten::"):
        return NotOnShapesError("has no data-less kernel in torch")
    return NotOnShapesError(
        f'has no data-less kernel: give it one with register_fake, or its shape with @formula("{operator}", shape=...)'
    )


def _without_data(tensor: torch.Tensor) -> torch.Tensor:
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=META)
