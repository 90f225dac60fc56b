"""A run builds a declared model once for its points, measures a case once, and lets go of what it built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]

# Tells each time that it builds, and how many of its models live then.
NETS = """
import gc, weakref
from pathlib import Path
from torch import nn

LIVING = weakref.WeakSet()

def net(name, width=4):
    model = nn.Sequential(nn.Conv2d(3, width, 1), nn.AdaptiveAvgPool2d(1))
    LIVING.add(model[0])
    gc.collect()
    with Path(__file__).with_name("built.txt").open("a") as file:
        file.write(f"{name} {len(LIVING)}\\n")
    return model
"""
MODEL = """
[tool.pytest-flopbudget.models.{name}]
factory = "sharing_nets:net"
args    = ["{name}"]
input   = "1x3xRxR"
at      = [8, 16, 24]
macs    = "{macs}"
"""
Built = Callable[..., list[str]]


@pytest.fixture
def built(pytester: pytest.Pytester, declare: Declare, options: tuple[str, ...]) -> Built:
    """Run a table in a fresh process; what was built, in its order, each with how many models lived then."""

    def run(table: str, *args: str, test: str = "", passed: int) -> list[str]:
        path = declare(table)
        (path.parent / "sharing_nets.py").write_text(NETS, encoding="utf-8")
        if test:
            (path.parent / "test_it.py").write_text(test, encoding="utf-8")
        # One more where the folder is collected: it has a test of its own.
        pytester.runpytest_subprocess(*options, *args).assert_outcomes(passed=passed)
        return (path.parent / "built.txt").read_text(encoding="utf-8").splitlines()

    return run


def test_a_model_is_built_once_and_let_go(built: Built) -> None:
    table = MODEL.format(name="a", macs="1 M") + MODEL.format(name="b", macs="1 M")
    assert built(table, passed=7) == ["a 1", "b 1"]


def test_one_of_other_arguments_is_another(built: Built) -> None:
    table = MODEL.format(name="a", macs="1 M").replace(
        "[8, 16, 24]", "[{ R = 8 }, { R = 16, kwargs = { width = 8 } }, { R = 24, kwargs = { width = 8 } }]"
    )
    assert built(table, passed=4) == ["a 1", "a 1"]


def test_a_teacher_is_built_once_for_all_its_students(built: Built) -> None:
    students = [MODEL.format(name=name, macs="100% of teacher") for name in ("a", "b")]
    table = "".join(students) + MODEL.format(name="teacher", macs="1 M")
    # It stays while the next student refers to it; at the second one, and at its own points, it is measured already.
    assert built(table, passed=10) == ["a 1", "teacher 2", "b 2"]


def test_tests_over_declared_cases_measure_nothing_anew(built: Built) -> None:
    test = """
import pytest

@pytest.mark.flop_cases("a")
def test_case(flop_case):
    assert flop_case.measure().macs == 3 * 4 * flop_case.point["R"] ** 2
    assert flop_case.measure() is flop_case.measure()
"""
    table = MODEL.format(name="a", macs="1 M")
    assert built(table, "pyproject.toml", "test_it.py", "--flopbudget", test=test, passed=6) == ["a 1"]
