"""Building without data needs no initial values, and torch computes even those of meta tensors in slow Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from pytest_flopbudget.trace.dataless import META
from pytest_flopbudget.trace.modes import LightMode

_FILLS = frozenset(
    f"aten::{name}" for name in ("uniform_", "normal_", "fill_", "zero_", "bernoulli_", "exponential_", "erfinv_")
)
_FILLED = frozenset({torch.ops.aten.zeros.default, torch.ops.aten.ones.default})


class NoInitialisation(LightMode):
    """Leaves out what only fills a meta tensor with values."""

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload,
        types: Sequence[type],
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        kwargs = kwargs or {}
        if func._schema.name in _FILLS and isinstance(args[0], torch.Tensor) and args[0].is_meta:
            return args[0]
        if func in _FILLED and kwargs.get("device") == META:
            return torch.ops.aten.empty.memory_format(*args, **kwargs)
        return func(*args, **kwargs)
