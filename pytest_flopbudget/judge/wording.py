"""A reason is one line, its numbers first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.judge.verdicts import Check, Kind, ModuleRow, UncountedOperator
from pytest_flopbudget.quantities import format_excess, format_pair, format_quantity


def about(count: str, *, approximate: bool) -> str:
    """A count as it is printed: ``≈ 29.72 MMACs`` where it would be another for other data."""
    return f"≈ {count}" if approximate else count


def over(check: Check) -> str:
    """A limit that is exceeded: ``29.72 MMACs > 29 MMACs (+2.5%)``, ``≈ 29.72 MMACs > …`` if it depends on data."""
    return _beyond(check, " >") + _of_budget(check, "over")


def unequal(check: Check) -> str:
    """A count that is not the number it must equal: ``29.72 MMACs, not 29 MMACs (+2.5%)``."""
    return _beyond(check, ", not") + _of_budget(check, "against")


def _beyond(check: Check, than: str) -> str:
    measured, limit = _pair(check)
    return f"{measured}{than} {limit} ({format_excess(check.measured, check.limit.value)})"


def missed(check: Check) -> str:
    """A limit that is not kept."""
    return over(check) if check.limit.relation == "<=" else unequal(check)


def together(checks: Sequence[Check]) -> dict[str, str]:
    """What a summary tells in the place of reasons, by these: of several on one target the first tells all.

    The target and what it assumes are then told once; of the others nothing is left, an empty text.
    """
    found: dict[str, str] = {}
    not_kept = [check for check in checks if not check.kept and check.limit.target]
    for on in dict.fromkeys(check.on for check in not_kept):
        first, *others = of_target = [check for check in not_kept if check.on == on]
        how: Literal["over", "against"] = "over" if first.limit.relation == "<=" else "against"
        counts = (_beyond(each, " >" if each.limit.relation == "<=" else ", not") for each in of_target)
        found |= dict.fromkeys(map(missed, others), "")
        found[missed(first)] = ", ".join(counts) + _of_budget(_assuming_all(of_target), how)
    return found


def close(check: Check) -> str:
    """A limit that is kept and nearly used up: ``28.9 MMACs is 99% of 29 MMACs``."""
    measured, limit = _pair(check)
    return f"{measured} is {_percent(check)}% of {limit}{_of_budget(check, 'within')}"


def plain(check: Check) -> str:
    """A limit without a judgement on it: ``11.17 MMACs of 12 MMACs (93%)``."""
    if check.limit.relation == "=" and not check.kept:
        return unequal(check)
    return _told(check) + _of_budget(check, "within" if check.kept else "over")


def _told(check: Check) -> str:
    measured, limit = _pair(check)
    if check.limit.relation == "<=":
        return f"{measured} of {limit}" + (f" ({_percent(check)}%)" if check.limit.value else "")
    if not check.kept:
        return f"{measured}, not {limit}"
    is_exact = check.measured == check.limit.value and not check.approximate
    return f"{measured}, exactly" if is_exact else f"{measured} rounds to {limit}"


def kept(checks: Sequence[Check]) -> list[str]:
    """Every limit of a case that has nothing against it, those of a target on one line.

    One on several modules is told by the dearest of them.
    """
    of_limit: dict[tuple[str, str, str], list[Check]] = {}
    for check in checks:
        if not check.limit.target:
            of_limit.setdefault((check.limit.subject, check.limit.metric, check.artifact), []).append(check)
    targets = dict.fromkeys(check.on for check in checks if check.limit.target)
    of_targets = ([check for check in checks if check.on == target] for target in targets)
    return [*map(_of_several, of_limit.values()), *map(_of_target, of_targets)]


def _of_target(checks: Sequence[Check]) -> str:
    how: Literal["within", "over"] = "within" if all(check.kept for check in checks) else "over"
    # A file is named once, before the first of its numbers.
    first, *others = checks
    told = [_told(first), *(_told(replace(check, artifact="")) for check in others)]
    return ", ".join(told) + _of_budget(_assuming_all(checks), how)


def _assuming_all(checks: Sequence[Check]) -> Check:
    """The first of some checks, assuming what all of them do."""
    assumed = dict.fromkeys(text for check in checks for text in check.assumed.split(", ") if text)
    return replace(checks[0], assumed=", ".join(assumed))


def _of_several(checks: Sequence[Check]) -> str:
    dearest = max(checks, key=lambda check: check.measured)
    return plain(dearest) + (f", the dearest of {len(checks):,} {dearest.limit.subject}" if len(checks) > 1 else "")


def empty(kind: Kind, uncounted: Sequence[UncountedOperator]) -> str:
    """A case of no MACs, and the operators that may be why."""
    where = "region" if kind == "region" else "model"
    return f"0 MACs: {incomplete(uncounted) if uncounted else f'nothing in the {where} was counted'}"


def without_macs(pattern: str, rows: Sequence[ModuleRow], uncounted: Sequence[UncountedOperator]) -> str:
    """Modules of no MACs that a limit is on, and why they have none.

    Args:
        pattern: The limit's.
        rows: The modules that it matches.
        uncounted: What nothing could count in them.
    """
    if len(rows) == 1:
        have, are, owner = f"{rows[0].path!r} has", "it is not called as a module", "its operators belong to its caller"
    else:
        have = f"the {len(rows):,} modules of {pattern!r} have"
        are, owner = "they are not called as modules", "their operators belong to their callers"
    if uncounted:
        why = incomplete(uncounted)
    elif any(row.calls for row in rows):
        why = "nothing in it was counted" if len(rows) == 1 else "nothing in them was counted"
    else:
        why = f"{are}, and {owner}"
    return f"modules: {have} 0 MACs: {why}"


def incomplete(uncounted: Sequence[UncountedOperator]) -> str:
    """Operators that nothing could count: ``4 calls of 2 operators are uncounted: mylib::a, mylib::b``."""
    calls = sum(each.calls for each in uncounted)
    names = list(dict.fromkeys(each.operator for each in uncounted))
    # thop counts modules, and knows nothing of operators.
    kinds = "operators" if "::" in names[0] else "kinds of modules"
    number, verb = ("1 call", "is") if calls == 1 else (f"{calls:,} calls", "are")
    if len(names) == 1:
        return f"{number} of {names[0]} {verb} uncounted"
    return f"{number} of {len(names)} {kinds} {verb} uncounted: {', '.join(names)}"


def phases(measurement: Measurement) -> list[str]:
    """How the MACs of a training step are shared: ``training: forward 3 MACs (33.3%), backward 6 MACs (66.7%)``."""
    if measurement.mode == "inference" or not measurement.macs:
        return []
    counts = {phase: cost.macs for phase, cost in measurement.by_phase().items()}
    about_it = measurement.data_dependent
    shares = (
        f"{phase} {about(format_quantity(macs, 'MAC'), approximate=about_it)} ({100 * macs / measurement.macs:.1f}%)"
        for phase, macs in counts.items()
    )
    return [f"training: {', '.join(shares)}"]


def run(measurement: Measurement) -> list[str]:
    """What a whole training comes to: ``a run of 30,000 steps: 952.3 MFLOPs (2 × MACs)``."""
    if measurement.repeat is None:
        return []
    cost = format_quantity(measurement.flops * measurement.repeat, "FLOP")
    told = about(cost, approximate=measurement.data_dependent)
    return [f"a run of {measurement.repeat:,} step{'' if measurement.repeat == 1 else 's'}: {told} (2 × MACs)"]


def _of_budget(check: Check, how: Literal["within", "over", "against"]) -> str:
    """Whose budget that is and what its numbers assume: a count on a target is no statement on a device."""
    target, assumed = check.limit.target, check.assumed
    if target:
        which = f", {how} the declared budget of {target}"
        return f"{which} ({assumed})" if assumed else which
    return f", assuming {assumed}" if assumed else ""


def _pair(check: Check) -> tuple[str, str]:
    metric = METRICS[check.limit.metric]
    measured, limit = format_pair(check.measured, check.limit.value, metric.unit)
    told = about(measured, approximate=check.approximate)
    told = f"{check.module}: {told}" if check.module else told
    told = f"{check.artifact}: {told}" if check.artifact else told
    return f"{told}{metric.remark}", limit


def _percent(check: Check) -> int:
    return 100 * check.measured // check.limit.value
