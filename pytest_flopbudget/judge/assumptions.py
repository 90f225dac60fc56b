"""The assumptions that stand behind a number on a target: never told without them."""

from __future__ import annotations

from fractions import Fraction

from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.quantities import format_quantity

_OWN = "the model's own types"
_UNFUSED = "nothing fused"
_PLANNED = ("peak_activation_bytes", "arena_bytes")


def assumptions(deployment: Deployment) -> dict[str, str]:
    """Every assumption by its key, as it is written; those left to the model or to nothing are said to be."""
    told = {
        "weight_dtype": _types(deployment),
        "bias_dtype": deployment.bias_dtype or "as the weights",
        "activation_dtype": deployment.activation_dtype or _OWN,
        "io_dtype": deployment.io_dtype or "as the activations",
        "fusion": deployment.fusion,
        "planner": deployment.planner,
        "inplace": ", ".join(deployment.inplace),
        "explicit_padding": "true" if deployment.explicit_padding else "",
        "arena_overhead": format_quantity(deployment.arena_overhead, "B") if deployment.arena_overhead else "",
        "weights_in": "ram" if deployment.weights_in == "ram" else "",
        "inferences_per_second": number(deployment.inferences_per_second),
        "clock_hz": number(deployment.clock_hz),
        "cycles_per_mac": number(deployment.cycles_per_mac),
    }
    return {key: text for key, text in told.items() if text}


def in_short(metric: str, deployment: Deployment) -> str:
    """What a metric's number assumes, in a few words: ``"liveness, int8, conv-bn-act"``; empty for a plain count."""
    if metric == "mac_rate":
        each = number(deployment.inferences_per_second)
        return f"{each} inference{'' if each == '1' else 's'} a second"
    if metric == "latency_us":
        clock = format_quantity(int(deployment.clock_hz or 0), "Hz")
        return f"{clock}, {number(deployment.cycles_per_mac)} cycles a MAC"
    if not METRICS[metric].is_of_memory:
        return ""
    fusion = _UNFUSED if deployment.fusion == "none" else deployment.fusion
    if metric == "weight_bytes":
        biases = f"{deployment.bias_dtype} biases" if deployment.bias_dtype else ""
        return ", ".join(text for text in (_types(deployment), biases, fusion) if text)
    planner = deployment.planner if metric in _PLANNED else ""
    inplace = f"in-place {' and '.join(deployment.inplace)}" if deployment.inplace else ""
    padding = "explicit padding" if deployment.explicit_padding else ""
    io_dtype = f"{deployment.io_dtype} in and out" if deployment.io_dtype else ""
    told = (planner, deployment.activation_dtype or _OWN, io_dtype, fusion, inplace, padding)
    return ", ".join(text for text in told if text)


def number(value: Fraction | None) -> str:
    """A number of a declaration as people write it; empty for None."""
    if value is None:
        return ""
    return str(value.numerator) if value.denominator == 1 else str(float(value))


def _types(deployment: Deployment) -> str:
    rest = deployment.weight_dtype or _OWN
    of_modules = [f"{dtype} in {pattern}" for pattern, dtype in deployment.weight_dtypes.items()]
    return ", ".join([rest, *of_modules])
