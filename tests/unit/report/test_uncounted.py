"""What to paste for operators that nothing could count."""

from __future__ import annotations

from textwrap import dedent

import pytest

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.verdicts import Finding, UncountedOperator, Verdict
from pytest_flopbudget.report.uncounted import formula_template, uncounted_section


def test_whole_section() -> None:
    uncounted = (
        UncountedOperator("mylib::op", "", 1, ("x", "weight"), 1, "x 2x3, weight 3x4 gives 2x4"),
        UncountedOperator("mylib::op", "blocks.0", 2, ("x", "weight")),
        UncountedOperator("mylib::other", "blocks.0", 1),
    )
    verdict = Verdict(
        case="net::default",
        model="net",
        place=Place("pyproject.toml", 7),
        findings=(Finding("incomplete", "error", "calls are uncounted"),),
        uncounted=uncounted,
    )
    expected = """
        Uncounted: operators with neither a formula nor a place among the free.
          mylib::op     3 calls in the model itself, blocks.0
                        such as x 2x3, weight 3x4 gives 2x4
          mylib::other  1 call in blocks.0

        What computes nothing is named under [tool.pytest-flopbudget]:

            free = ["mylib::op", "mylib::other"]

        What computes gets a formula, in a module of yours:

            from pytest_flopbudget import Cost, TensorSpec, formula

            @formula("mylib::op")
            def op(x: TensorSpec, weight: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
                return Cost(macs=..., other_flops=...)

        and the module is named under [tool.pytest-flopbudget]:

            formulas = ["your.module"]
    """
    assert "\n".join(uncounted_section(verdict)) == dedent(expected).strip("\n")


def test_many_modules_are_counted_not_listed() -> None:
    uncounted = tuple(UncountedOperator("mylib::op", f"blocks.{number}", 2) for number in range(12))
    verdict = Verdict(
        case="net::default",
        model="net",
        place=Place("pyproject.toml", 7),
        findings=(Finding("incomplete", "error", "calls are uncounted"),),
        uncounted=uncounted,
    )
    assert uncounted_section(verdict)[1] == "  mylib::op  24 calls in blocks.0, blocks.1, blocks.2 and 9 more modules"


def test_told_once_where_nothing_was_counted() -> None:
    verdict = Verdict(
        case="net::default",
        model="net",
        place=Place("pyproject.toml", 7),
        findings=(Finding("empty", "error", "0 MACs: 1 call of mylib::op is uncounted"),),
        uncounted=(UncountedOperator("mylib::op", "", 1),),
    )
    assert uncounted_section(verdict)[1] == "  mylib::op  1 call in the model itself"


def test_passed_over() -> None:
    verdict = Verdict(
        case="net::default",
        model="net",
        place=Place("pyproject.toml", 7),
        uncounted=(UncountedOperator("mylib::op", "", 1),),
    )
    assert uncounted_section(verdict) == []


@pytest.mark.parametrize(
    ("operator", "tensors", "signature"),
    [
        ("mylib::op", ("x", "y"), "def op(x: TensorSpec, y: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:"),
        ("mylib::_op_", ("self",), "def op(self: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:"),
        ("mylib::lambda", (), "def lambda_(*, out: TensorSpec, **_: object) -> Cost:"),
        ("mylib::__", ("from", "x"), "def cost(x: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:"),
    ],
)
def test_template_is_python(operator: str, tensors: tuple[str, ...], signature: str) -> None:
    template = formula_template(UncountedOperator(operator, "", 1, tensors))
    assert template[2:4] == [f'@formula("{operator}")', signature]
    names: dict[str, object] = {}
    exec("\n".join(template), names)
    assert callable(names[signature.removeprefix("def ").partition("(")[0]])


def test_modules_that_thop_has_no_rule_for() -> None:
    verdict = Verdict(
        case="net::default",
        model="net",
        place=Place("pyproject.toml", 7),
        findings=(Finding("incomplete", "error", "calls are uncounted"),),
        uncounted=(
            UncountedOperator("torch.nn.GELU", "blocks.0.act", 1),
            UncountedOperator("torch.nn.GELU", "blocks.1.act", 2),
            UncountedOperator("shop.layers.Mix", "", 1),
        ),
        traced="thop",
    )
    expected = """
        Uncounted: modules of classes that thop has no rule for.
          torch.nn.GELU    3 calls in blocks.0.act, blocks.1.act
          shop.layers.Mix  1 call in the model itself

        What they count is a rule, in a module of yours:

            from torch.nn import GELU

            def rule(module, inputs, output):
                module.total_ops += ...

            RULES = {GELU: rule}

        and the rules are named under [tool.pytest-flopbudget]:

            thop_rules = "your.module:RULES"
    """
    assert uncounted_section(verdict) == dedent(expected).strip("\n").splitlines()
