"""Two counts of one model side by side: each module with what ours and thop's say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.paths import ancestors


@dataclass(slots=True)
class Said:
    """What thop says of a module.

    Args:
        kind: The module's class, ``"torch.nn.Conv2d"``; empty where thop has nothing to say of it.
        macs: What it counts, in what it calls MACs.
        times: How often it counts each call of the module.
        has_rule: Whether it has a rule for the class.
        whole: Whether the count stands for all modules below.
    """

    kind: str = ""
    macs: int = 0
    times: int = 1
    has_rule: bool = False
    whole: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """A module by itself, in both counts; where thop's count stands for all below it, with what is ours there.

    Args:
        path: Its path; ``""`` is the model itself.
        calls: Our calls that have MACs, each with its cost.
        said: What thop says of it.
        our_params: Parameters by our count.
        params: Parameters by thop's.
        is_called: Whether the module was called by itself.
    """

    path: str
    calls: tuple[tuple[OperatorCall, Cost], ...]
    said: Said
    our_params: int
    params: int
    is_called: bool


def _paths(call: OperatorCall) -> tuple[str, ...]:
    paths = call.arguments.get("paths", ())
    return tuple(map(str, paths)) if isinstance(paths, tuple) else ()


def beside(ours: Measurement, thops: Measurement) -> list[Beside]:
    """Every module in the order of the tree; the sums over all are the two totals."""
    said = _said(thops)
    called = {module.path for module in ours.modules if module.calls}
    # A module that several hold is one to thop, which tells it at its first path.
    first = {path: call.module for call, _ in thops.calls for path in _paths(call)}
    calls: dict[str, list[tuple[OperatorCall, Cost]]] = {}
    for call, cost in ours.calls:
        if cost is not None and cost.macs:
            covering = _covering(call.module, said)
            calls.setdefault(first.get(covering, covering), []).append((call, cost))
    our_params: Counter[str] = Counter()
    for module in ours.modules:
        our_params[_covering(module.path, said)] += module.params
    params = {module.path: module.params for module in thops.modules}
    paths = dict.fromkeys([*(module.path for module in ours.modules), *params, *said, *calls])
    return [
        Beside(
            path=path,
            calls=tuple(calls.get(path, ())),
            said=said.get(path, Said()),
            our_params=our_params[path],
            params=params.get(path, 0),
            is_called=path in called,
        )
        for path in paths
    ]


def _said(thops: Measurement) -> dict[str, Said]:
    """What thop's calls tell by the module's path: they are one a module with a rule, and each call of one without."""
    found: dict[str, Said] = {}
    for call, cost in thops.calls:
        each = found.setdefault(call.module, Said())
        each.macs += cost.macs if cost is not None else 0
        times = call.arguments.get("times")
        if isinstance(times, int):
            each.kind, each.has_rule, each.times = call.operator, True, times
            each.whole = call.arguments.get("whole") is True
        elif cost is None:
            each.kind = call.operator
    return found


def _covering(path: str, said: Mapping[str, Said]) -> str:
    """The module whose count by thop has that of another in it: one above it that stands for all below, or itself."""
    above = [each for each in ancestors(path)[1:] if each in said and said[each].whole]
    return above[-1] if above else path
