from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.declaring.cases import Table

HEAD = """\
[tool.pytest-flopbudget.targets.board]
ram = "64 KiB"
[tool.pytest-flopbudget.targets.clock]
macs = "1 M"
[tool.pytest-flopbudget.defaults]
factory = "shop:net"
macs = "1 M"
[tool.pytest-flopbudget.models.kws]
input = "1x3"
[tool.pytest-flopbudget.models.vww]
input = "1x3xR"
at = [96, 128]
[tool.pytest-flopbudget.models.step]
input = "1x3"
mode = "training"
"""
BUNDLE = "[tool.pytest-flopbudget.bundles.doorbell]\n"


def test_a_bundle(read: Callable[[str], Table]) -> None:
    table = read(f"""\
{HEAD}{BUNDLE}target = "board"
cases = ["kws", "vww::R96"]
arena = "shared"
level = "warn"
reason = "rev B"
skip = "not yet"
""")
    (bundle,) = table.bundles
    assert (bundle.id, bundle.model, str(bundle.place)) == ("doorbell", "doorbell", "pyproject.toml:16")
    assert bundle.target is table.targets[0]
    assert [case.id for case in bundle.cases] == ["kws::default", "vww::R96"]
    assert (bundle.arena, bundle.level, bundle.reason, bundle.skip) == ("shared", "warn", "rev B", "not yet")
    assert table.declared == (*table.cases, bundle)


def test_arenas_are_separate_unless_said(read: Callable[[str], Table]) -> None:
    (bundle,) = read(f'{HEAD}{BUNDLE}target = "board"\ncases = ["kws", "vww::R96"]\nskip = false\n').bundles
    assert (bundle.arena, bundle.skip) == ("separate", None)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("", ["16: bundles.doorbell: no target: write target = 'board'",
              "16: bundles.doorbell: no cases: write cases = ['kws', 'vww::R96']"]),
        (
            'target = "bord"\ncases = ["kws", "vwv::R96"]\narena = "share"\nmodels = 3',
            [
                "17: bundles.doorbell.target: no target 'bord' is declared; did you mean 'board'?",
                "18: bundles.doorbell.cases[1]: no case has the name 'vwv::R96'; did you mean 'vww::R96'?",
                "19: bundles.doorbell.arena: 'share' is none of 'shared', 'separate'; did you mean 'shared'?",
                ("20: bundles.doorbell.models: 'models' belongs in [tool.pytest-flopbudget] or a table of costs, "
                "not in a bundle"),
            ],
        ),
        (
            'target = "board"\ncases = ["kws", "vww"]',
            ["18: bundles.doorbell.cases[1]: vww has 2 points, R96, R128: write which, as in 'vww::R96'"],
        ),
        (
            'target = "board"\ncases = ["kws", "kws::default"]',
            ["18: bundles.doorbell.cases[1]: the case 'kws::default' stands twice"],
        ),
        (
            'target = "board"\ncases = ["kws"]',
            ["18: bundles.doorbell.cases: a bundle has two cases or more: judge a single one by its own targets"],
        ),
        (
            'target = "board"\ncases = ["kws", "step"]',
            [("18: bundles.doorbell.cases[1]: step::default has mode = 'training', and tells no bytes: leave it out of "
             "the bundle")],
        ),
        (
            'target = "clock"\ncases = ["kws", "vww::R96"]',
            ["17: bundles.doorbell.target: clock limits nothing that models share: write ram, flash or mac_rate there"],
        ),
    ],
)  # fmt: skip
def test_mistakes(mistakes: Callable[[str], list[str]], lines: str, told: list[str]) -> None:
    assert mistakes(f"{HEAD}{BUNDLE}{lines}\n") == [f"pyproject.toml:{line}" for line in told]


def test_a_limit_that_depends_on_the_model(mistakes: Callable[[str], list[str]]) -> None:
    text = HEAD.replace('ram = "64 KiB"', 'weight_bytes = "50% of kws"')
    assert mistakes(f'{text}{BUNDLE}target = "board"\ncases = ["kws", "vww::R96"]\n') == [
        (
            "pyproject.toml:17: bundles.doorbell.target: weight_bytes@board: '50% of kws' depends on the model, and a "
            "bundle has several: write a number there"
        )
    ]


def test_names(mistakes: Callable[[str], list[str]]) -> None:
    text = f'{HEAD}[tool.pytest-flopbudget.bundles]\nkws = {{}}\n"a b" = {{}}\nnumber = 3\n'
    assert mistakes(text) == [
        "pyproject.toml:17: bundles.kws: a model has the name 'kws', on line 8: give the bundle another",
        (
            "pyproject.toml:18: bundles.\"a b\": 'a b' is no name: write letters, digits, '.', '_' and '-', a letter "
            "or digit first"
        ),
        (
            "pyproject.toml:19: bundles.number: 3 stands where a table was expected, as in "
            "[tool.pytest-flopbudget.bundles.number]"
        ),
    ]


def test_a_case_of_a_model_with_mistakes_is_not_unknown(mistakes: Callable[[str], list[str]]) -> None:
    text = HEAD.replace("[96, 128]", "[96, 0]")
    assert mistakes(f'{text}{BUNDLE}target = "board"\ncases = ["kws", "vww::R128"]\n') == [
        "pyproject.toml:12: models.vww.at[1]: a size is at least 1, not 0"
    ]


BARE = """\
[tool.pytest-flopbudget.targets.board]
ram = "64 KiB"
[tool.pytest-flopbudget.defaults]
factory = "shop:net"
[tool.pytest-flopbudget.models.kws]
input = "1x3"
[tool.pytest-flopbudget.models.vww]
input = "1x3xR"
at = [96, 128]
[tool.pytest-flopbudget.bundles.doorbell]
target = "board"
cases = ["kws", "vww::R96"]
"""


def test_what_a_bundle_limits_needs_no_limit_of_its_own(read: Callable[[str], Table]) -> None:
    table = read(BARE.replace("at = [96, 128]", "at = [96]"))
    assert [(case.id, case.limits) for case in table.cases] == [("kws::default", ()), ("vww::R96", ())]
    assert [case.id for case in table.bundles[0].cases] == ["kws::default", "vww::R96"]


def test_a_point_that_no_bundle_has_still_needs_one(mistakes: Callable[[str], list[str]]) -> None:
    assert mistakes(BARE) == ["pyproject.toml:7: models.vww: no limit: write one, as in macs = '4.2 G'"]
    by_point = BARE.replace("at = [96, 128]", "at = [96, 128, { R = 160, macs = '1 M' }]")
    assert mistakes(by_point) == [
        "pyproject.toml:9: models.vww.at[1]: the point R128 has no limit: write one, as in macs = '4.2 G'"
    ]


def test_a_bundle_that_cannot_be_read_holds_nothing(mistakes: Callable[[str], list[str]]) -> None:
    assert mistakes(BARE.replace('cases = ["kws", "vww::R96"]', "cases = 3")) == [
        "pyproject.toml:5: models.kws: no limit: write one, as in macs = '4.2 G'",
        "pyproject.toml:7: models.vww: no limit: write one, as in macs = '4.2 G'",
        "pyproject.toml:12: bundles.doorbell.cases: 3 is no list of texts",
    ]


def test_of_a_model_with_mistakes_only_those_are_told(mistakes: Callable[[str], list[str]]) -> None:
    text = BARE.replace('input = "1x3"\n', "input = 3\n").replace("at = [96, 128]", "at = [96]")
    assert mistakes(text) == [
        (
            "pyproject.toml:6: models.kws.input: 3 is no input: write [dtype:]dims[ = fill], as in '1x3x224x224', "
            "'1x3xRxR' or 'int64:1xT = 1'"
        )
    ]
