"""The copies that a deployment makes and the model does not have: other element types, and padding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.elements import deployed
from pytest_flopbudget.counting.memory.actions import Action, Actions, Made
from pytest_flopbudget.counting.memory.kinds import padding_of
from pytest_flopbudget.counting.operators import TensorSpec

QUANTISING = "quantise"
DEQUANTISING = "dequantise"
PADDING = "pad"
COPYING = frozenset((QUANTISING, DEQUANTISING, PADDING))


def with_copies(actions: Actions, deployment: Deployment) -> Actions:
    """The same forward with the copies that a deployment makes."""
    copier = _Copier()
    if deployment.explicit_padding:
        actions = replace(actions, steps=tuple(copier.padded(actions.steps)))
    if deployment.io_dtype is not None:
        actions = copier.with_other_io(actions, deployment.io_dtype)
    return actions


@dataclass(slots=True)
class _Copier:
    """Makes copies, in storages with numbers that no tensor of a trace has."""

    numbers: Iterator[int] = field(default_factory=lambda: count(-2, -1))

    def of(self, spec: TensorSpec, shape: tuple[int, ...], dtype: str) -> Made:
        return Made(TensorSpec(shape, spec.dtype, next(self.numbers)), False, dtype)

    def padded(self, steps: Iterable[Action]) -> Iterator[Action]:
        """Each strided convolution behind a copy of its input with the padding around it."""
        for step in steps:
            pads = () if step.call is None else padding_of(step.call)
            source = step.call.arguments["input"] if step.call is not None and pads else None
            if not isinstance(source, TensorSpec) or source.storage not in step.reads:
                yield step
                continue
            still, padded = source.shape[: -len(pads)], source.shape[-len(pads) :]
            shape = (*still, *(size + 2 * pad for size, pad in zip(padded, pads, strict=True)))
            copy = self.of(source, shape, step.makes[0].dtype)
            yield Action(PADDING, step.module, (source.storage,), (copy,))
            yield step.reading({source.storage: copy.spec.storage})

    def with_other_io(self, actions: Actions, dtype: str) -> Actions:
        """Floating inputs of another type, copied at the beginning, and outputs copied into that type at the end."""
        taken = {made.spec.storage: made for made in actions.inputs if _differs(made, dtype)}
        copies = {storage: self.of(made.spec, made.spec.shape, made.dtype) for storage, made in taken.items()}
        began = [Action(QUANTISING, "", (storage,), (copy,)) for storage, copy in copies.items()]
        now = {storage: copy.spec.storage for storage, copy in copies.items()}
        steps = [step.reading(now) for step in actions.steps]
        made = {each.spec.storage: each for step in (*began, *steps) for each in step.makes}
        outputs = {now.get(each, each) for each in actions.outputs}
        given = {each: made[each] for each in sorted(outputs) if each in made and _differs(made[each], dtype)}
        ended = {
            each: self.of(old.spec, old.spec.shape, deployed(old.spec.dtype, dtype)) for each, old in given.items()
        }
        steps += [Action(DEQUANTISING, "", (each,), (copy,)) for each, copy in ended.items()]
        inputs = (made._replace(dtype=deployed(made.spec.dtype, dtype)) for made in actions.inputs)
        return replace(
            actions,
            steps=(*began, *steps),
            inputs=tuple(inputs),
            outputs=frozenset(ended[each].spec.storage if each in ended else each for each in outputs),
            kept=frozenset(now.get(each, each) for each in actions.kept),
        )


def _differs(made: Made, dtype: str) -> bool:
    return deployed(made.spec.dtype, dtype) != made.dtype
