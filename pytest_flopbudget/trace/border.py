"""What goes into a forward, what comes out of it, and what the model holds, as it was when the forward began."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import torch

from pytest_flopbudget.counting.boundary import Boundary, Replaced, Weight, WeightKind
from pytest_flopbudget.counting.operators import TensorSpec, specs_in
from pytest_flopbudget.trace.copies import tensors_within
from pytest_flopbudget.trace.dataless import DatalessTensor
from pytest_flopbudget.trace.nests import leaves
from pytest_flopbudget.trace.recording import Recorder
from pytest_flopbudget.trace.snapshots import Attribute

# The path of a module, what of it holds a tensor, the tensor's name there, and the tensor.
_Held: TypeAlias = "tuple[str, Mapping[str, object], str, torch.Tensor]"


class Border:
    """Takes down a forward's arguments and its model's tensors before it runs, and what it returned after.

    Args:
        recorder: Describes tensors.
        modules: The model's modules by their paths, with twins in their places.
        attributes: What they hold beside parameters and buffers, and what may be or hold tensors.
        arguments: What the forward is called with.
    """

    def __init__(
        self,
        recorder: Recorder,
        modules: Mapping[str, torch.nn.Module],
        attributes: Iterable[Attribute],
        arguments: object,
    ) -> None:
        self._recorder = recorder
        self._inputs = tuple(self._specs(leaves(arguments)))
        self._weights: list[Weight] = []
        # Each buffer and each attribute that is a tensor, with where it is held.
        self._held: list[_Held] = []
        self._seen: set[int] = set()
        # Most modules have no such attributes.
        self._beside: dict[int, list[str]] = {}
        for attribute in attributes:
            self._beside.setdefault(id(attribute.module), []).append(attribute.name)
        for path, module in modules.items():
            # A module with several paths is one.
            if id(module) not in self._seen:
                self._seen.add(id(module))
                self._look_at(path, module)

    def boundary(self, returned: Iterable[object]) -> Boundary:
        """All of it, with what the forward returned."""
        return Boundary(self._inputs, tuple(self._specs(returned)), tuple(self._weights), tuple(self._replaced()))

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

    def _look_at(self, path: str, module: torch.nn.Module) -> None:
        # What a scripted module assigns stays with TorchScript.
        is_scripted = isinstance(module, torch.jit.ScriptModule)
        for name, parameter in module._parameters.items():
            self._weigh(path, name, "parameter", parameter)
        if buffers := module._buffers:
            temporary = getattr(module, "_non_persistent_buffers_set", ())
            for name, tensor in buffers.items():
                self._weigh(path, name, "temporary" if name in temporary else "buffer", tensor)
                if tensor is not None and not is_scripted:
                    self._held.append((path, buffers, name, tensor))
        names = self._beside.get(id(module))
        if names is not None:
            attributes = {name: module.__dict__.get(name) for name in names}
            self._weights.extend(self._packed(path, attributes, self._seen))
            if not is_scripted:
                tensors = [(name, value) for name, value in attributes.items() if isinstance(value, torch.Tensor)]
                self._held.extend((path, module.__dict__, name, tensor) for name, tensor in tensors)

    def _weigh(self, path: str, name: str, kind: WeightKind, tensor: torch.Tensor | None) -> None:
        if tensor is None or id(tensor) in self._seen:
            return
        self._seen.add(id(tensor))
        spec = self._recorder.described(tensor)
        assert isinstance(spec, TensorSpec)
        # A twin is strided, and asking it takes long.
        is_strided = type(tensor) is DatalessTensor or tensor.layout is torch.strided
        self._weights.append(Weight(path, name, kind, spec, int(tensor.storage_offset()) if is_strided else 0))

    def _packed(self, path: str, attributes: Mapping[str, object], seen: set[int]) -> Iterator[Weight]:
        """What a quantized layer keeps packed in an object of its library's."""
        packed = [(name, value) for name, value in attributes.items() if type(value) is torch.ScriptObject]
        for name, value in packed:
            if id(value) not in seen:
                seen.add(id(value))
                specs = tuple(specs_in(self._recorder.described(value)))
                matrices = [spec for spec in specs if len(spec.shape) > 1]
                # A cell tells its biases twice: packed with its matrices, and beside them.
                biases = [spec for spec in specs if len(spec.shape) <= 1][: len(matrices)]
                yield from (Weight(path, f"{name}.weight", "parameter", spec) for spec in matrices)
                yield from (Weight(path, f"{name}.bias", "parameter", spec) for spec in biases)
