"""Why a built file needs more or less than the model that it was built from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pytest_flopbudget.counting.artifact import as_built
from pytest_flopbudget.counting.boundary import Weight
from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.elements import bytes_of, deployed
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.planning import plan
from pytest_flopbudget.counting.needed import names_of, needed_steps
from pytest_flopbudget.counting.operators import specs_in
from pytest_flopbudget.counting.tflite_macs import has_macs

_MOST_NAMED = 3
_Shapes = list[tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Beside:
    """A built file beside its model.

    Args:
        model: What was counted for the model.
        built: What the file says.
        deployment: The model's; of a file it assumes less.
    """

    model: Measurement
    built: Measurement
    deployment: Deployment


def of_macs(beside: Beside) -> Iterator[str]:
    """Why MACs differ: other sizes of inputs, and operators that only one of the two has."""
    yield from _sizes(beside)
    if not beside.model.without_memory:
        yield from _operators(beside, lambda name: "::" in name or has_macs(name))


def of_weights(beside: Beside) -> Iterator[str]:
    """Why the bytes of weights differ: other element types, and constants that are no weights."""
    wanted = beside.deployment.weight_dtype_at
    yield from _types(
        "weights",
        _most((each.spec.dtype, each.spec.numel) for each in _weights(beside.built)),
        _most((deployed(each.spec.dtype, wanted(each.module)), each.spec.numel) for each in _weights(beside.model)),
    )
    if others := _other_constants(beside.built):
        yield f"{others:,} B of constants that are no weights"


def of_activations(beside: Beside) -> Iterator[str]:
    """Why the bytes of activations differ: inputs, element types, and operators that only one of the two has."""
    yield from _sizes(beside)
    built, model = plan(beside.built, as_built(beside.deployment)), plan(beside.model, beside.deployment)
    types = (_most((buffer.dtype, buffer.bytes) for buffer in each.buffers) for each in (built, model))
    yield from _types("activations", *types)
    yield from _operators(beside, bool)


def listed(words: Iterable[str]) -> str:
    """``"a, b and c"``; empty for none."""
    *first, last = (*words,) or ("",)
    return f"{', '.join(first)} and {last}" if first else last


def _sizes(beside: Beside) -> Iterator[str]:
    """Inputs of other sizes; those of 1 come and go, and channels change their place."""
    model, built = _inputs(beside.model), _inputs(beside.built)
    if _without_ones(model) != _without_ones(built):
        yield f"it takes {_told(built)}, and the model {_told(model)}"


def _inputs(measurement: Measurement) -> _Shapes:
    return [spec.shape for spec in measurement.boundary.inputs] if measurement.boundary else []


def _without_ones(shapes: _Shapes) -> list[list[int]]:
    return [sorted(size for size in shape if size != 1) for shape in shapes]


def _told(shapes: _Shapes) -> str:
    return listed("x".join(map(str, shape)) or "a scalar" for shape in shapes)


def _types(what: str, built: str, model: str) -> Iterator[str]:
    if built != model:
        yield f"its {what} are {built or 'none'}, not {model or 'none'}"


def _most(sizes: Iterable[tuple[str, int]]) -> str:
    """The word that has the most altogether."""
    totals: Counter[str] = Counter()
    for word, size in sizes:
        totals[word] += size
    return max(totals, key=lambda word: totals[word], default="")


def _weights(measurement: Measurement) -> list[Weight]:
    held = measurement.boundary.weights if measurement.boundary else ()
    return [each for each in held if each.kind != "temporary"]


def _other_constants(built: Measurement) -> int:
    """The bytes of a file's constants that no operator with MACs takes, such as the shape of a RESHAPE."""
    taken = {
        spec.storage
        for call, _ in built.calls
        if has_macs(_name(call.operator))
        for spec in specs_in(tuple(call.arguments.values()))
    }
    others = {each.spec.storage: each.spec for each in _weights(built) if each.spec.storage not in taken}
    return sum(bytes_of(spec.numel, spec.dtype) for spec in others.values())


def _operators(beside: Beside, matters: Callable[[str], bool]) -> Iterator[str]:
    """Operators that only one of the two has, as far as they matter."""
    more, missing = Counter(_name(call.operator) for call, _ in beside.built.calls), Counter[str]()
    for step in needed_steps(beside.model, beside.deployment):
        names = [name for name in names_of(step) if "::" not in name] or [step.operator]
        found = next((name for name in names if more[name] > 0), None)
        if found is None:
            missing[names[0]] += 1
        else:
            more[found] -= 1
    if told := _counted(more, matters):
        yield f"{told} that PyTorch does not have"
    if told := _counted(missing, matters):
        yield f"without {told} that PyTorch has"


def _name(operator: str) -> str:
    return operator.partition("::")[2]


def _counted(operators: Counter[str], matters: Callable[[str], bool]) -> str:
    """``"18 PAD and 1 RESHAPE operators"``, the most frequent first; empty for none."""
    left = Counter({name: number for name, number in operators.items() if number > 0 and matters(name)})
    if not left:
        return ""
    told = left.most_common(_MOST_NAMED)
    rest = sum(left.values()) - sum(number for _, number in told)
    words = [*(f"{number:,} {name}" for name, number in told), *([f"{rest:,} other"] if rest else [])]
    return f"{listed(words)} {'operator' if sum(left.values()) == 1 else 'operators'}"
