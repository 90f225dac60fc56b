"""Swept points: locked and drawn, without limits. And what a whole training costs, which is declared beside."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.declaring.bundles import named_in_bundles
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.finding import find_case
from pytest_flopbudget.declaring.locking import subject_of
from pytest_flopbudget.declaring.references import referred
from pytest_flopbudget.report.declaration import declaration

NET = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3xHxW"\n'
SQUARE = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3xRxR"\n'
BOARD = '[tool.pytest-flopbudget.targets.board]\nram = "64 KiB"\n'


def ids(table: Table) -> list[tuple[str, bool]]:
    return [(case.id, case.swept) for case in table.cases]


def test_swept_points_have_no_limits_and_no_targets(read: Callable[[str], Table]) -> None:
    table = read(
        f'{BOARD}{SQUARE}macs = "82 k per R*R"\ntargets = ["board"]\nat = [128, 160]\n'
        'sweep = { R = "96..200 step 32" }\n'
    )
    assert ids(table) == [("net::R128", False), ("net::R160", False), ("net::R96", True), ("net::R192", True)]
    assert [(len(case.limits), len(case.targets)) for case in table.cases] == [(1, 1), (1, 1), (0, 0), (0, 0)]
    swept = table.cases[2]
    assert str(swept.place) == "pyproject.toml:9"
    assert next(declaration(swept)) == "# net::R96, pyproject.toml:9, swept: locked and drawn only"


def test_a_sweep_alone_needs_no_limit(read: Callable[[str], Table]) -> None:
    assert ids(read(f'{SQUARE}sweep = {{ R = "8..10" }}\n')) == [(f"net::R{size}", True) for size in (8, 9, 10)]


def test_two_dimensions_are_multiplied_out_and_lists_do(read: Callable[[str], Table]) -> None:
    table = read(f'{NET}sweep = {{ W = [64, 96], H = "8..24 step 8" }}\n')
    assert [case.id for case in table.cases] == [
        f"net::H{height}-W{width}" for height in (8, 16, 24) for width in (64, 96)
    ]


def test_a_model_may_leave_out_the_sweep_of_all(read: Callable[[str], Table]) -> None:
    defaults = '[tool.pytest-flopbudget.defaults]\nsweep = { R = "8..10" }\nmacs = "1 M"\nat = [9]\n'
    assert ids(read(defaults + SQUARE)) == [("net::R9", False), ("net::R8", True), ("net::R10", True)]
    assert ids(read(f"{defaults}{SQUARE}sweep = {{}}\n")) == [("net::R9", False)]


@pytest.mark.parametrize(
    ("sweep", "told"),
    [
        ("'96..320'", "5: models.net.sweep: '96..320' is no sweep: write sweep = { R = '96..320 step 32' }"),
        (
            "{ R = '96:320:32' }",
            "5: models.net.sweep.R: '96:320:32' is no range of sizes: did you mean '96..320 step 32'?",
        ),
        ("{ R = '96:320' }", "5: models.net.sweep.R: '96:320' is no range of sizes: did you mean '96..320'?"),
        ("{ R = 96 }", "5: models.net.sweep.R: 96 is no range of sizes: write R = '96..320 step 32'"),
        ("{ R = '96..' }", "5: models.net.sweep.R: '96..' is no range of sizes: write R = '96..320 step 32'"),
        ("{ R = '8..9 step 0' }", "5: models.net.sweep.R: '8..9 step 0' goes nowhere: a step is at least 1"),
        ("{ R = '9..8' }", "5: models.net.sweep.R: '9..8' has no size: write the smaller one first"),
        ("{ R = '0..8' }", "5: models.net.sweep.R[0]: a size is at least 1, not 0"),
        (
            "{ R = '1..9223372036854775808 step 9223372036854775808' }",
            "5: models.net.sweep.R: 9223372036854775808 is too great for a size; the greatest is 2**63 - 1",
        ),
        (
            "{ R = '1..9223372036854775807' }",
            (
                "5: models.net.sweep: these are 9,223,372,036,854,775,807 points, and a sweep has at most 1,000: "
                "write a larger step"
            ),
        ),
        ("{ r = '8..9' }", "5: models.net.sweep.r: 'r' is no dimension; did you mean 'R'?"),
        ("{ S = '8..8' }", "5: models.net.sweep: no size for the dimension 'R' of the input"),
    ],
)
def test_mistakes_of_a_sweep(sweep: str, told: str, mistakes: Callable[[str], list[str]]) -> None:
    text = f'{SQUARE}at = [{{ R = 96, macs = "1 M" }}]\nsweep = {sweep}\n'
    assert mistakes(text)[0] == f"pyproject.toml:{told}"


def test_a_limit_at_a_swept_point_is_a_mistake(mistakes: Callable[[str], list[str]]) -> None:
    text = f'{SQUARE}at = [96]\nsweep = {{ R = "64..128 step 32" }}\nmacs = {{ R96 = "1 M", R64 = "1 M" }}\n'
    assert mistakes(text) == ["pyproject.toml:6: models.net.macs.R64: no point has this name; did you mean 'R96'?"]


def test_who_asks_for_a_model_means_its_own_point(read: Callable[[str], Table]) -> None:
    table = read(
        f'{SQUARE}macs = "1 M"\nat = [96]\nsweep = {{ R = "64..128 step 32" }}\n'
        '[tool.pytest-flopbudget.models.student]\nfactory = "shop:net"\ninput = "1x3xRxR"\nat = [64, 200]\n'
        'macs = "50% of net"\n'
    )
    assert find_case(table, "net", None).id == "net::R96"
    assert find_case(table, "net", {"R": 128}).id == "net::R128"
    small, large = (case for case in table.cases if case.model == "student")
    assert [referred("net", case, table.cases).id for case in (small, large)] == ["net::R64", "net::R96"]


def test_a_bundle_means_its_own_point_too(read: Callable[[str], Table]) -> None:
    table = read(
        f'{BOARD}{SQUARE}at = [96]\nsweep = {{ R = "64..128 step 32" }}\n'
        '[tool.pytest-flopbudget.models.other]\nfactory = "shop:net"\ninput = "1x3"\n'
        '[tool.pytest-flopbudget.bundles.firmware]\ntarget = "board"\ncases = ["net", "other"]\n'
    )
    assert [case.id for case in table.bundles[0].cases] == ["net::R96", "other::default"]


def test_what_bundles_name_as_far_as_it_can_be_read() -> None:
    written = {"a": {"cases": ["x", 3, "y::R8"]}, "b": {"cases": "z"}, "c": 3, "d": {}}
    assert named_in_bundles(written) == {"x", "y::R8"}


STEP = '[tool.pytest-flopbudget.models.step]\nfactory = "shop:net"\ninput = "1x3"\n'


def test_a_whole_training(read: Callable[[str], Table]) -> None:
    (case,) = read(f'{STEP}mode = "training"\nrepeat = 30_000\nrun_flops = "6.2 EFLOPs"\n').cases
    assert (case.repeat, case.steps) == (30_000, 30_000)
    assert [(limit.metric, limit.value) for limit in case.limits] == [("run_flops", 6_200_000_000_000_000_000)]
    assert subject_of(case).metrics == ("run_flops",)


def test_repeat_among_the_defaults_is_for_those_that_train(read: Callable[[str], Table]) -> None:
    (case,) = read(f'[tool.pytest-flopbudget.defaults]\nrepeat = 30_000\n{STEP}macs = "1 M"\n').cases
    assert (case.repeat, case.steps, subject_of(case).metrics) == (30_000, None, ())


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            'repeat = 0\nmode = "training"\nmacs = "1 M"',
            "4: models.step.repeat: 0 is no number of steps: write a whole number from 1 up",
        ),
        (
            'repeat = 3\nmacs = "1 M"',
            (
                "4: models.step.repeat: a number of steps counts in training only: write mode = 'training', or "
                "leave it out"
            ),
        ),
        (
            'mode = "training"\nrun_flops = "1 EFLOP"',
            (
                "5: models.step.run_flops: no number of steps is declared: write mode = 'training' and repeat = 30_000 "
                "beside it"
            ),
        ),
        (
            'mode = "training"\nrepeat = 3\nrun_flops = "1 PMAC"',
            "6: models.step.run_flops: '1 PMAC' is no number of FLOPs: 1 MAC is 2 FLOPs, so this is '2 PFLOPs'",
        ),
    ],
)
def test_mistakes_about_a_whole_training(lines: str, told: str, mistakes: Callable[[str], list[str]]) -> None:
    assert mistakes(f"{STEP}{lines}\n") == [f"pyproject.toml:{told}"]


def test_no_target_limits_a_training(mistakes: Callable[[str], list[str]]) -> None:
    text = f'{BOARD}run_flops = "1 EFLOP"\n{STEP}macs = "1 M"\n'
    assert mistakes(text) == [
        (
            "pyproject.toml:3: targets.board.run_flops: 'run_flops' belongs in the defaults, a model or a point, not "
            "in a target"
        )
    ]
