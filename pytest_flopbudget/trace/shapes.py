"""The ``shapes`` backend: the model's own Python on tensors without data, seen operator by operator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import torch

from pytest_flopbudget.count.marking import FormulaTable
from pytest_flopbudget.count.measurement import Built, Trace
from pytest_flopbudget.declare.inputs import Inputs
from pytest_flopbudget.trace import guard, switches, twins
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.carrying import Carrier
from pytest_flopbudget.trace.dataless import making
from pytest_flopbudget.trace.failures import Failures
from pytest_flopbudget.trace.inputs import make_inputs
from pytest_flopbudget.trace.leaks import refuse_leaks
from pytest_flopbudget.trace.modes import LightMode
from pytest_flopbudget.trace.modules import ModuleStack, tree
from pytest_flopbudget.trace.nests import tensors_in
from pytest_flopbudget.trace.on_meta import MetaKernels, is_foreign
from pytest_flopbudget.trace.recording import Recorder
from pytest_flopbudget.trace.settings import settings_kept
from pytest_flopbudget.trace.storages import Storages


class ShapeMode(LightMode):
    """Sees every operator call of the forward at the highest level that has a formula, and carries it out."""

    def __init__(
        self, table: FormulaTable, stack: ModuleStack, carrier: Carrier, recorder: Recorder, failures: Failures
    ) -> None:
        super().__init__()
        self._table = table
        self._stack = stack
        self._carrier = carrier
        self._recorder = recorder
        self._failures = failures

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload,
        types: Sequence[type],
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        call = Call(func, args, kwargs or {})
        if not self._table.knows(call.schema.operator):
            # The mode is off inside its own handler; without it the pieces would vanish.
            with self:
                out = func.decompose(*call.args, **call.kwargs)
            if out is not NotImplemented:
                return out
        try:
            out = self._carrier.carry_out(call)
        except Exception as error:
            self._failures.note(error, call, self._stack.current)
            raise
        self._recorder.record(call, self._stack.current, out)
        return out


def trace(model: torch.nn.Module, inputs: Inputs, table: FormulaTable, built: Built) -> Trace:
    """Trace a live model's forward on shapes; the model is the same afterwards.

    Args:
        model: The model; it is traced in inference mode whatever its ``training`` flags.
        inputs: Its inputs, every dimension a number.
        table: What has a formula or is free; the rest is decomposed as far as it goes.
        built: How the model was built, for the record.

    Raises:
        MeasureError: The model cannot run at these shapes, needs values that shapes do not have, or keeps
            tensors of the trace outside itself.
    """
    with guard.LOCK, making() as alive:
        traced = follow(model, inputs, table, built)
        refuse_leaks(alive(), dict(model.named_modules()))
    return traced


def follow(model: torch.nn.Module, inputs: Inputs, table: FormulaTable, built: Built) -> Trace:
    """Trace a model as :func:`trace` does, but do not look for tensors that the forward kept.

    Raises:
        MeasureError: The model cannot run at these shapes, or needs values that shapes do not have.
    """
    with guard.LOCK, ExitStack() as setting:
        modules = dict(model.named_modules())
        setting.enter_context(settings_kept())
        setting.enter_context(guard.untouched(modules.values()))
        setting.enter_context(guard.one_form())
        stack = ModuleStack(modules)
        failures = Failures(modules, stack, inputs)
        setting.enter_context(failures.explained())
        storages = Storages()
        setting.callback(storages.put_back)
        recorder = Recorder(storages)
        device, dtype = twins.device_of(modules.values()), twins.dtype_of(modules.values())
        storages.made(twins.swap_in(modules.values()))
        setting.enter_context(guard.evaluated(modules.values()))
        args, kwargs = make_inputs(inputs, dtype, device)
        carrier = Carrier(storages, MetaKernels(table, recorder, device), device)
        setting.enter_context(switches.refused(device.type, storages.is_unknown, failures.note_what))
        with stack.watching(), ShapeMode(table, stack, carrier, recorder, failures):
            out = model(*args, **kwargs)
            if any(is_foreign(tensor) for tensor in tensors_in(out)):
                failures.refuse_foreign_output()
        nodes = tree(modules, stack.calls)
    return Trace(calls=tuple(recorder.calls), modules=nodes, backend="shapes", traced="shapes", built=built)
