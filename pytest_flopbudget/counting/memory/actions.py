"""What each call of a forward does to memory: which activations it reads, and which it makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from pytest_flopbudget.counting.boundary import Boundary
from pytest_flopbudget.counting.elements import deployed
from pytest_flopbudget.counting.factories import LIKE_FACTORIES
from pytest_flopbudget.counting.formulas.bookkeeping import DRAWS, DRAWS_BY_ELEMENT
from pytest_flopbudget.counting.formulas.free import VIEWS
from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec, specs_in

_RANDOM = frozenset(
    (*DRAWS.operators, *DRAWS_BY_ELEMENT.operators, "aten::bernoulli", "aten::bernoulli_", "aten::normal")
)
# They change what a tensor looks like, and their schemas call that a write.
_VIEWS = frozenset(VIEWS.operators)
_NOTHING: Mapping[int, int] = MappingProxyType({})


class Made(NamedTuple):
    """An activation that a call makes.

    Args:
        spec: Its sizes, its element type and its storage.
        is_secondary: Whether it stands behind the call's first output, as the places of a pooling's largest do.
        dtype: Its element type in the deployment.
    """

    spec: TensorSpec
    is_secondary: bool
    dtype: str


class Action(NamedTuple):
    """A step: a call of the model's, or a copy that the deployment makes.

    Args:
        operator: The operator.
        module: The path of the module it ran in.
        reads: The storages of the activations that it reads or writes, each once.
        makes: The activations that it makes.
        call: The call; None for a copy.
        instead: Copies that it reads in the place of storages of its call, by those.
    """

    operator: str
    module: str
    reads: tuple[int, ...]
    makes: tuple[Made, ...]
    call: OperatorCall | None = None
    instead: Mapping[int, int] = _NOTHING

    def reading(self, copies: Mapping[int, int]) -> Action:
        """The same step, reading copies in the place of storages; itself where it reads none of these."""
        if copies.keys().isdisjoint(self.reads):
            return self
        instead = {**self.instead, **{each: copies[each] for each in self.reads if each in copies}}
        return self._replace(reads=tuple(copies.get(each, each) for each in self.reads), instead=instead)


@dataclass(frozen=True, slots=True)
class Actions:
    """What a forward does to memory.

    Args:
        steps: The steps in their order. A view is none, and neither is what is computed from constants alone.
        inputs: The model's inputs, each storage once.
        outputs: The storages of those of its outputs that are activations.
        state: What a storage holds that the forward writes to and that is there before and after it, or that it reads
            and puts another tensor in the place of.
        kept: The storages of activations that are put there, and so are needed to the end.
    """

    steps: tuple[Action, ...]
    inputs: tuple[Made, ...]
    outputs: frozenset[int]
    state: Mapping[int, TensorSpec]
    kept: frozenset[int] = frozenset()


def actions_of(calls: Iterable[OperatorCall], boundary: Boundary, dtype: str | None = None) -> Actions:
    """What a forward does to memory, where a deployment gives activations of floating numbers an element type.

    An activation is what depends on an input, on random numbers, or on what the forward keeps between its calls. What
    is computed from weights and constants alone is none, until something else is written into it.
    """
    calls = tuple(calls)
    inputs: dict[int, Made] = {}
    for spec in boundary.inputs:
        inputs.setdefault(spec.storage, Made(spec, False, deployed(spec.dtype, dtype)))
    state = _carried_on(calls, boundary)
    carried = tuple(each.after.storage for each in boundary.replaced if each.before.storage in state)
    while True:
        # What is kept between calls is known only at the end, and what is computed from it is no constant.
        reader = _Reader(inputs, state, dtype)
        steps = tuple(step for call in calls if (step := reader.step(call)) is not None)
        if reader.state.keys() == state.keys():
            break
        state = reader.state
    outputs = frozenset(spec.storage for spec in boundary.outputs if reader.is_activation(spec.storage))
    kept = frozenset(storage for storage in carried if reader.is_activation(storage))
    return Actions(steps, tuple(inputs.values()), outputs, state, kept)


def _carried_on(calls: Iterable[OperatorCall], boundary: Boundary) -> dict[int, TensorSpec]:
    """What the forward reads and puts another tensor in the place of, by its storage; the larger of the two is kept.

    What is replaced unread is a note of the last forward's, and nothing that the next one needs.
    """
    if not boundary.replaced:
        return {}
    read = {spec.storage for call in calls for spec in _given(call)}
    pairs = [(each.before, each.after) for each in boundary.replaced if each.before.storage in read]
    return {before.storage: max(before, after, key=lambda spec: spec.numel) for before, after in pairs}


def _given(call: OperatorCall) -> Iterator[TensorSpec]:
    """The tensors among a call's arguments; most arguments are none."""
    for value in call.arguments.values():
        if isinstance(value, TensorSpec):
            yield value
        elif isinstance(value, tuple):
            yield from specs_in(value)


class _Reader:
    """Goes through the calls, and keeps account of which storages are activations."""

    def __init__(self, inputs: Mapping[int, Made], state: Mapping[int, TensorSpec], dtype: str | None) -> None:
        self.state = dict(state)
        self._dtype = dtype
        self._varying = {*inputs, *state}
        self._made: dict[int, TensorSpec] = {storage: made.spec for storage, made in inputs.items()}

    def is_activation(self, storage: int) -> bool:
        """Whether a storage is an activation by now."""
        return storage in self._varying and storage not in self.state

    def step(self, call: OperatorCall) -> Action | None:
        """What a call does; None where it is a view, or computes from constants alone."""
        read = {spec.storage: spec for spec in _given(call)}
        written = () if call.operator in _VIEWS else call.writes
        makes = self._fresh(call, read)
        if not makes and not written:
            return None
        for made in makes:
            self._made[made.spec.storage] = made.spec
        alike = call.operator in LIKE_FACTORIES
        varies = call.operator in _RANDOM or (not alike and not self._varying.isdisjoint(read))
        reads = () if alike else tuple([each for each in read if each in self._varying and each not in self.state])
        if not varies:
            self._keep(written, read)
            return None
        begun = [self._begun(read[each]) for each in written if each in self._made and each not in self._varying]
        self._keep(written, read)
        for made in makes:
            self._varying.add(made.spec.storage)
        self._varying.update(written)
        return Action(call.operator, call.module, reads, (*begun, *makes), call)

    def _begun(self, written: TensorSpec) -> Made:
        """A constant that becomes an activation; its first write may have made it larger."""
        made = self._made[written.storage]
        return self._typed(made if made.numel >= written.numel else written, is_secondary=False)

    def _typed(self, spec: TensorSpec, *, is_secondary: bool) -> Made:
        return Made(spec, is_secondary, deployed(spec.dtype, self._dtype))

    def _keep(self, written: Iterable[int], read: Mapping[int, TensorSpec]) -> None:
        """What is written to and was made by none of the calls outlives the forward."""
        for storage in written:
            if storage not in self._made:
                self.state.setdefault(storage, read[storage])

    def _fresh(self, call: OperatorCall, read: Mapping[int, TensorSpec]) -> tuple[Made, ...]:
        """The outputs in storages of their own; those that share one are one."""
        fresh: dict[int, Made] = {}
        for at, spec in enumerate(call.outputs):
            if spec.storage in fresh:
                whole = fresh[spec.storage].spec.numel + spec.numel
                joined = TensorSpec((whole,), spec.dtype, spec.storage)
                fresh[spec.storage] = self._typed(joined, is_secondary=True)
            elif spec.storage not in read and spec.storage not in self._made and spec.storage not in self.state:
                fresh[spec.storage] = self._typed(spec, is_secondary=at > 0)
        return tuple(fresh.values())
