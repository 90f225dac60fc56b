"""Repeating, splitting and encoding by known tensors: how much of it there will be is known."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.calls import Call

SIZED = frozenset({"aten::repeat_interleave", "aten::tensor_split", "aten::one_hot"})


def sized(call: Call) -> Call:
    """The same call with numbers for the known tensors that its result's size depends on; most have none."""
    if call.schema.operator == "aten::repeat_interleave" and call.argument("output_size") is None:
        return _repeating(call)
    if call.schema.operator == "aten::tensor_split":
        return _splitting(call)
    if call.schema.operator == "aten::one_hot" and call.argument("num_classes") in (None, -1):
        return _encoding(call)
    return call


def _repeating(call: Call) -> Call:
    self, repeats, dim = call.argument("self"), call.argument("repeats"), call.argument("dim")
    if not isinstance(repeats, torch.Tensor):
        return call
    total = int(repeats.sum())
    if isinstance(self, torch.Tensor) and repeats.numel() == 1:
        # One number stands for every element along the dimension.
        total *= self.shape[dim] if isinstance(dim, int) and self.dim() else self.numel()
    return Call(call.overload, call.args, {**call.kwargs, "output_size": total})


def _splitting(call: Call) -> Call:
    places = call.argument("tensor_indices_or_sections")
    if not isinstance(places, torch.Tensor):
        return call
    dim = call.argument("dim")
    overload = torch.ops.aten.tensor_split.indices if places.dim() else torch.ops.aten.tensor_split.sections
    return Call(overload, (call.argument("self"), places.tolist(), 0 if dim is None else dim), {})


def _encoding(call: Call) -> Call:
    classes = call.argument("self")
    if not isinstance(classes, torch.Tensor) or not classes.numel():
        return call
    return Call(call.overload, (classes, int(classes.max()) + 1), {})
