"""What a runtime has to know to carry out a forward: its steps, less what a deployment fuses into others."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory import kinds
from pytest_flopbudget.counting.memory.actions import Action
from pytest_flopbudget.counting.memory.copies import DEQUANTISING, PADDING, QUANTISING
from pytest_flopbudget.counting.memory.forward import deployed_forward
from pytest_flopbudget.counting.tflite import same_in_tflite

# The copies that a deployment makes, by every name that may allow them.
_COPIES = {
    PADDING: ("aten::pad", "aten::constant_pad_nd", "PAD", "PADV2"),
    QUANTISING: ("aten::quantize_per_tensor", "QUANTIZE"),
    DEQUANTISING: ("aten::dequantize", "DEQUANTIZE"),
}


def needed_steps(measurement: Measurement, deployment: Deployment) -> Iterator[Action]:
    """The steps that a runtime carries out, each as an operator of its own.

    A view is no step, nor is what is computed from weights and constants alone. What is fused into a step before it
    needs no operator, nor does what only marks the element types of an exported quantized graph.

    Raises:
        FlopBudgetError: The measurement has no memory to tell of.
    """
    forward = deployed_forward(measurement, deployment)
    wrote: dict[int, Action] = {}
    for at, step in enumerate(forward.actions.steps):
        clamps = deployment.fusion == "conv-bn-act" and _clamps_in_place(step, wrote)
        wrote |= {made.spec.storage: step for made in step.makes}
        # What is read in between is wanted as it was.
        for storage in step.reads if not clamps else ():
            wrote.pop(storage, None)
        if not clamps and at not in forward.fused and not _marks_types(step):
            yield step


def names_of(step: Action) -> tuple[str, ...]:
    """The names by which a runtime may know a step: ATen's, then those of TensorFlow Lite."""
    if step.call is None:
        return _COPIES[step.operator]
    return (step.operator, *same_in_tflite(step.call))


def _clamps_in_place(step: Action, wrote: dict[int, Action]) -> bool:
    if step.call is None or step.makes or not step.call.writes or not kinds.is_clamping(step.call):
        return False
    before = wrote.get(step.call.writes[0])
    return before is not None and before.call is not None and kinds.takes_activation(before.call)


def _marks_types(step: Action) -> bool:
    return kinds.is_quantising(step.operator) or kinds.is_dequantising(step.operator)
