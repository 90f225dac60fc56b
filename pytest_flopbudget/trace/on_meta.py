"""Carrying out a call with unknown inputs: torch's own kernels on the meta device."""

from __future__ import annotations

import torch

from pytest_flopbudget.count.marking import FormulaTable
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import META, AsMeta, DatalessTensor, dataless, hidden
from pytest_flopbudget.trace.nests import map_tensors, nbytes
from pytest_flopbudget.trace.recording import Recorder

_SMALL_BYTES = 2**26


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
        """The call's results without data; a write returns the very argument that it wrote to."""
        stand_ins = {id(tensor): _without_data(tensor) for tensor in call.tensors if is_real(tensor)}
        originals = {id(stand_ins[id(tensor)]): tensor for tensor in call.tensors if is_real(tensor)}
        on_meta = call.mapped(lambda tensor: stand_ins.get(id(tensor), tensor)).on(META)
        with AsMeta(call.tensors):
            try:
                out = on_meta.run()
            except NotImplementedError:
                if not self._has_shape(call):
                    raise
                out = self._by_formula(call)
            except RuntimeError as error:
                raise _in_the_kernels_words(call, error) from None
        asked = call.argument("device")
        device = asked if isinstance(asked, torch.device) and asked != META else self._device
        return map_tensors(lambda tensor: self._finished(tensor, originals, device), out)

    def _finished(self, tensor: torch.Tensor, originals: dict[int, torch.Tensor], device: torch.device) -> torch.Tensor:
        if id(tensor) in originals:
            return originals[id(tensor)]
        return hidden(tensor, device) if type(tensor) is torch.Tensor and tensor.is_meta else tensor

    def _has_shape(self, call: Call) -> bool:
        formula = self._table.formulas.get(call.schema.operator)
        return formula is not None and formula.shape is not None

    def _by_formula(self, call: Call) -> torch.Tensor:
        shape = self._table.formulas[call.schema.operator].shape
        assert shape is not None
        described = self._recorder.arguments(call)
        return torch.empty(tuple(shape(**described)), dtype=call.tensors[0].dtype, device=META)


def is_real(tensor: torch.Tensor) -> bool:
    """Whether a tensor has data of its own, known or not."""
    return type(tensor) is not DatalessTensor and not tensor.is_meta


def without_values(tensor: torch.Tensor) -> torch.Tensor:
    """A new tensor like a real one, without data."""
    return dataless(tensor.shape, tensor.dtype, stride=tensor.stride(), device=tensor.device)


def _in_the_kernels_words(call: Call, error: RuntimeError) -> RuntimeError:
    """What the kernel that the model would run says of these shapes; the data-less ones often word it differently."""
    if call.written or sum(map(nbytes, call.tensors)) > _SMALL_BYTES:
        return error
    try:
        call.mapped(lambda tensor: torch.zeros(tensor.shape, dtype=tensor.dtype)).run()
    except RuntimeError as real:
        return real
    return error


def _without_data(tensor: torch.Tensor) -> torch.Tensor:
    return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=META)
