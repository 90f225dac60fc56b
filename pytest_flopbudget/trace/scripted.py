"""Scripted modules keep their attributes, and may do their work, where Python does not see them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, cast

import torch
from torch.nn.modules.module import register_module_forward_hook

# Why such work is refused.
HIDDEN = (
    "is computed by TorchScript itself, which is not seen: count the model as it was before it was fused or optimised "
    "for inference"
)
# What TorchScript computes by itself: frozen for inference, or fused by earlier runs.
_BY_ITSELF = re.compile(r"prim::(mkldnn_|MKLDNN|oneDNNFusionGroup|TensorExpr\w*Group|FusionGroup|CudaFusionGroup)")


class _Kind(Protocol):
    """What torch's stubs leave out of a scripted type."""

    def get_attributes(self) -> Collection[str]: ...


class _Block(Protocol):
    """A graph, or a branch or a loop of one."""

    def nodes(self) -> Iterable[_Node]: ...


class _Node(Protocol):
    """A step of a graph."""

    def kind(self) -> str: ...
    def blocks(self) -> Iterable[_Block]: ...


@contextmanager
def scripted_kept(modules: Iterable[torch.nn.Module]) -> Iterator[None]:
    """Put back what a forward assigns in scripted modules: numbers, lists, tensors, flags.

    What it writes into a tensor is not put back here.
    """
    scripts = [module for module in modules if isinstance(module, torch.jit.ScriptModule)]
    kept = [(script._c, name, script._c.getattr(name)) for script in scripts for name in _attributes(script)]
    try:
        yield
    finally:
        for holder, name, value in kept:
            holder.setattr(name, value)


@contextmanager
def hidden_work_seen(follows: Callable[[], bool], seen: Callable[[str], None]) -> Iterator[None]:
    """Have told what a scripted module computed by itself, where no dispatch mode sees it.

    That is known from the graph that it ran: what earlier runs fused stays fused.

    Args:
        follows: Whether a call on this thread, here and now, is of interest.
        seen: Told of a kind of node, such as ``"prim::mkldnn_convolution"``, while its module is being called.
    """

    def left(module: torch.nn.Module, _inputs: object, _output: object) -> None:
        if not isinstance(module, torch.jit.ScriptModule) or not follows():
            return
        # Older torch has none where nothing was run yet.
        graph = cast("_Block | None", torch._C._last_executed_optimized_graph())
        kind = next((each for each in _kinds(graph) if _BY_ITSELF.match(each)), None) if graph is not None else None
        if kind is not None:
            seen(kind)

    handle = register_module_forward_hook(left)
    try:
        yield
    finally:
        handle.remove()


def _kinds(block: _Block) -> Iterator[str]:
    for node in block.nodes():
        yield node.kind()
        for below in node.blocks():
            yield from _kinds(below)


def _attributes(script: torch.jit.ScriptModule) -> Collection[str]:
    # A frozen module has no other way to its names.
    kind: object = torch._C.ConcreteModuleType.from_jit_type(script._c._type())
    return cast("_Kind", kind).get_attributes()
