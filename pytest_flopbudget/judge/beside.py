"""Two counts of one model side by side: each module with what ours and thop's say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pytest_flopbudget.counting.measurement import Measurement, ancestors
from pytest_flopbudget.counting.operators import Cost, OperatorCall


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """A module by itself, in both counts; where thop's count stands for all below it, with our calls there.

    Args:
        path: Its path; ``""`` is the model itself.
        calls: Our calls that have MACs, each with its cost.
        macs: What thop counts, in what it calls MACs.
        kind: The module's class, ``"torch.nn.Conv2d"``; empty where thop has nothing to say of it.
        has_rule: Whether thop has a rule for the class.
        times: How often thop counts each call of the module.
        our_params: Parameters by our count.
        params: Parameters by thop's.
        is_called: Whether the module was called by itself.
    """

    path: str
    calls: tuple[tuple[OperatorCall, Cost], ...] = ()
    macs: int = 0
    kind: str = ""
    has_rule: bool = False
    times: int = 1
    our_params: int = 0
    params: int = 0
    is_called: bool = True


@dataclass(slots=True)
class _Said:
    """What thop says of a module."""

    kind: str = ""
    macs: int = 0
    times: int = 1
    has_rule: bool = False
    whole: bool = False


def beside(ours: Measurement, thops: Measurement) -> list[Beside]:
    """Every module in the order of the tree; the sums over all are the two totals."""
    said = _said(thops)
    found = {module.path: Beside(path=module.path, is_called=module.calls > 0) for module in ours.modules}
    for call, cost in ours.calls:
        if cost is not None and cost.macs:
            path = _covering(call.module, said)
            each = found.get(path) or Beside(path=path)
            found[path] = replace(each, calls=(*each.calls, (call, cost)))
    for module in ours.modules:
        path = _covering(module.path, said)
        found[path] = replace(found[path], our_params=found[path].our_params + module.params)
    for module in thops.modules:
        each = found.get(module.path) or Beside(path=module.path)
        found[module.path] = replace(each, params=module.params)
    for path, of_module in said.items():
        each = found.get(path) or Beside(path=path)
        found[path] = replace(
            each, macs=of_module.macs, kind=of_module.kind, has_rule=of_module.has_rule, times=of_module.times
        )
    return list(found.values())


def _said(thops: Measurement) -> dict[str, _Said]:
    """What thop's calls tell by the module's path: they are one a module with a rule, and each call of one without."""
    found: dict[str, _Said] = {}
    for call, cost in thops.calls:
        each = found.setdefault(call.module, _Said())
        each.macs += cost.macs if cost is not None else 0
        times = call.arguments.get("times")
        if isinstance(times, int):
            each.kind, each.has_rule, each.times = call.operator, True, times
            each.whole = call.arguments.get("whole") is True
        elif cost is None:
            each.kind = call.operator
    return found


def _covering(path: str, said: Mapping[str, _Said]) -> str:
    """The module whose count by thop has that of another in it: one above it that stands for all below, or itself."""
    above = [each for each in ancestors(path)[1:] if each in said and said[each].whole]
    return above[-1] if above else path
