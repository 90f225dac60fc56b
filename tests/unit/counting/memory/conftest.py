"""Forwards made up of calls, without torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pytest

from pytest_flopbudget.counting.boundary import Boundary, Weight
from pytest_flopbudget.counting.measurement import Measurement, ModuleNode
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec


class Forward:
    """Adds one call after the other; every new tensor has a storage of its own."""

    def __init__(self) -> None:
        self.calls: list[OperatorCall] = []
        self.inputs: list[TensorSpec] = []
        self.weights: list[Weight] = []
        self._storages = 0

    def new(self, *shape: int, dtype: str = "float32") -> TensorSpec:
        self._storages += 1
        return TensorSpec(shape, dtype, self._storages)

    def input(self, *shape: int, dtype: str = "float32") -> TensorSpec:
        self.inputs.append(self.new(*shape, dtype=dtype))
        return self.inputs[-1]

    def weight(self, name: str, *shape: int, dtype: str = "float32", buffer: bool = False) -> TensorSpec:
        spec = self.new(*shape, dtype=dtype)
        module, _, last = name.rpartition(".")
        self.weights.append(Weight(module, last, "buffer" if buffer else "parameter", spec))
        return spec

    def call(
        self, operator: str, out: object, /, *, module: str = "", writes: Iterable[TensorSpec] = (), **arguments: object
    ) -> None:
        written = tuple(spec.storage for spec in writes)
        self.calls.append(OperatorCall(f"aten::{operator}", module, arguments, out, writes=written))

    def add(self, operator: str, out: object, arguments: Mapping[str, object]) -> None:
        """A call whose arguments have any names."""
        self.calls.append(OperatorCall(f"aten::{operator}", "", arguments, out))

    def op(self, operator: str, *reads: TensorSpec, shape: tuple[int, ...] | None = None) -> TensorSpec:
        """A call that reads some tensors and makes one, of the first's shape unless another is given."""
        out = self.new(*(reads[0].shape if shape is None else shape))
        arguments = dict(zip(("self", "other", "third"), reads, strict=False))
        self.add(operator, out, arguments)
        return out

    def conv(self, x: TensorSpec, channels: int = 4, groups: int = 1, **more: object) -> TensorSpec:
        """A convolution with a kernel of 1 by 1; a stride of (2, 2) halves both sides."""
        weight = self.weight(f"conv{len(self.calls)}.weight", channels, x.shape[1] // groups, 1, 1)
        given = {"stride": (1, 1), "padding": (0, 0), "groups": groups} | more
        size = x.shape[2] // 2 if given["stride"] == (2, 2) else x.shape[2]
        out = self.new(1, channels, size, size)
        self.add("conv2d", out, {"input": x, "weight": weight, "bias": None, **given})
        return out

    def measurement(self, *outputs: TensorSpec) -> Measurement:
        return Measurement(
            calls=tuple((call, Cost()) for call in self.calls),
            modules=(ModuleNode(""),),
            boundary=Boundary(tuple(self.inputs), outputs, tuple(self.weights)),
        )


@pytest.fixture
def forward() -> Callable[[], Forward]:
    return Forward
