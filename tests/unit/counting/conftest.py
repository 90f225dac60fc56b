"""Counts whatever torch calls inside a function, with the real table, by the shortest tracer there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest
import torch
from torch.backends import opt_einsum
from torch.utils._python_dispatch import TorchDispatchMode

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec

Count = Callable[[Callable[[], object]], tuple[Cost, list[str]]]


class _Counter(TorchDispatchMode):
    def __init__(self) -> None:
        TorchDispatchMode.__init__(self)
        self.total = Cost()
        self.uncounted: list[str] = []

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload,
        types: Sequence[type],
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        kwargs = kwargs or {}
        if not FORMULAS.knows(func._schema.name):
            with self:
                pieces = func.decompose(*args, **kwargs)
            if pieces is not NotImplemented:
                return pieces
        out = func(*args, **kwargs)
        given = dict(zip((argument.name for argument in func._schema.arguments), args, strict=False)) | dict(kwargs)
        arguments = {
            argument.name: _described(given.get(argument.name, argument.default_value))
            for argument in func._schema.arguments
        }
        cost = FORMULAS.cost(OperatorCall(func._schema.name, "", arguments, _described(out)))
        if cost is None:
            self.uncounted.append(func._schema.name)
        else:
            self.total += cost
        return out


def _described(value: object) -> object:
    if isinstance(value, torch.Tensor):
        return TensorSpec(tuple(value.shape), str(value.dtype).removeprefix("torch."))
    if isinstance(value, (list, tuple)):
        return tuple(_described(item) for item in value)
    return value


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> Count:
    """Counts a function under inference mode, where composite operators arrive whole: (cost, uncounted)."""
    monkeypatch.setattr(opt_einsum, "enabled", False)

    def count(function: Callable[[], object]) -> tuple[Cost, list[str]]:
        with torch.inference_mode(), _Counter() as counter:
            function()
        return counter.total, counter.uncounted

    return count


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> Count:
    """Counts a function without gradients, where composite operators arrive in pieces: (cost, uncounted)."""
    monkeypatch.setattr(opt_einsum, "enabled", False)

    def count(function: Callable[[], object]) -> tuple[Cost, list[str]]:
        with torch.no_grad(), _Counter() as counter:
            function()
        return counter.total, counter.uncounted

    return count


@pytest.fixture
def with_gradients(monkeypatch: pytest.MonkeyPatch) -> Count:
    """Counts a function that differentiates: what the forward and the gradients are made of: (cost, uncounted)."""
    monkeypatch.setattr(opt_einsum, "enabled", False)

    def count(function: Callable[[], object]) -> tuple[Cost, list[str]]:
        with torch.enable_grad(), _Counter() as counter:
            function()
        return counter.total, counter.uncounted

    return count
