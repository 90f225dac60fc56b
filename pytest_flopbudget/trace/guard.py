"""The user's model, and torch's own state, are the same after a trace, also when it raised."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext

import torch
import torch.backends.opt_einsum
import torch.nn.modules.module as _hooks

from pytest_flopbudget.trace.snapshots import Snapshots


class _Lock:
    """A lock that a thread may take again, and that can say whether this thread has it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._holders: list[int] = []

    @property
    def is_held(self) -> bool:
        """Whether this thread has it: what it does is part of a count."""
        return threading.get_ident() in self._holders

    def __enter__(self) -> None:
        self._lock.acquire()
        self._holders.append(threading.get_ident())

    def __exit__(self, *_: object) -> None:
        self._holders.pop()
        self._lock.release()


# One for the process: a trace swaps entries of the user's modules, and two at once would keep each other's.
LOCK = _Lock()


@contextmanager
def untouched(state: Snapshots) -> Iterator[None]:
    """Put back all that a forward may change in modules: attributes, flags, hooks, children, gradients.

    Every module's ``__dict__`` is restored in place, and so are the containers and plain objects in it (parameters,
    buffers, hooks, the model's own state), at any depth.

    Args:
        state: The modules, and what they hold.
    """
    gradients = [
        (parameter, parameter.grad)
        for module in state.modules
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
        state.put_back()
        for parameter, gradient in gradients:
            if parameter.grad is not gradient:
                parameter.grad = gradient


def switch(modules: Iterable[torch.nn.Module], *, training: bool) -> None:
    """Switch modules to training or evaluation, flag by flag, inside :func:`untouched` and ``scripted_kept``.

    No ``train()`` or ``eval()`` is called, since that may be the user's own code; a scripted module keeps its flag
    elsewhere.
    """
    for module in modules:
        if not isinstance(module, torch.jit.ScriptModule):
            module.__dict__["training"] = training
        elif getattr(module, "training", training) != training:
            # A frozen one has no flag.
            module._c.setattr("training", training)


@contextmanager
def one_form(*, gradients: bool) -> Iterator[None]:
    """The switches under which an operator has one form on every device, inside ``settings.settings_kept``.

    The fused encoder layers would hide their pieces, and opt_einsum would choose another order of products
    whenever that unrelated package is installed.

    Args:
        gradients: Whether autograd is on; then composite operators arrive in pieces.
    """
    torch.backends.mha.set_fastpath_enabled(False)
    # It looks for values that are none, in every gradient.
    torch.set_anomaly_enabled(False)
    if gradients:
        # Where autograd is on, attention and recurrent layers arrive as their kernels: without data they have others.
        torch.backends.cuda.enable_flash_sdp(False)
        torch._C._set_mkldnn_enabled(False)
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

    with _without_hooks(_trackers()), _disable_current_modes():
        yield


@contextmanager
def no_outer_transforms() -> Iterator[None]:
    """Step out of torch's transforms, such as ``vmap``, inside which a count is asked for: it maps nothing."""
    if torch._C._functorch.peek_interpreter_stack() is None:
        yield
        return
    from torch._functorch.pyfunctorch import temporarily_clear_interpreter_stack

    with temporarily_clear_interpreter_stack():
        yield


def _trackers() -> list[object]:
    """What the modes that are active outside follow modules with: torch's own counter does it by hooks."""
    modes = [torch._C._get_dispatch_stack_at(place) for place in range(torch._C._len_torch_dispatch_stack())]
    owners = [owner for mode in modes for owner in (mode, getattr(mode, "counter", None))]
    return [tracker for owner in owners if (tracker := getattr(owner, "mod_tracker", None)) is not None]


@contextmanager
def _without_hooks(trackers: Sequence[object]) -> Iterator[None]:
    """Take the hooks of these from torch's global ones, and put them back."""
    tables = (_hooks._global_forward_pre_hooks, _hooks._global_forward_hooks)
    taken = [
        (table, key, hook)
        for table in tables
        for key, hook in list(table.items())
        if any(getattr(hook, "__self__", None) is tracker for tracker in trackers)
    ]
    for table, key, _ in taken:
        del table[key]
    try:
        yield
    finally:
        for table, key, hook in taken:
            table[key] = hook
