"""The user's model, and torch's own state, are the same after a trace, also when it raised."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from operator import is_
from typing import Any, TypeAlias

import torch
import torch.backends.opt_einsum

# One for the process: a trace swaps entries of the user's modules, and two at once would keep each other's.
LOCK = threading.RLock()

_CONTAINERS = (dict, OrderedDict, Counter, defaultdict, list, deque, set)


@contextmanager
def untouched(modules: Iterable[torch.nn.Module]) -> Iterator[None]:
    """Put back all that a forward may change in modules: attributes, flags, hooks, children, gradients.

    Every module's ``__dict__`` is restored in place, and so are the builtin containers in it (parameters,
    buffers, hooks, the model's own lists and dicts), one level down.
    """
    kept = list(modules)
    snapshots = [snapshot for module in kept for snapshot in _snapshots(module)]
    gradients = [
        (parameter, parameter.grad)
        for module in kept
        for parameter in module._parameters.values()
        if parameter is not None and parameter.is_leaf
    ]
    for parameter, gradient in gradients:
        if gradient is not None:
            # A backward would add to it in place.
            parameter.grad = None
    try:
        yield
    finally:
        for container, content in snapshots:
            if container or content:
                _put_back(container, content)
        for parameter, gradient in gradients:
            if parameter.grad is not gradient:
                parameter.grad = gradient


Container: TypeAlias = "dict[Any, Any] | list[Any] | deque[Any] | set[Any]"


def _snapshots(module: torch.nn.Module) -> Iterator[tuple[Container, Container]]:
    yield module.__dict__, dict(module.__dict__)
    for value in module.__dict__.values():
        if type(value) in _CONTAINERS:
            yield value, value.copy()


def _put_back(container: Container, content: Container) -> None:
    if isinstance(container, dict) and isinstance(content, dict):
        if not (_same(container, content) and _same(container.values(), content.values())):
            container.clear()
            container.update(content)
    elif isinstance(container, set):
        container.clear()
        container.update(content)
    elif isinstance(container, (list, deque)) and not _same(container, content):
        container.clear()
        container.extend(content)


def _same(some: Collection[object], others: Collection[object]) -> bool:
    return len(some) == len(others) and all(map(is_, some, others))


@contextmanager
def evaluated(modules: Iterable[torch.nn.Module]) -> Iterator[None]:
    """Switch modules to evaluation, flag by flag, inside :func:`untouched`.

    No ``eval()`` is called, since that may be the user's own code; a scripted module keeps its flag elsewhere.
    """
    for module in modules:
        if not isinstance(module, torch.jit.ScriptModule):
            module.__dict__["training"] = False
        elif getattr(module, "training", False):
            # A frozen one has no flag.
            module._c.setattr("training", False)
    yield


@contextmanager
def one_form(*, gradients: bool) -> Iterator[None]:
    """The switches under which an operator has one form on every device, inside ``settings.settings_kept``.

    The fused encoder layers would hide their pieces, and opt_einsum would choose another order of products
    whenever that unrelated package is installed.

    Args:
        gradients: Whether autograd is on; then composite operators arrive in pieces.
    """
    torch.backends.mha.set_fastpath_enabled(False)
    # A scripted model would be specialised to tensors without data, and its operators fused.
    torch._C._set_graph_executor_optimize(False)
    if torch.backends.opt_einsum.is_available():
        torch.backends.opt_einsum.enabled = False
    with ExitStack() as stack:
        # A count may be asked for inside it, and then a cache outside the model would keep inference tensors.
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.set_grad_enabled(gradients))
        # Below autograd a dispatch mode sees composite operators whole.
        stack.enter_context(nullcontext() if gradients else torch._C._AutoDispatchBelowAutograd())
        stack.enter_context(no_outer_modes())
        yield


@contextmanager
def no_outer_modes() -> Iterator[None]:
    """Switch off the dispatch modes that are active outside; a user's counter must not count the trace."""
    if not torch._C._len_torch_dispatch_stack():
        yield
        return
    from torch.utils._python_dispatch import _disable_current_modes

    with _disable_current_modes():
        yield
