"""What goes into a forward, what comes out of it, and what the model holds, as it was when the forward began."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import torch

from pytest_flopbudget.counting.boundary import Boundary, Replaced, Weight, WeightKind
from pytest_flopbudget.counting.operators import TensorSpec, specs_in
from pytest_flopbudget.trace.copies import tensors_within
from pytest_flopbudget.trace.dataless import DatalessTensor
from pytest_flopbudget.trace.nests import leaves
from pytest_flopbudget.trace.recording import Recorder

_PLAIN = frozenset((torch.Tensor, DatalessTensor))


class Border:
    """Takes down a forward's arguments and its model's tensors before it runs, and what it returned after.

    Args:
        recorder: Describes tensors.
        modules: The model's modules by their paths, with twins in their places.
        arguments: What the forward is called with.
    """

    def __init__(self, recorder: Recorder, modules: Mapping[str, torch.nn.Module], arguments: object) -> None:
        self._recorder = recorder
        self._inputs = tuple(self._specs(leaves(arguments)))
        self._weights = tuple(self._weights_of(modules))
        self._held = tuple(_held(modules))

    def boundary(self, returned: Iterable[object]) -> Boundary:
        """All of it, with what the forward returned."""
        return Boundary(self._inputs, tuple(self._specs(returned)), self._weights, tuple(self._replaced()))

    def _replaced(self) -> Iterator[Replaced]:
        """What the modules hold in other storages than before."""
        for path, holder, name, tensor in self._held:
            now = holder.get(name)
            if now is tensor or not isinstance(now, torch.Tensor):
                continue
            (before,), (after,) = (specs_in(self._recorder.described(each)) for each in (tensor, now))
            if before.storage != after.storage:
                yield Replaced(path, name, before, after)

    def _specs(self, values: Iterable[object]) -> Iterator[TensorSpec]:
        for value in values:
            for tensor in tensors_within(value):
                yield from specs_in(self._recorder.described(tensor))

    def _weights_of(self, modules: Mapping[str, torch.nn.Module]) -> Iterator[Weight]:
        seen: set[int] = set()
        for path, module in modules.items():
            if id(module) in seen:
                continue
            seen.add(id(module))
            temporary = getattr(module, "_non_persistent_buffers_set", ())
            for name, tensor in (*module._parameters.items(), *module._buffers.items()):
                if tensor is not None and id(tensor) not in seen:
                    seen.add(id(tensor))
                    held = name in module._parameters
                    kind: WeightKind = "parameter" if held else "temporary" if name in temporary else "buffer"
                    yield self._weight(path, name, kind, tensor)
            yield from self._packed(path, module, seen)

    def _weight(self, path: str, name: str, kind: WeightKind, tensor: torch.Tensor) -> Weight:
        spec = self._recorder.described(tensor)
        assert isinstance(spec, TensorSpec)
        offset = int(tensor.storage_offset()) if tensor.layout is torch.strided else 0
        return Weight(path, name, kind, spec, offset)

    def _packed(self, path: str, module: torch.nn.Module, seen: set[int]) -> Iterator[Weight]:
        """What a quantized layer keeps packed in an object of its library's."""
        # Every attribute of every module is looked at: asking for subclasses, of which there are none, takes longer.
        if torch.ScriptObject not in map(type, module.__dict__.values()):
            return
        packed = [(name, value) for name, value in module.__dict__.items() if type(value) is torch.ScriptObject]
        for name, value in packed:
            if id(value) not in seen:
                seen.add(id(value))
                specs = tuple(specs_in(self._recorder.described(value)))
                matrices = [spec for spec in specs if len(spec.shape) > 1]
                # A cell tells its biases twice: packed with its matrices, and beside them.
                biases = [spec for spec in specs if len(spec.shape) <= 1][: len(matrices)]
                yield from (Weight(path, f"{name}.weight", "parameter", spec) for spec in matrices)
                yield from (Weight(path, f"{name}.bias", "parameter", spec) for spec in biases)


def _held(modules: Mapping[str, torch.nn.Module]) -> Iterator[tuple[str, Mapping[str, object], str, torch.Tensor]]:
    """Each buffer and each attribute that is a tensor, with where it is held; a module with several paths is one."""
    seen: set[int] = set()
    for path, module in modules.items():
        # What a scripted module assigns stays with TorchScript.
        if id(module) in seen or isinstance(module, torch.jit.ScriptModule):
            continue
        seen.add(id(module))
        for holder in (module._buffers, module.__dict__):
            # Most modules hold none, and asking for the types of all at once is fast.
            if not _PLAIN.isdisjoint(map(type, holder.values())):
                tensors = [(name, value) for name, value in holder.items() if isinstance(value, torch.Tensor)]
                yield from ((path, holder, name, tensor) for name, tensor in tensors)
