"""Runs with thop: as a backend of the table, a mark, a call and the command line, and beside ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]
Section = Callable[[pytest.RunResult, str], list[str]]

UNSEEN = "thop sees functional operators in part or not at all."
COUNTER = "thop 0.1.1.post2209072238"
SAYS = f"counted by {COUNTER}: it knows modules by their classes, and sees no functional operators"
KNOWS = "thop knows macs and params only: limit those, or let another backend count"

# 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488 MACs by both.
NET = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3x16x16"
macs    = "64 k"
"""
# 16 * 16 * 8 * 3 * 9 + 4 * 16 * 16 * 8 by thop, 16 * 16 * (8 * 3 * 9 + 8 * 8) by ours.
MIXED = """
import torch
from torch import nn


class Mix(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8))
        self.scale = 2

    def forward(self, x):
        x = self.stem(x).flatten(2)
        return torch.matmul(x, x.transpose(1, 2)) * self.scale


def gelu():
    return nn.Sequential(nn.Conv2d(3, 8, 1), nn.GELU())


def functional():
    return Functional()


class Functional(nn.Module):
    def forward(self, x):
        return nn.functional.conv2d(x, x)


def count_gelu(module, inputs, output):
    module.total_ops += 3 * output.numel()


RULES = {nn.GELU: count_gelu}
"""


@pytest.fixture
def mixed(declare: Declare, pytester: pytest.Pytester) -> Callable[[str], None]:
    def write(table: str) -> None:
        declare(table)
        pytester.makepyfile(mixed=MIXED)

    return write


def model(factory: str, *lines: str) -> str:
    written = [f'factory = "{factory}"', 'input = "1x3x16x16"', *lines]
    return "\n".join(["[tool.pytest-flopbudget.models.net]", *written, ""])


@pytest.mark.parametrize("args", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_backend_of_the_table(declare: Declare, run: Run, run_alone: Run, rows: Rows, args: tuple[str, ...]) -> None:
    declare(NET + 'params = "= 260"\nbackend = "thop"\n')
    result = (run_alone if args else run)("-v", *args)
    result.assert_outcomes(passed=2)
    assert rows(result) == [f"kept net::default 63.49 kMACs of 64 kMACs (99%) 260 params, exactly {SAYS}"]
    told = " ".join(result.stdout.str().split())
    assert f"1 case: 1 kept. Traced: 1 thop; built: 1 meta. {UNSEEN}" in told


def test_a_backend_of_the_command_line(declare: Declare, run: Run) -> None:
    declare(NET)
    assert "Traced: 1 thop; built: 1 meta." in run("--flopbudget-backend=thop").stdout.str()
    assert "Traced: 1 shapes; built: 1 meta." in run().stdout.str()


def test_a_limit_that_thop_cannot_be_held_to(declare: Declare, run: Run, section: Section) -> None:
    declare(NET + 'flops = "1 M"\n')
    result = run("--flopbudget-backend=thop")
    assert section(result, "flop budget of net::default")[:2] == [
        f"flops: {KNOWS}",
        "the limit stands at pyproject.toml:5",
    ]


def test_a_share_of_what_thop_does_not_tell(declare: Declare, run: Run, section: Section) -> None:
    teacher = NET.replace("models.net", "models.teacher") + 'backend = "thop"\n'
    declare(NET + 'activations = "50% of teacher"\n' + teacher)
    assert section(run(), "flop budget of net::default")[:2] == [
        f"activations: {KNOWS}",
        "the limit stands at pyproject.toml:5",
    ]


def test_a_share_is_counted_by_the_same_backend(declare: Declare, run: Run, rows: Rows) -> None:
    teacher = NET.replace("models.net", "models.teacher").replace("1x3x16x16", "2x3x16x16").replace("64 k", "1 M")
    declare(NET.replace('"64 k"', '"50% of teacher"') + teacher + 'backend = "execute"\n')
    assert rows(run("--flopbudget-backend=thop", "-v"))[0].startswith("kept net::default 63.49 kMACs of 63.49 kMACs")


def test_modules_without_a_rule(mixed: Callable[[str], None], run: Run, section: Section) -> None:
    mixed(model("mixed:gelu", 'macs = "10 k"', 'backend = "thop"'))
    told = section(run(), "flop budget of net::default")
    assert told[:7] == [
        "1 call of torch.nn.GELU is uncounted",
        "",
        "Uncounted: modules of classes that thop has no rule for.",
        "  torch.nn.GELU  1 call in module 1",
        "",
        "What they count is a rule, in a module of yours:",
        "",
    ]
    footer = " ".join(line.strip() for line in told[told.index("Traced: thop. Built: meta.") + 1 :])
    assert footer.strip() == SAYS


def test_rules_of_ones_own(mixed: Callable[[str], None], run: Run, rows: Rows) -> None:
    root = '[tool.pytest-flopbudget]\nthop_rules = "mixed:RULES"\n'
    mixed(root + model("mixed:gelu", f'macs = "= {16 * 16 * 8 * 3 + 3 * 16 * 16 * 8}"', 'backend = "thop"'))
    assert rows(run("-v"))[0].startswith("kept net::default 12.29 kMACs, exactly")


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("mixed:RULE", "thop_rules 'mixed:RULE': module 'mixed' has no 'RULE'; did you mean 'RULES'?"),
        ("mixed:gelu", "thop_rules names no dict from classes to functions"),
    ],
)
def test_rules_that_are_none(mixed: Callable[[str], None], run: Run, rows: Rows, rules: str, told: str) -> None:
    mixed(
        f'[tool.pytest-flopbudget]\nthop_rules = "{rules}"\n' + model("mixed:gelu", 'macs = "1 M"', 'backend = "thop"')
    )
    assert rows(run()) == [f"error net::default {told}"]


def test_a_zero_is_empty(mixed: Callable[[str], None], run: Run, rows: Rows) -> None:
    mixed(model("mixed:functional", 'macs = "10 M"', 'backend = "thop"'))
    why = "1 call of mixed.Functional is uncounted"
    assert rows(run()) == [f"empty net::default 0 MACs: {why}"]


BESIDE = [
    f"net::default, beside {COUNTER}:",
    "  macs: ours 71,680, thop 63,488 (-8,192, -11%)",
    "    -16,384  missed     functional aten::matmul, in the model itself",
    "     +8,192  added      normalisation by torch.nn.BatchNorm2d, in stem.1",
    "  params: the same, 240 params",
]


@pytest.mark.parametrize("args", [(), ("-n", "1"), ("--flopbudget-backend=thop",)], ids=["ours", "xdist", "thops"])
def test_beside_ours(mixed: Callable[[str], None], run: Run, run_alone: Run, args: tuple[str, ...]) -> None:
    mixed(model("mixed:Mix", 'macs = "72 k"', 'params = "240"'))
    result = (run_alone if "-n" in args else run)("--flopbudget-crosscheck", *args)
    result.assert_outcomes(passed=2)
    told = result.outlines
    start = next(index for index, line in enumerate(told) if "thop beside ours" in line)
    assert told[start + 1 : start + 6] == BESIDE


def test_beside_ours_in_a_failure(mixed: Callable[[str], None], run: Run, section: Section) -> None:
    mixed(model("mixed:Mix", 'macs = "60 k"'))
    told = section(run("--flopbudget-crosscheck"), "flop budget of net::default")
    start = told.index(f"Beside {COUNTER}:")
    assert told[start + 1 : start + 5] == BESIDE[1:]


@pytest.mark.parametrize("asked", ["--flopbudget-crosscheck", "--flopbudget-backend=thop"])
def test_a_step_of_training_is_none_of_its_matters(declare: Declare, run_alone: Run, asked: str) -> None:
    declare(NET.replace("64 k", "200 k") + 'mode = "training"\n')
    told = " ".join(run_alone(asked).stdout.str().split())
    assert "mode = 'training' counts a step, and thop counts the forward alone" in told


def test_beside_ours_where_thop_fails(mixed: Callable[[str], None], run: Run) -> None:
    root = '[tool.pytest-flopbudget]\nthop_rules = "mixed:gelu"\n'
    mixed(root + model("mixed:Mix", 'macs = "72 k"'))
    result = run("--flopbudget-crosscheck")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["net::default: thop_rules names no dict from classes to functions"])


TESTS = """
import pytest
from mixed import Mix, gelu
from toy import net


def test_call(flop_budget):
    measurement = flop_budget(net(), "1x3x16x16", backend="thop", macs="64 k")
    assert (measurement.backend, measurement.macs) == ("thop", 63_488)


@pytest.mark.flop_budget(backend="thop", macs="= 63_488")
def test_mark(flop_budget):
    flop_budget(net(), "1x3x16x16")


def test_rules(flop_budget):
    flop_budget(gelu(), "1x3x16x16", backend="thop", macs="= 12_288")


def test_flops(flop_budget):
    flop_budget(net(), "1x3x16x16", backend="thop", flops="1 M")


@pytest.mark.flop_budget(backend="thop", macs="1 M")
def test_region(flop_budget):
    with flop_budget.region():
        pass


def test_count(count_flops):
    assert count_flops(net(), "1x3x16x16", backend="thop").macs == 63_488


def test_beside(flop_budget):
    flop_budget(Mix(), "1x3x16x16", macs="72 k")
"""


@pytest.fixture
def tests(mixed: Callable[[str], None], pytester: pytest.Pytester) -> None:
    mixed('[tool.pytest-flopbudget]\ncollect = "never"\nthop_rules = "mixed:RULES"\n' + NET)
    pytester.makepyfile(test_it=TESTS)


def test_tests_of_ones_own(tests: None, run: Run) -> None:
    result = run("test_it.py")
    result.assert_outcomes(passed=5, failed=2)
    told = [line.removeprefix("E       pytest_flopbudget.") for line in result.outlines if "Error: " in line]
    region = "test_it.py:26: flop_budget.region: backend: thop counts models, no regions; the mark says 'thop'"
    assert told[-2:] == [f"FlopBudgetError: flops: {KNOWS}", f"errors.AskedError: {region}"]


def test_tests_of_ones_own_beside_ours(tests: None, run: Run) -> None:
    result = run("test_it.py", "--flopbudget-crosscheck", "-k", "beside or mark or count")
    told = [line for line in result.outlines if "beside thop" in line or "macs:" in line]
    assert told == [
        f"test_it.py::test_mark::#1, beside {COUNTER}:",
        "  macs: the same, 63,488 MACs",
        f"test_it.py::test_beside::#1, beside {COUNTER}:",
        "  macs: ours 71,680, thop 63,488 (-8,192, -11%)",
    ]


def test_a_region_runs_as_it_is(pytester: pytest.Pytester, declare: Declare, run: Run) -> None:
    declare(NET)
    pytester.makepyfile(
        test_it="""
        import torch
        from toy import net

        def test_it(flop_budget):
            with flop_budget.region(macs="64 k"):
                net()(torch.zeros(1, 3, 16, 16))
        """
    )
    result = run("test_it.py", "--flopbudget-backend=thop")
    result.assert_outcomes(passed=1)
    assert "Traced: 1 executed" in result.stdout.str()
