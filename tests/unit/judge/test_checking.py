"""Limits that are shares, and limits on modules, against what was counted."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest

from pytest_flopbudget.counting.deployment import AS_IT_IS
from pytest_flopbudget.counting.measurement import Measurement, ModuleNode
from pytest_flopbudget.counting.metrics import COUNTS, METRICS
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
from pytest_flopbudget.declaring.cases import AskedCase
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.checking import OF_A_MODULE
from pytest_flopbudget.judge.judging import judge, module_rows
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Kind, Level, Verdict

PLACE = Place("pyproject.toml", 4)
# MACs by module; every module holds 10 parameters of its own.
NET = {"stem": 100, "blocks.0.attn": 300, "blocks.0.mlp": 250, "blocks.1.attn": 290, "blocks.1.mlp": 60}


def measured(macs: Mapping[str, int], *, uncounted: bool = False, data_dependent: bool = False) -> Measurement:
    calls: list[tuple[OperatorCall, Cost | None]] = [
        (OperatorCall("aten::linear", path, {}, TensorSpec((1, 4))), Cost(cost, 1)) for path, cost in macs.items()
    ]
    if uncounted:
        calls.append((OperatorCall("shop::mix", "", {}, TensorSpec((1, 4))), None))
    paths = dict.fromkeys(path for name in macs for path in (name.rpartition(".")[0], name))
    modules = tuple(ModuleNode(path, 1, 10) for path in ("", *(path for path in paths if path)))
    return Measurement(calls=tuple(calls), modules=modules, data_dependent=data_dependent)


def limit(source: str, value: int, metric: str = "macs", subject: str = "", place: Place = PLACE) -> Limit:
    return Limit(metric=metric, value=value, place=place, source=source, subject=subject)


def share(percent: int, of: str = "", metric: str = "macs", subject: str = "") -> Limit:
    source = f"{percent}% of {of}" if of else f"{percent}%"
    share = Fraction(percent, 100)
    return Limit(metric=metric, value=0, place=PLACE, source=source, share=share, of=of, subject=subject)


def judged(
    *limits: Limit,
    others: Mapping[str, Measurement] = {},
    level: Level = "error",
    uncounted: Level = "error",
    warn_at: Fraction | None = None,
) -> Verdict:
    case = AskedCase(
        id="tests/test_net.py::test_net",
        kind="test",
        place=PLACE,
        limits=limits,
        level=level,
        uncounted=uncounted,
        warn_at=warn_at,
    )
    return judge(case, measured(NET), others)


def test_every_count_has_a_value_for_a_module() -> None:
    measurement = measured(NET)
    whole = module_rows(measurement)[0]
    assert whole.path == ""
    assert {name: value(whole) for name, value in OF_A_MODULE.items()} == {
        name: METRICS[name].value(measurement, AS_IT_IS) for name in COUNTS
    }


def test_every_module_that_matches_is_judged_by_itself() -> None:
    verdict = judged(limit("290", 290, subject="blocks.*.attn"))
    assert [(check.module, check.measured, check.kept) for check in verdict.checks] == [
        ("blocks.0.attn", 300, False),
        ("blocks.1.attn", 290, True),
    ]
    assert (verdict.status, verdict.reasons) == ("exceeded", ("blocks.0.attn: 300 MACs > 290 MACs (+3.4%)",))


@pytest.mark.parametrize(
    ("metric", "counted", "text"),
    [
        ("macs", 550, "blocks.0: 550 MACs > 1 MAC (550x)"),
        ("flops", 1100, "blocks.0: 1.1 kFLOPs (2 × MACs) > 1 FLOP (1,100x)"),
        ("total_flops", 1102, "blocks.0: 1.102 kFLOPs (total) > 1 FLOP (1,102x)"),
        ("params", 30, "blocks.0: 30 params > 1 param (30x)"),
        ("activations", 8, "blocks.0: 8 elements > 1 element (+700%)"),
    ],
)
def test_a_module_has_all_that_is_below_it(metric: str, counted: int, text: str) -> None:
    verdict = judged(limit("1", 1, metric, "blocks.0"))
    (check,) = verdict.checks
    assert (check.measured, verdict.reasons) == (counted, (text,))


def test_a_share_of_the_case() -> None:
    # 29% of 100 + 300 + 250 + 290 + 60.
    verdict = judged(share(29, subject="blocks.*.attn"))
    assert [(check.limit.value, check.base) for check in verdict.checks] == [(290, 1000), (290, 1000)]
    assert verdict.reasons == ("blocks.0.attn: 300 MACs > 290 MACs (+3.4%)",)


def test_a_share_of_another_model() -> None:
    verdict = judged(share(25, "teacher"), others={"teacher": measured({"stem": 3_999})})
    (check,) = verdict.checks
    assert check == Check(share(25, "teacher").from_base(3_999), 1000, base=3_999)
    assert verdict.reasons == ("1 kMACs > 999 MACs (+0.1%)",)


def test_shares_of_other_metrics() -> None:
    others = {"teacher": measured({"stem": 3_999})}
    verdict = judged(share(50, "teacher", "flops"), share(400, "teacher", "params"), others=others)
    assert [(check.limit.value, check.base) for check in verdict.checks] == [(3_999, 7_998), (80, 20)]
    assert verdict.status == "kept"


def test_a_share_of_another_model_on_modules() -> None:
    verdict = judged(share(10, "teacher", subject="blocks.0.attn"), others={"teacher": measured(NET)})
    assert verdict.reasons == ("blocks.0.attn: 300 MACs > 100 MACs (+200%)",)


def test_a_share_of_what_depends_on_data_is_told_as_such() -> None:
    others = {"teacher": measured({"stem": 3_999}, data_dependent=True)}
    verdict = judged(share(25, "teacher"), share(1, "teacher", "params"), limit("1", 1, "flops"), others=others)
    assert [(check.limit.metric, check.approximate) for check in verdict.checks] == [
        ("macs", True),
        ("params", False),
        ("flops", False),
    ]


@pytest.mark.parametrize(("uncounted", "status"), [("error", "incomplete"), ("warn", "incomplete"), ("off", "kept")])
def test_a_share_of_what_is_not_all_counted(uncounted: Level, status: str) -> None:
    others = {"teacher": measured({"stem": 9_999}, uncounted=True)}
    verdict = judged(share(25, "teacher"), others=others, uncounted=uncounted)
    assert verdict.status == status
    assert verdict.fails == (uncounted == "error")
    told = () if uncounted == "off" else ("in teacher, which a limit is a share of: 1 call of shop::mix is uncounted",)
    assert verdict.reasons == told


@pytest.mark.parametrize(("kind", "modules"), [("region", ["Net.head", "Net#2.head"]), ("test", ["Net.head"])])
def test_in_a_region_a_class_stands_for_all_models_of_it(kind: Kind, modules: list[str]) -> None:
    case = AskedCase(id="it", kind=kind, place=PLACE, limits=(limit("6", 6, subject="Net.head"),))
    verdict = judge(case, measured({"Net.head": 5, "Net#2.head": 6}))
    assert [check.module for check in verdict.checks] == modules


@pytest.mark.parametrize("level", ["error", "warn", "off"])
def test_a_pattern_that_matches_nothing_is_an_error_at_every_level(level: Level) -> None:
    verdict = judged(limit("1", 1, subject="bloks.*"), limit("2", 2, "flops", "bloks.*"), level=level)
    assert (verdict.status, verdict.fails) == ("error", True)
    assert verdict.reasons == ("modules: no module matches 'bloks.*'; did you mean 'blocks.*'?",)
    assert verdict.details == ("the pattern stands at pyproject.toml:4",)
    assert verdict.metrics["macs"] == 1000


def test_every_pattern_that_matches_nothing_is_told_and_the_other_limits_are_judged() -> None:
    verdict = judged(
        limit("999", 999),
        limit("1", 1, subject="attn", place=Place("pyproject.toml", 7)),
        limit("1", 1, subject="zzz", place=Place("pyproject.toml", 8)),
    )
    assert verdict.status == "error"
    assert verdict.reasons == (
        "modules: no module matches 'attn'; did you mean '**.attn'?",
        "modules: no module matches 'zzz'; there is stem, blocks",
        "1 kMACs > 999 MACs (+0.1%)",
    )
    assert verdict.details == ("the pattern stands at pyproject.toml:7", "the pattern stands at pyproject.toml:8")


def measured_with_head(macs: int, calls: int, uncounted: tuple[str, ...] = ()) -> Measurement:
    """A net with two heads, of which only the first may have MACs."""
    operators: list[tuple[OperatorCall, Cost | None]] = [
        (OperatorCall("aten::linear", "stem", {}, TensorSpec((1, 4))), Cost(100, 0)),
        (OperatorCall("aten::linear", "heads.0", {}, TensorSpec((1, 4))), Cost(macs, 0)),
    ]
    operators += [(OperatorCall("shop::mix", path, {}, TensorSpec((1, 4))), None) for path in uncounted]
    counted = (("", 1), ("stem", 1), ("heads", 0), ("heads.0", calls), ("heads.1", calls))
    return Measurement(calls=tuple(operators), modules=tuple(ModuleNode(path, each, 10) for path, each in counted))


def judged_head(measurement: Measurement, *limits: Limit, allow_zero: bool = False) -> Verdict:
    case = AskedCase(id="it", kind="test", place=PLACE, limits=limits, allow_zero=allow_zero, uncounted="off")
    return judge(case, measurement)


@pytest.mark.parametrize(
    ("subject", "calls", "uncounted", "text"),
    [
        (
            "heads.1",
            0,
            (),
            "'heads.1' has 0 MACs: it is not called as a module, and its operators belong to its caller",
        ),
        ("heads.1", 1, (), "'heads.1' has 0 MACs: nothing in it was counted"),
        ("**.1", 1, ("heads.1.mix",), "'heads.1' has 0 MACs: 1 call of shop::mix is uncounted"),
        (
            "heads.*",
            0,
            ("stem",),
            (
                "the 2 modules of 'heads.*' have 0 MACs: "
                "they are not called as modules, and their operators belong to their callers"
            ),
        ),
        ("heads.*", 1, (), "the 2 modules of 'heads.*' have 0 MACs: nothing in them was counted"),
    ],
)
@pytest.mark.parametrize("metric", ["macs", "flops", "activations"])
def test_a_limit_on_modules_without_macs_holds_nothing(
    subject: str, calls: int, uncounted: tuple[str, ...], text: str, metric: str
) -> None:
    measurement = measured_with_head(0, calls, uncounted)
    verdict = judged_head(
        measurement,
        limit("1 k", 1000, metric, subject),
        limit("1 k", 1000, "params", subject, Place("pyproject.toml", 9)),
    )
    assert (verdict.status, verdict.fails) == ("empty", True)
    assert verdict.reasons == (f"modules: {text}",)
    assert verdict.details == ("the pattern stands at pyproject.toml:4",)


@pytest.mark.parametrize("level", ["warn", "off"])
def test_a_limit_on_modules_without_macs_is_empty_at_every_level(level: Level) -> None:
    case = AskedCase(id="it", kind="test", place=PLACE, limits=(limit("1", 1, subject="heads.1"),), level=level)
    assert (judge(case, measured_with_head(0, 1)).status, judge(case, measured_with_head(0, 1)).fails) == (
        "empty",
        True,
    )


def test_a_limit_on_modules_of_which_one_has_macs_holds_that() -> None:
    assert judged_head(measured_with_head(7, 1), limit("7", 7, subject="heads.*")).status == "kept"
    assert judged_head(measured_with_head(7, 0), limit("7", 7, subject="heads")).status == "kept"


def test_modules_without_macs_may_be_meant() -> None:
    held = limit("0", 0, subject="heads.1")
    assert judged_head(measured_with_head(0, 1), held, allow_zero=True).status == "kept"
    assert judged_head(measured_with_head(0, 1), limit("20", 20, "params", "heads.1")).status == "kept"


def test_where_nothing_at_all_is_counted_the_case_says_so() -> None:
    case = AskedCase(id="it", kind="test", place=PLACE, limits=(limit("1", 1, subject="stem"),))
    assert judge(case, measured({"stem": 0})).reasons == ("0 MACs: nothing in the model was counted",)


def test_level_and_warn_at_touch_limits_on_modules_too() -> None:
    attn = limit("290", 290, subject="blocks.*.attn")
    assert judged(attn, level="off").status == "unjudged"
    assert not judged(attn, level="warn").fails
    near = judged(limit("305", 305, subject="blocks.*.attn"), warn_at=Fraction(98, 100))
    assert near.reasons == ("blocks.0.attn: 300 MACs is 98% of 305 MACs",)


def test_the_verdict_says_what_it_comes_from() -> None:
    assert judged(limit("1 k", 1000)).kind == "test"
