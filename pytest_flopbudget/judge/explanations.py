"""Why thop's count of a module is another than ours, in parts that add up to the difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
from pytest_flopbudget.judge.beside import Beside
from pytest_flopbudget.judge.gates import gates

Why = Literal["missed", "added", "formula", "again", "elsewhere"]
_Calls = Iterable[tuple[OperatorCall, Cost]]

# Whose rule is about which operators: of any other class, about all that run in it.
_ABOUT = {
    "Conv": ("conv",),
    "Linear": ("linear", "addmm", "matmul", "::mm"),
    "LSTM": ("lstm",),
    "GRU": ("gru",),
    "RNN": ("rnn",),
}
_ADDS = {
    "Norm": "normalisation",
    "Pool": "pooling",
    "Upsampl": "upsampling",
    "Soft": "softmax",
    "ReLU": "activation",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A part of the difference between two counts, in one module.

    Args:
        why: ``"missed"``: thop does not see it; ``"added"``: it is no multiply–accumulate; ``"formula"``: thop's
            formula is wrong there; ``"again"``: thop counts it more than once; ``"elsewhere"``: thop counts it, and
            tells it of no module.
        cause: What it is, in words: ``"normalisation by torch.nn.BatchNorm2d"``.
        module: The module's path; ``""`` is the model itself.
        difference: thop's number less ours, in MACs or parameters; never 0.
    """

    why: Why
    cause: str
    module: str
    difference: int


def on_macs(module: Beside) -> Iterator[Explanation]:
    """The parts of what a module's MACs differ by; together they are thop's less ours."""
    for why, cause, difference in _on_macs(module):
        if difference:
            yield Explanation(why, cause, module.path, difference)


def on_params(module: Beside) -> Iterator[Explanation]:
    """What a module's parameters differ by."""
    difference = module.params - module.our_params
    if difference > 0:
        yield Explanation("again", "parameters of a module that is shared, or shares them", module.path, difference)
    elif difference:
        yield Explanation("missed", _missed_params(module), module.path, difference)


def _on_macs(module: Beside) -> Iterator[tuple[Why, str, int]]:
    if not module.has_rule:
        yield from _missed(module.calls, f" in {module.kind}, which has no rule" if module.kind else "")
        yield "elsewhere", "functional operators that thop tells of no module", module.macs
        return
    about = [each for each in module.calls if _is_about(module.kind, each[0].operator)] or module.calls
    yield from _missed([each for each in module.calls if each not in about], f" beside the rule for {module.kind}")
    once = module.macs // module.times
    again = f"each call of a shared {module.kind} is counted {module.times:,} times"
    yield "again", again, module.macs - once
    yield from _on_rule(module.kind, [call for call, _ in about], once - sum(cost.macs for _, cost in about))


def _missed(calls: _Calls, where: str) -> Iterator[tuple[Why, str, int]]:
    """What runs without a rule, operator by operator."""
    macs: Counter[str] = Counter()
    for call, cost in calls:
        macs[call.operator] += cost.macs
    for operator, number in macs.items():
        what = "attention" if "attention" in operator else "functional"
        yield "missed", f"{operator}{where}" if where else f"{what} {operator}", -number


def _on_rule(kind: str, calls: list[OperatorCall], difference: int) -> Iterator[tuple[Why, str, int]]:
    if not calls:
        yield (
            "added",
            f"{next((word for name, word in _ADDS.items() if name in kind), 'operations')} by {kind}",
            difference,
        )
        return
    of_gates = sum(map(gates, calls))
    if 0 < of_gates <= difference:
        yield "added", f"gates and biases of {kind}", of_gates
        difference -= of_gates
    yield "formula", _wrong(kind, calls), difference


def _wrong(kind: str, calls: list[OperatorCall]) -> str:
    if "Conv" in kind and any(map(_is_unbatched, calls)):
        return f"unbatched {kind}: the height is taken for the channels"
    if "ConvTranspose" in kind:
        return f"{kind}: each output element is taken to meet the whole kernel"
    if any(name in kind for name in ("LSTM", "GRU", "RNN")):
        return f"{kind}: sequences that are packed, unbatched or projected"
    return f"{kind}: another formula"


def _is_about(kind: str, operator: str) -> bool:
    name = kind.rpartition(".")[2]
    return all(any(word in operator for word in words) for part, words in _ABOUT.items() if part in name)


def _is_unbatched(call: OperatorCall) -> bool:
    image, weight = call.arguments.get("input"), call.arguments.get("weight")
    return isinstance(image, TensorSpec) and isinstance(weight, TensorSpec) and len(image.shape) < len(weight.shape)


def _missed_params(module: Beside) -> str:
    if not module.is_called:
        return "parameters of modules that are not called by themselves"
    if not module.has_rule:
        return f"parameters of {module.kind or 'modules'} without a rule"
    return (
        "parameters of the model itself, which thop leaves out" if not module.path else f"parameters of {module.kind}"
    )
