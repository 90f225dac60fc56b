"""Failure bodies of relative limits and of limits on modules, whole."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from textwrap import dedent

import pytest

from pytest_flopbudget.errors import FlopBudgetError, Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Finding, Kind, ModuleRow, Verdict
from pytest_flopbudget.report.failure import body, failure

PLACE = Place("pyproject.toml", 7)


def check(metric: str, measured: int, value: int, source: str) -> Check:
    return Check(Limit(metric=metric, value=value, place=PLACE, source=source), measured)


def text(written: str) -> str:
    return dedent(written).strip("\n")


def share(check: Check, source: str, of: str, base: int) -> Check:
    return replace(check, limit=replace(check.limit, source=source, share=Fraction(1, 4), of=of), base=base)


def test_a_share_of_another_model_shows_both_numbers() -> None:
    written = share(check("macs", 2_044_592_128, 1_022_296_064, ""), "25% of teacher", "teacher", 4_089_184_256)
    verdict = Verdict(
        case="student::R96",
        model="student",
        place=PLACE,
        findings=(Finding("exceeded", "error", "2.045 GMACs > 1.022 GMACs (+100%)"),),
        checks=(written,),
        metrics={"macs": 2_044_592_128},
        traced="shapes",
        built="meta",
    )
    # Twice a share says nothing of MACs and FLOPs: both numbers are counted alike.
    assert body(verdict) == text("""
        2.045 GMACs > 1.022 GMACs (+100%)

        macs:
          counted  2,044,592,128 MACs
          limit    1,022,296,064 MACs, written '25% of teacher' at pyproject.toml:7 (teacher: 4,089,184,256 MACs)
          over     1,022,296,064 MACs (+100%)

        Traced: shapes. Built: meta.
        To change the limit, edit macs at pyproject.toml:7.
    """)


def over(module: str, measured: int, subject: str = "blocks.*.attn", metric: str = "macs") -> Check:
    plain = check(metric, measured, 100, "100")
    return replace(plain, limit=replace(plain.limit, subject=subject, reason="attention is dear"), module=module)


def test_limits_on_modules() -> None:
    rows = {"": 900, "stem": 20, "blocks.0.attn": 150, "blocks.0.attn.qkv": 90, "blocks.0.attn.proj": 40}
    verdict = Verdict(
        case="vit::R96",
        model="vit",
        place=PLACE,
        findings=(
            Finding("exceeded", "error", "blocks.0.attn: 150 MACs > 100 MACs (+50%)"),
            Finding("exceeded", "error", "stem: 20 params > 10 params (+100%)"),
        ),
        checks=(
            over("blocks.0.attn", 150),
            share(
                replace(check("params", 20, 10, ""), module="stem"),
                "25%",
                "",
                40,
            ),
        ),
        metrics={"macs": 900, "params": 40},
        modules=tuple(ModuleRow(path, 1, macs, 0, 20 if path == "stem" else 0, 0) for path, macs in rows.items()),
        traced="shapes",
        built="meta",
    )
    assert body(verdict) == text("""
        blocks.0.attn: 150 MACs > 100 MACs (+50%)
        stem: 20 params > 10 params (+100%)

        macs of blocks.0.attn:
          counted  150 MACs
          limit    100 MACs, written '100' at pyproject.toml:7
          over      50 MACs (+50%)
          reason   attention is dear

        params of stem:
          counted  20 params
          limit    10 params, written '25%' at pyproject.toml:7 (the whole model: 40 params)
          over     10 params (+100%)

        Where the MACs of blocks.0.attn go, by module:
          blocks.0.attn.qkv   90 MACs   60.0%
          blocks.0.attn.proj  40 MACs   26.7%
          blocks.0.attn       20 MACs   13.3%

        Traced: shapes. Built: meta.
        To change the limit, edit macs of blocks.*.attn and params at pyproject.toml:7.
    """)


def test_many_modules_over_one_limit_are_not_all_told_at_length() -> None:
    verdict = Verdict(
        case="vit::R96",
        model="vit",
        place=PLACE,
        findings=(Finding("exceeded", "error", "blocks.0.attn: 101 MACs > 100 MACs (+1%)"),),
        checks=tuple(over(f"blocks.{number}.attn", 101 + number) for number in range(12)),
        metrics={"macs": 9_000},
        modules=(ModuleRow("", 1, 9_000, 0, 0, 0), ModuleRow("blocks.0.attn", 1, 101, 0, 0, 0)),
    )
    paragraphs = body(verdict).split("\n\n")
    assert [paragraph.partition("\n")[0] for paragraph in paragraphs] == [
        "blocks.0.attn: 101 MACs > 100 MACs (+1%)",
        "macs of blocks.0.attn:",
        "macs of blocks.1.attn:",
        "macs of blocks.2.attn:",
        "To change the limit, edit macs of blocks.*.attn at pyproject.toml:7.",
    ]
    assert paragraphs[3].endswith("\nmacs of blocks.*.attn: 9 more modules over the same limit")


HINT = text("""
    The macs are about twice the number written. One MAC is two FLOPs; torchvision,
    timm, fvcore and most papers print MACs as "FLOPs".
""")


@pytest.mark.parametrize(
    ("missed", "hint"),
    [
        (over("blocks.0.attn", 200), True),
        (check("macs", 200, 100, "25 per R"), True),
        (share(check("macs", 200, 100, ""), "25% of teacher", "teacher", 400), False),
        (share(over("blocks.0.attn", 200), "25%", "", 400), False),
    ],
)
@pytest.mark.parametrize("kind", ["declared", "test", "region"])
def test_a_factor_of_two_is_told_of_every_limit_but_a_share(missed: Check, hint: bool, kind: Kind) -> None:
    verdict = Verdict(
        case="net",
        model="net",
        place=PLACE,
        kind=kind,
        findings=(Finding("exceeded", "error", "over"),),
        checks=(missed,),
        metrics={"macs": 200},
        modules=(ModuleRow("", 1, 200, 0, 0, 0), ModuleRow("blocks.0.attn", 1, 200, 0, 0, 0)),
    )
    assert (HINT in body(verdict)) == hint


def test_a_pattern_that_matches_nothing() -> None:
    verdict = Verdict(
        case="vit::R96",
        model="vit",
        place=PLACE,
        findings=(Finding("error", "error", "modules: no module matches 'bloks.*'; did you mean 'blocks.*'?"),),
        details=("the pattern stands at pyproject.toml:7",),
        metrics={"macs": 900},
        traced="shapes",
        built="meta",
    )
    assert isinstance(failure(verdict), FlopBudgetError)
    assert body(verdict) == text("""
        modules: no module matches 'bloks.*'; did you mean 'blocks.*'?
        the pattern stands at pyproject.toml:7

        Traced: shapes. Built: meta.
    """)


@pytest.mark.parametrize("kind", ["test", "region"])
def test_a_test_that_measures_nothing_is_told_its_own_way(kind: Kind) -> None:
    verdict = Verdict(
        case="tests/test_net.py::test_net",
        model="",
        place=Place("tests/test_net.py", 9),
        kind=kind,
        findings=(Finding("empty", "error", "0 MACs: nothing in the model was counted"),),
        metrics={"macs": 0},
    )
    assert " ".join(body(verdict).split("\n\n")[1].split()) == (
        f"A budget over nothing is kept by every model, so it fails. If what the {kind} measures is to have no "
        "multiply–accumulates, pass allow_zero=True (tests/test_net.py:9)."
    )


def test_a_teacher_that_is_not_all_counted_needs_no_formula_section() -> None:
    verdict = Verdict(
        case="student::R96",
        model="student",
        place=PLACE,
        findings=(
            Finding("incomplete", "error", "in teacher, which a limit is a share of: 1 call of shop::mix is uncounted"),
        ),
        metrics={"macs": 9},
        traced="shapes",
        built="meta",
    )
    assert body(verdict) == text("""
        in teacher, which a limit is a share of: 1 call of shop::mix is uncounted

        Traced: shapes. Built: meta.
    """)


def test_limits_to_change_are_grouped_by_their_places() -> None:
    missed = [check(metric, 20, 10, "10") for metric in ("macs", "flops", "params", "activations")]
    elsewhere = replace(missed[1], limit=replace(missed[1].limit, place=Place("test_net.py", 3)))
    verdict = Verdict(
        case="net",
        model="net",
        place=PLACE,
        findings=(Finding("exceeded", "error", "over"),),
        checks=(missed[0], elsewhere, *missed[2:]),
        metrics={"macs": 20},
    )
    assert body(verdict).split("\n\n")[-1] == (
        "To change the limit, edit macs, params and activations at pyproject.toml:7,\n  flops at test_net.py:3."
    )


def near(metric: str, measured: int, value: int) -> Check:
    return replace(check(metric, measured, value, str(value)), near=True)


def test_a_near_limit_that_is_made_to_fail() -> None:
    verdict = Verdict(
        case="net",
        model="net",
        place=PLACE,
        findings=(Finding("near", "warn", "63.49 kMACs is 99% of 64 kMACs"),),
        checks=(near("macs", 63_488, 64_000), near("params", 260, 260), check("flops", 126_976, 200_000, "200 k")),
        metrics={"macs": 63_488, "params": 260},
        traced="shapes",
        built="given",
    )
    assert body(verdict.failing()) == text("""
        63.49 kMACs is 99% of 64 kMACs
        a warning, which is an error here: add "default::pytest_flopbudget.FlopBudgetWarning" to filterwarnings

        macs:
          counted  63,488 MACs
          limit    64,000 MACs, written '64000' at pyproject.toml:7
          left        512 MACs (99% used)

        params:
          counted  260 params
          limit    260 params, written '260' at pyproject.toml:7
          left       0 params (100% used)

        Traced: shapes. Built: given.
        To change the limit, edit macs and params at pyproject.toml:7.
    """)


def test_beside_a_limit_that_is_not_kept_a_near_one_is_not_told_at_length() -> None:
    verdict = Verdict(
        case="net",
        model="net",
        place=PLACE,
        findings=(Finding("exceeded", "error", "over"), Finding("near", "warn", "near")),
        checks=(near("macs", 99, 100), check("params", 20, 10, "10")),
        metrics={"macs": 99, "params": 20},
    )
    assert [paragraph.partition("\n")[0] for paragraph in body(verdict).split("\n\n")] == [
        "over",
        "params:",
        "To change the limit, edit params at pyproject.toml:7.",
    ]
