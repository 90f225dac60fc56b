"""Which activations share a buffer: what is fused, and what is written over its input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.elements import bytes_of
from pytest_flopbudget.counting.memory import kinds
from pytest_flopbudget.counting.memory.actions import Action, Actions, Made
from pytest_flopbudget.counting.operators import TensorSpec


@dataclass(slots=True)
class Sharing:
    """Which activations share a buffer, and which steps are computed together with others.

    Args:
        actions: What the forward does to memory, in a deployment.
    """

    actions: Actions
    parents: dict[int, int] = field(default_factory=dict)
    holds: dict[int, Made] = field(default_factory=dict)
    fused: dict[int, int] = field(default_factory=dict)
    _accesses: dict[int, list[int]] = field(default_factory=dict)
    _writers: dict[int, list[int]] = field(default_factory=dict)
    _last: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for made in self.actions.inputs:
            self.holds[made.spec.storage] = made
        for at, step in enumerate(self.actions.steps):
            written = () if step.call is None else step.call.writes
            for made in step.makes:
                self.holds[made.spec.storage] = made
                self._writers.setdefault(made.spec.storage, []).append(at)
            for storage in dict.fromkeys((*step.reads, *[made.spec.storage for made in step.makes])):
                self._accesses.setdefault(storage, []).append(at)
                self._last[storage] = at
                if storage in written and storage in step.reads:
                    self._writers.setdefault(storage, []).append(at)
        self._last.update(dict.fromkeys(self.actions.outputs | self.actions.kept, len(self.actions.steps)))

    def root(self, storage: int) -> int:
        """The storage that stands for all those that share its buffer."""
        while (parent := self.parents.get(storage, storage)) != storage:
            storage = self.parents[storage] = self.parents.get(parent, parent)
        return storage

    def last(self, storage: int) -> int:
        """The last step that reads or writes what shares a storage's buffer; one more than all for an output."""
        return self._last.get(self.root(storage), 0)

    def share(self, made: Made, storage: int) -> None:
        """Let what is made lie in the buffer of a storage, which is as large as the largest in it."""
        root, own = self.root(storage), made.spec.storage
        self.parents[own] = root
        self._last[root] = max(self._last[root], self._last[own])
        if size_of(self.holds[own]) > size_of(self.holds[root]):
            self.holds[root] = self.holds[own]

    def ready(self, at: int, storage: int) -> int | None:
        """The step that wrote a storage last, where a step reads that first and nothing afterwards; else None."""
        if storage not in self._writers or self._last[storage] != at:
            return None
        before = self._accesses[storage][-2:][0]
        return before if before == self._writers[storage][-1] and before != at else None

    def steps(self) -> Iterator[tuple[int, Action]]:
        """The steps that read one activation and make another in its place, with their numbers."""
        for at, step in enumerate(self.actions.steps):
            if step.call is not None and step.makes and step.reads:
                yield at, step


def shared(actions: Actions, deployment: Deployment) -> Sharing:
    """Which activations share a buffer in a deployment."""
    sharing = Sharing(actions)
    for at, step in sharing.steps():
        _collapse(sharing, at, step)
        if deployment.fusion != "none":
            _fuse(sharing, at, step, activations=deployment.fusion == "conv-bn-act")
        if "depthwise" in deployment.inplace:
            _overwrite(sharing, at, step)
    return sharing


def size_of(made: Made) -> int:
    """The bytes of an activation in its deployment."""
    return bytes_of(made.spec.numel, made.dtype)


def _collapse(sharing: Sharing, at: int, step: Action) -> None:
    """Kernels of an exported quantized graph take integers and put out integers, though the graph says floats."""
    made, storage = step.makes[0], step.reads[0]
    if kinds.is_dequantising(step.operator) and made.spec.storage not in sharing.actions.outputs:
        kept = sharing.holds[sharing.root(storage)]
        sharing.share(made, storage)
        sharing.holds[sharing.root(storage)] = kept
    elif kinds.is_quantising(step.operator) and sharing.ready(at, storage) is not None:
        sharing.share(made, storage)
        sharing.holds[sharing.root(storage)] = made


def _fuse(sharing: Sharing, at: int, step: Action, *, activations: bool) -> None:
    """Compute a batch norm, or a clamping activation, together with what makes its input."""
    assert step.call is not None
    is_norm = kinds.is_fixed_norm(step.call)
    if not is_norm and not (activations and kinds.is_clamping(step.call)):
        return
    source = step.call.arguments.get("input" if is_norm else "self")
    if not isinstance(source, TensorSpec) or (before := sharing.ready(at, source.storage)) is None:
        return
    maker = sharing.actions.steps[before].call
    whole = source.numel == sharing.holds[source.storage].spec.numel
    if maker is not None and whole and (kinds.has_weights(maker) if is_norm else kinds.takes_activation(maker)):
        sharing.share(step.makes[0], source.storage)
        sharing.fused[at] = before


def _overwrite(sharing: Sharing, at: int, step: Action) -> None:
    """Write a depthwise convolution's result over its input, where nobody needs that afterwards."""
    assert step.call is not None
    if not kinds.is_depthwise(step.call):
        return
    made, storage = step.makes[0], step.reads[0]
    if sharing.last(storage) == at and size_of(sharing.holds[made.spec.storage]) <= size_of(
        sharing.holds[sharing.root(storage)]
    ):
        sharing.share(made, storage)
