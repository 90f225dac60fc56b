"""What thop's rules for recurrent layers add to the matrix products: gates, biases and states, element by element.

Source: thop's ``rnn_hooks``. For each step and unit an LSTM has four sums of two products, four multiplications and
additions for the state and the output, and two biases a gate; a GRU three, four and two; a plain one one, none and two.
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec

# By the operator's name: gates, and operations a unit beside them.
_GATES: Mapping[str, tuple[int, int]] = {"lstm": (4, 4), "gru": (3, 4), "rnn": (1, 0)}


def gates(call: OperatorCall) -> int:
    """What thop counts for a recurrent call besides its matrix products; 0 for any other call.

    A layer: steps × units × (gates × (1 + 2 with biases) + the operations beside them), in each layer and direction.
    """
    name = next((name for name in _GATES if name in call.operator), None)
    steps = call.arguments.get("data", call.arguments.get("input"))
    if name is None or not isinstance(steps, TensorSpec) or not steps.shape:
        return 0
    number, beside = _GATES[name]
    weights, has_biases = _weights(call, number)
    units = sum(weight.shape[0] // number for weight in weights)
    rows = steps.numel // steps.shape[-1] if steps.shape[-1] else 0
    return rows * units * (number * (3 if has_biases else 1) + beside)


def _weights(call: OperatorCall, number: int) -> tuple[list[TensorSpec], bool]:
    """The weights that meet the input, of so many gates, and whether there are biases."""
    params = call.arguments.get("params")
    if isinstance(params, tuple):
        matrices = [each for each in params if isinstance(each, TensorSpec) and len(each.shape) > 1]
        # A weight of the input and one of the state for each layer and direction; a third makes the state narrower.
        projects = any(of_state.shape[1] * number != of_state.shape[0] for of_state in matrices[1:2])
        return matrices[:: 3 if projects else 2], call.arguments.get("has_biases") is True
    weight = call.arguments.get("w_ih")
    return [weight] if isinstance(weight, TensorSpec) else [], call.arguments.get("b_ih") is not None
