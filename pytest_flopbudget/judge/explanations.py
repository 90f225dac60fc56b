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
    said = module.said
    if not said.has_rule:
        yield from _missed(module.calls, f" in {said.kind}, which has no rule" if said.kind else "")
        yield "elsewhere", "functional operators that thop tells of no module", said.macs
        return
    about = [each for each in module.calls if _is_about(said.kind, each[0].operator)]
    if about:
        others = [each for each in module.calls if not _is_about(said.kind, each[0].operator)]
        yield from _missed(others, f" beside the rule for {said.kind}")
    about = about or list(module.calls)
    once = said.macs // said.times
    yield "again", f"each call of a shared {said.kind} is counted {said.times:,} times", said.macs - once
    yield from _on_rule(said.kind, [call for call, _ in about], once - sum(cost.macs for _, cost in about))


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
        what = next((word for name, word in _ADDS.items() if name in kind), "operations")
        yield "added", f"{what} by {kind}", difference
        return
    if "MultiheadAttention" in kind and difference > 0:
        yield "added", f"softmax in {kind}", difference
        return
    of_gates = sum(map(gates, calls))
    if of_gates <= difference:
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
    """Whether a rule is about an operator, by its class's name; a class of the user's own may be called anything."""
    owner, _, name = kind.rpartition(".")
    return owner == "torch.nn" and all(
        any(word in operator for word in words) for part, words in _ABOUT.items() if part in name
    )


def _is_unbatched(call: OperatorCall) -> bool:
    image, weight = call.arguments.get("input"), call.arguments.get("weight")
    return isinstance(image, TensorSpec) and isinstance(weight, TensorSpec) and len(image.shape) < len(weight.shape)


def _missed_params(module: Beside) -> str:
    if not module.is_called:
        return "parameters of modules that are not called by themselves"
    kind = module.said.kind
    if not module.said.has_rule:
        return f"parameters of {kind or 'modules'} without a rule"
    return f"parameters of {kind}" if module.path else "parameters of the model itself, which thop leaves out"
