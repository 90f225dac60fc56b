"""Where a built file and the model that it was built from drift apart, and why: one line for each target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pytest_flopbudget.counting.artifact import Artifact, as_built
from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.elements import bytes_of, deployed
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory.planning import plan
from pytest_flopbudget.counting.metrics import METRICS, unknown_of
from pytest_flopbudget.counting.needed import names_of, needed_steps
from pytest_flopbudget.counting.tflite_macs import has_macs
from pytest_flopbudget.judge.artifacts import operators_of
from pytest_flopbudget.judge.targets import Target
from pytest_flopbudget.quantities import format_excess

_MOST_NAMED = 3


def drift(measurement: Measurement, artifact: Artifact, targets: tuple[Target, ...]) -> Iterator[str]:
    """A line on each target; without any, one on MACs alone, since the file has other types than the model.

    Args:
        measurement: What was counted for the model.
        artifact: The file.
        targets: Those of the case.
    """
    if artifact.measurement is None:
        return
    for name, deployment in [(target.name, target.deployment) for target in targets] or [("", AS_IT_IS)]:
        beside = _Beside(measurement, artifact, artifact.measurement, deployment, all_metrics=bool(name))
        yield f"{artifact.name} beside the model{f' on {name}' if name else ''}: {beside.line()}"


class _Beside:
    """A file beside its model on one target."""

    def __init__(
        self, model: Measurement, artifact: Artifact, built: Measurement, deployment: Deployment, *, all_metrics: bool
    ) -> None:
        self._model, self._artifact, self._built = model, artifact, built
        self._deployment = deployment
        in_ram = ("peak_activation_bytes", "peak activations")
        if deployment.planner != "liveness":
            in_ram = ("arena_bytes", "arena")
        metrics = (("macs", "MACs"), ("weight_bytes", "weights"), in_ram)
        self._metrics = metrics if all_metrics and not model.without_memory else metrics[:1]

    def line(self) -> str:
        """What is the same, what is not, and why."""
        told = {word: self._values(metric) for metric, word in self._metrics}
        same = [word for word, (file, model) in told.items() if file == model]
        apart = [f"{word} {format_excess(*values)}" for word, values in told.items() if values[0] != values[1]]
        text = ", ".join(([f"the same {_and(same)}"] if same else []) + apart)
        causes = list(self._causes(told)) if apart else []
        return f"{text}: {', '.join(causes)}" if causes else text

    def _values(self, metric: str) -> tuple[int, int]:
        value = METRICS[metric].value
        return value(self._built, as_built(self._deployment)), value(self._model, self._deployment)

    def _causes(self, told: dict[str, tuple[int, int]]) -> Iterator[str]:
        differs = {word for word, (file, model) in told.items() if file != model}
        in_ram = bool(differs - {"MACs", "weights"})
        yield from self._sizes()
        if in_ram:
            yield from _types("activations", self._of_activations(self._built, as_built(self._deployment)), self._own())
        if "weights" in differs:
            yield from self._on_weights()
        if in_ram or "MACs" in differs:
            yield from self._operators()

    def _sizes(self) -> Iterator[str]:
        """Inputs of other sizes; a file has channels last."""
        own, built = _shapes_of(self._model), _shapes_of(self._built)
        # Sizes of 1 come and go, and channels change their place.
        if [sorted(filter(_counts, each)) for each in own] != [sorted(filter(_counts, each)) for each in built]:
            yield f"it takes {_shapes(built)}, and the model {_shapes(own)}"

    def _own(self) -> str:
        return self._of_activations(self._model, self._deployment)

    @staticmethod
    def _of_activations(measurement: Measurement, deployment: Deployment) -> str:
        """The type that most bytes of activations have."""
        sizes: Counter[str] = Counter()
        for buffer in plan(measurement, deployment).buffers:
            sizes[buffer.dtype] += buffer.bytes
        return sizes.most_common(1)[0][0] if sizes else ""

    def _on_weights(self) -> Iterator[str]:
        own: Counter[str] = Counter()
        for weight in self._model.boundary.weights if self._model.boundary else ():
            wanted = self._deployment.weight_dtype_at(weight.module)
            own[deployed(weight.spec.dtype, wanted)] += weight.spec.numel
        built: Counter[str] = Counter()
        for weight in self._built.boundary.weights if self._built.boundary else ():
            built[weight.spec.dtype] += weight.spec.numel
        names = [each.most_common(1)[0][0] if each else "" for each in (built, own)]
        yield from _types("weights", *names)
        if more := self._of_others():
            yield f"{more:,} B of constants that are no weights"

    def _of_others(self) -> int:
        """The bytes of constants that no operator with multiply–accumulates takes, such as the shape of a RESHAPE."""
        taken = {
            spec.storage
            for call, _ in self._built.calls
            if has_macs(call.operator.partition("::")[2])
            for spec in call.arguments.values()
            if hasattr(spec, "storage")
        }
        held = {each.spec.storage: each for each in self._built.boundary.weights} if self._built.boundary else {}
        others = [each.spec for storage, each in held.items() if storage not in taken and each.kind != "temporary"]
        return sum(bytes_of(spec.numel, spec.dtype) for spec in others)

    def _operators(self) -> Iterator[str]:
        """Operators that the one has and the other does not."""
        if unknown_of(self._model, "peak_activation_bytes"):
            return
        more, missing = operators_of(self._artifact), Counter[str]()
        for step in needed_steps(self._model, self._deployment):
            names = [name for name in names_of(step) if "::" not in name] or [step.operator]
            found = next((name for name in names if more[name] > 0), None)
            if found is None:
                missing[names[0]] += 1
            else:
                more[found] -= 1
        if told := _counted(+more):
            yield f"{told} that PyTorch does not have"
        if told := _counted(missing):
            yield f"without {told} that PyTorch has"


def _shapes_of(measurement: Measurement) -> list[tuple[int, ...]]:
    return [spec.shape for spec in measurement.boundary.inputs] if measurement.boundary else []


def _counts(size: int) -> bool:
    return size != 1


def _shapes(shapes: list[tuple[int, ...]]) -> str:
    return _and(["x".join(map(str, shape)) or "a scalar" for shape in shapes])


def _types(what: str, built: str, own: str) -> Iterator[str]:
    if built != own:
        yield f"its {what} are {built}, not {own}"


def _counted(operators: Counter[str]) -> str:
    """``"18 PAD and 1 RESHAPE operators"``, the most frequent first."""
    if not operators:
        return ""
    told = [f"{number:,} {name}" for name, number in operators.most_common(_MOST_NAMED)]
    rest = operators.total() - sum(number for _, number in operators.most_common(_MOST_NAMED))
    noun = "operator" if operators.total() == 1 else "operators"
    return f"{_and([*told, *([f'{rest:,} other'] if rest else [])])} {noun}"


def _and(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
