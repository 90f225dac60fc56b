"""What to do about operators that nothing could count."""

from __future__ import annotations

import keyword

from pytest_flopbudget.judge.verdicts import UncountedOperator, Verdict
from pytest_flopbudget.report.headline import TABLE
from pytest_flopbudget.report.text import counted, indented, wrapped

_MODULES_NAMED = 3
_SIGNATURE = 100
_TOLD_OF = ("empty", "incomplete")


def uncounted_section(verdict: Verdict) -> list[str]:
    """The operators with their modules and calls, the line to paste, and the formula to write; else nothing."""
    if not verdict.uncounted or all(finding.status not in _TOLD_OF for finding in verdict.findings):
        return []
    names = list(dict.fromkeys(each.operator for each in verdict.uncounted))
    width = max(map(len, names))
    rows = [line for name in names for line in _row(name, width, verdict)]
    if verdict.traced == "thop":
        return _without_rule(names[0], rows)
    quoted = ", ".join(f'"{name}"' for name in names)
    return [
        "Uncounted: operators with neither a formula nor a place among the free.",
        *rows,
        "",
        f"What computes nothing is named under {TABLE}:",
        "",
        *wrapped(f"free = [{quoted}]", "    ", "        "),
        "",
        "What computes gets a formula, in a module of yours:",
        "",
        *indented(formula_template(next(each for each in verdict.uncounted if each.operator == names[0]))),
        "",
        f"and the module is named under {TABLE}:",
        "",
        '    formulas = ["your.module"]',
    ]


def _without_rule(name: str, rows: list[str]) -> list[str]:
    """Modules that thop has no rule for, and the rule to write for the first."""
    module, _, kind = name.rpartition(".")
    return [
        "Uncounted: modules of classes that thop has no rule for.",
        *rows,
        "",
        "What they count is a rule, in a module of yours:",
        "",
        f"    from {module} import {kind}",
        "",
        "    def rule(module, inputs, output):",
        "        module.total_ops += ...",
        "",
        f"    RULES = {{{kind}: rule}}",
        "",
        f"and the rules are named under {TABLE}:",
        "",
        '    thop_rules = "your.module:RULES"',
    ]


def formula_template(uncounted: UncountedOperator) -> list[str]:
    """A formula to fill in for an operator: Python, but for the cost itself."""
    name = uncounted.operator.partition("::")[2].strip("_") or "cost"
    tensors = [name for name in uncounted.tensors if name.isidentifier() and not keyword.iskeyword(name)]
    out = "TensorSpec" if uncounted.outputs == 1 else "tuple[TensorSpec, ...]"
    arguments = [*(f"{tensor}: TensorSpec" for tensor in tensors), "*", f"out: {out}", "**_: object"]
    function = f"def {name + '_' if keyword.iskeyword(name) else name}"
    signature = [f"{function}({', '.join(arguments)}) -> Cost:"]
    if len(signature[0]) > _SIGNATURE:
        signature = [f"{function}(", *(f"    {argument}," for argument in arguments), ") -> Cost:"]
    return [
        "from pytest_flopbudget import Cost, TensorSpec, formula",
        "",
        f'@formula("{uncounted.operator}")',
        *signature,
        "    return Cost(macs=..., other_flops=...)",
    ]


def _row(operator: str, width: int, verdict: Verdict) -> list[str]:
    own = [each for each in verdict.uncounted if each.operator == operator]
    root = "no module" if verdict.kind == "region" else "the model itself"
    calls = sum(each.calls for each in own)
    modules = [each.module or root for each in own]
    kind = "modules " if len(modules) > 1 else "module "
    named = (kind if modules[0].isdigit() else "") + ", ".join(modules[:_MODULES_NAMED])
    more = f" and {counted(len(modules) - _MODULES_NAMED, 'more module')}" if len(modules) > _MODULES_NAMED else ""
    row = wrapped(f"{operator:<{width}}  {counted(calls, 'call')} in {named}{more}", "  ", "      ")
    example = next((each.example for each in own if each.example), "")
    return [*row, *(wrapped(f"such as {example}", " " * (width + 4), " " * (width + 6)) if example else ())]
