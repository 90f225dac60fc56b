"""A built file beside the model that it was built from: the same limits, and where the two drift apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from pytest_flopbudget.counting.artifact import Artifact, as_built
from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.counting.tflite import in_tflite
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge import wording
from pytest_flopbudget.judge.assumptions import in_short
from pytest_flopbudget.judge.on_targets import over_batch
from pytest_flopbudget.judge.targets import Target
from pytest_flopbudget.judge.uncounted import uncounted_operators
from pytest_flopbudget.judge.verdicts import Check, Finding, Kind, Level

_OWN = "as built"
# A file has no modules, no parameters apart from what is folded into others, and no other FLOPs that are told.
_OF_A_FILE = ("macs", "flops", "mac_rate", "latency_us")


class Counted(Protocol):
    """What a case says of what is not counted."""

    @property
    def kind(self) -> Kind: ...  # noqa: D102
    @property
    def uncounted(self) -> Level: ...  # noqa: D102
    @property
    def allow_zero(self) -> bool: ...  # noqa: D102


def checks_of(artifact: Artifact, judged: Sequence[Check], on: Mapping[str, Deployment]) -> Iterator[Check]:
    """The limits that a case's built file has to keep as well: each upper limit on a metric that a file has.

    Args:
        artifact: The file.
        judged: The checks of the case itself.
        on: The deployment of each target by its name; that of the case itself is ``""``.
    """
    if artifact.measurement is None:
        return
    for check in judged:
        limit, deployment = check.limit, as_built(on[check.limit.target])
        metric = METRICS[limit.metric]
        if limit.subject or limit.relation != "<=" or not (metric.is_of_memory or limit.metric in _OF_A_FILE):
            continue
        # What is known of the model is known of its file too: that has a boundary, and the target's rates and clocks.
        measured = metric.value(artifact.measurement, deployment)
        assumed = _assumed(limit.metric, deployment)
        yield replace(check, measured=measured, assumed=assumed, artifact=artifact.name, approximate=False, near=False)


def on_counting(case: Counted, artifact: Artifact | None) -> Iterator[Finding]:
    """What speaks against a built file of which nothing, or not all, was counted."""
    if artifact is None or artifact.measurement is None:
        return
    uncounted = uncounted_operators(artifact.measurement)
    if not artifact.measurement.macs and not case.allow_zero:
        yield Finding("empty", "error", f"{artifact.name}: {wording.empty(case.kind, uncounted)}")
    elif uncounted and case.uncounted != "off":
        yield Finding("incomplete", case.uncounted, f"{artifact.name}: {wording.incomplete(uncounted)}")


def not_taken(artifact: Artifact, target: Target) -> Iterator[tuple[str, Place]]:
    """What a target does not take of a built file, each as a reason and its place."""
    if artifact.measurement is None:
        return
    for why, place in over_batch(artifact.measurement, target):
        yield f"{artifact.name}: {why}", place
    # A list of ATen's names alone is about the model: it has none for much of what a file has, such as RESHAPE.
    if target.allowed is None or all("::" in name for name in target.allowed.names):
        return
    allowed = in_tflite(target.allowed.names)
    refused = [name for name in operators_of(artifact) if name not in allowed]
    if refused:
        verb = "is" if len(refused) == 1 else "are"
        told = f"{', '.join(refused)} {verb} not among the allowed operators of {target.name}"
        yield f"{artifact.name}: {told}", target.allowed.place


def operators_of(artifact: Artifact) -> Counter[str]:
    """How often a file has each operator, by the name in its schema, in the order of their first."""
    calls = artifact.measurement.calls if artifact.measurement else ()
    return Counter(call.operator.partition("::")[2] for call, _ in calls)


def _assumed(metric: str, deployment: Deployment) -> str:
    """What is still assumed of a file: where its tensors are placed, and what is written over its input."""
    if not METRICS[metric].is_of_memory:
        return in_short(metric, deployment)
    planner = deployment.planner if metric in ("peak_activation_bytes", "arena_bytes") else ""
    inplace = f"in-place {' and '.join(deployment.inplace)}" if deployment.inplace and planner else ""
    return ", ".join(text for text in (planner, inplace, _OWN) if text)
