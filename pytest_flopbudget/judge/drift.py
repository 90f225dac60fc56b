"""Where a built file and the model that it was built from drift apart: one line for each target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_flopbudget.counting.artifact import Artifact, as_built
from pytest_flopbudget.counting.deployment import AS_IT_IS
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.judge.causes import Beside, listed, of_activations, of_macs, of_weights
from pytest_flopbudget.judge.targets import Target
from pytest_flopbudget.quantities import format_excess

_MACS = ("macs", "MACs", of_macs)
_WEIGHTS = ("weight_bytes", "weights", of_weights)
_PEAK = ("peak_activation_bytes", "peak activations", of_activations)
_ARENA = ("arena_bytes", "arena", of_activations)


def drift(measurement: Measurement, artifact: Artifact, targets: Sequence[Target]) -> Iterator[str]:
    """A line on each target; without any, one on MACs alone, since a file has other types than its model.

    Args:
        measurement: What was counted for the model.
        artifact: The file.
        targets: Those of the case.
    """
    built = artifact.measurement
    if built is None:
        return
    for name, deployment in [(target.name, target.deployment) for target in targets] or [("", AS_IT_IS)]:
        on = f" on {name}" if name else ""
        yield f"{artifact.name} beside the model{on}: {_line(Beside(measurement, built, deployment), bytes=bool(name))}"


def _line(beside: Beside, *, bytes: bool) -> str:
    in_ram = _PEAK if beside.deployment.planner == "liveness" else _ARENA
    metrics = (_MACS, _WEIGHTS, in_ram) if bytes and not beside.model.without_memory else (_MACS,)
    same, apart = [], []
    for metric, word, causes in metrics:
        value = METRICS[metric].value
        file, model = value(beside.built, as_built(beside.deployment)), value(beside.model, beside.deployment)
        why = listed(causes(beside)) if file != model else ""
        if file == model:
            same.append(word)
        else:
            apart.append(f"{word} {format_excess(file, model)}{f': {why}' if why else ''}")
    return "; ".join(([f"the same {listed(same)}"] if same else []) + apart)
