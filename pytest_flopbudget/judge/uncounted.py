"""What nothing could count, with what a formula for it would need to know."""

from __future__ import annotations

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec
from pytest_flopbudget.judge.verdicts import UncountedOperator


def uncounted_operators(measurement: Measurement) -> tuple[UncountedOperator, ...]:
    """The uncounted calls by operator and module, in the order of their first call."""
    first = {call.operator: call for call, cost in reversed(measurement.calls) if cost is None}
    return tuple(
        UncountedOperator(operator, module, calls, _tensors(call), _outputs(call), _example(call))
        for (operator, module), calls in measurement.uncounted.items()
        for call in (first[operator],)
    )


def _tensors(call: OperatorCall) -> tuple[str, ...]:
    return tuple(name for name, value in call.arguments.items() if isinstance(value, TensorSpec))


def _example(call: OperatorCall) -> str:
    """The shapes of a call's tensors and of what they give."""
    given = [f"{name} {shapes}" for name, value in call.arguments.items() if (shapes := _shapes(value))]
    return " gives ".join(each for each in (", ".join(given), _shapes(call.out)) if each)


def _shapes(value: object) -> str:
    if isinstance(value, TensorSpec):
        return "x".join(map(str, value.shape)) or "scalar"
    shapes = [told for each in value if (told := _shapes(each))] if isinstance(value, tuple) else []
    return f"[{', '.join(shapes)}]" if shapes else ""


def _outputs(call: OperatorCall) -> int:
    return len(call.out) if isinstance(call.out, tuple) else 1
