"""The mark ``flop_cases`` and the fixture ``flop_case``: one test body over declared models and points."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Section = Callable[[pytest.RunResult, str], list[str]]

TABLE = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
kwargs  = { width = 4 }
input   = "1x3xRxR"
macs    = "1 M"
at      = [16, { R = 32, skip = "too slow here" }]

[tool.pytest-flopbudget.models."net.wide"]
factory = "toy:net"
kwargs  = { width = 16 }
prepare = [".double"]
input   = { input = "1x3x8x8" }
macs    = "1 M"

[tool.pytest-flopbudget.models.made]
factory = "toy:net"
input_factory = "made:inputs"
at      = [{ B = 2 }]
macs    = "1 M"
"""
MADE = """
import torch

def inputs(B):
    return (torch.arange(B * 3.0).reshape(B, 3, 1, 1),), {}
"""
TESTS = """
import pytest
import torch
from pytest_flopbudget import FlopCase

SEEN = []

@pytest.mark.flop_cases("net", "*::B?")
def test_named(flop_case: FlopCase):
    SEEN.append(str(flop_case))

@pytest.mark.flop_cases
def test_all(model):
    assert not model.training

@pytest.fixture
def model(flop_case):
    return flop_case.build().eval()

def test_without_the_mark(flop_case):
    assert flop_case.id.split("::")[0] == flop_case.model

@pytest.mark.flop_cases("net::R16")
@pytest.mark.parametrize("train", [False, True])
def test_one(flop_case, train):
    assert (flop_case.id, flop_case.model, flop_case.point) == ("net::R16", "net", {"R": 16})
    model = flop_case.build().train(train)
    assert model is not flop_case.build()
    args, kwargs = flop_case.inputs()
    assert kwargs == {}
    assert model(*args).shape == (1, 4, 16, 16)
    assert torch.equal(flop_case.inputs(model)[0][0], args[0])
    model(*args).sum().backward()
    assert flop_case.measure().macs == 16 * 16 * (3 * 4 * 9 + 4 * 4)
    flop_case.point["R"] = 17
    assert flop_case.point == {"R": 16}

@pytest.mark.flop_cases("net.wide")
def test_prepared(flop_case, flop_budget):
    model = flop_case.build()
    args, kwargs = flop_case.inputs(model)
    assert args == ()
    assert model(**kwargs).dtype == kwargs["input"].dtype == torch.float64
    assert flop_case.inputs()[1]["input"].dtype == torch.float32
    flop_budget(model, declared=flop_case.model)

@pytest.mark.flop_cases("made")
def test_made(flop_case):
    args, kwargs = flop_case.inputs()
    assert (args[0].flatten().tolist(), kwargs) == ([0, 1, 2, 3, 4, 5], {})

def test_last():
    assert SEEN == ["net::R16", "made::B2"]
"""


@pytest.mark.parametrize("args", [(), ("-n", "2", "--dist", "loadfile")], ids=["alone", "xdist"])
def test_cases(declare: Declare, run: Run, run_alone: Run, pytester: pytest.Pytester, args: tuple[str, ...]) -> None:
    declare(TABLE)
    pytester.makepyfile(test_it=TESTS, made=MADE)
    result = (run_alone if args else run)("test_it.py", "-v", "-rs", *args)
    result.assert_outcomes(passed=2 + 3 + 3 + 2 + 1 + 1 + 1, skipped=3)
    told = result.stdout.str()
    for name in ("test_named[net:R16]", "test_named[made:B2]", "test_all[net.wide:default]", "test_one[net:R16-False]"):
        assert f"test_it.py::{name} " in told
    assert "too slow here" in told


def test_they_are_selected_by_name(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    declare(TABLE)
    pytester.makepyfile(test_it=TESTS, made=MADE)
    run("test_it.py::test_all[net.wide:default]").assert_outcomes(passed=1)
    run("test_it.py", "-k", "test_all and made").assert_outcomes(passed=1, deselected=15)


SEVERAL = """
import pytest

pytestmark = pytest.mark.flop_cases("net.wide")

def test_of_the_module(flop_case):
    pass

@pytest.mark.flop_cases("made")
class TestClass:
    def test_of_the_class(self, flop_case):
        pass

    @pytest.mark.flop_cases("net.wide")
    @pytest.mark.flop_cases("net::R16")
    def test_of_its_own(self, flop_case):
        assert repr(flop_case) == f"<FlopCase {flop_case.id}>"
"""


def test_the_nearest_marks_count_and_those_of_one_place_together(
    declare: Declare, run: Run, pytester: pytest.Pytester
) -> None:
    declare(TABLE)
    pytester.makepyfile(test_it=SEVERAL)
    result = run("test_it.py", "--collect-only", "-q")
    assert [line.partition("::")[2] for line in result.outlines if line.startswith("test_it.py::")] == [
        "test_of_the_module[net.wide:default]",
        "TestClass::test_of_the_class[made:B2]",
        "TestClass::test_of_its_own[net:R16]",
        "TestClass::test_of_its_own[net.wide:default]",
    ]


OWN = """
import pytest

@pytest.fixture(params=[1, 2])
def flop_case(request):
    return request.param

def test_own(flop_case):
    assert flop_case in (1, 2)

@pytest.mark.parametrize("flop_case", [3, 4])
def test_parameter(flop_case):
    assert flop_case in (3, 4)
"""


@pytest.mark.parametrize("table", ["", TABLE], ids=["no table", "a table"])
def test_a_project_may_have_a_fixture_of_that_name(
    declare: Declare, run: Run, pytester: pytest.Pytester, table: str
) -> None:
    declare(table)
    pytester.makepyfile(test_it=OWN)
    run("test_it.py").assert_outcomes(passed=4)


WRONG = {
    '@pytest.mark.flop_cases("nett", "made::R1")': [
        "flop_cases: no case of pyproject.toml matches 'nett'; did you mean 'net'?",
        "flop_cases: no case of pyproject.toml matches 'made::R1'; there is made::B2",
    ],
    '@pytest.mark.flop_case("net")': ["flop_cases: there is no mark flop_case: write @pytest.mark.flop_cases(...)"],
    "@pytest.mark.flop_cases(3)": ["flop_cases: 3 is no name: write one or more, as in flop_cases('mobilenet')"],
    '@pytest.mark.flop_cases(model="net")': [
        "flop_cases: it takes names only, as in flop_cases('mobilenet'), not model="
    ],
}
NO_TABLE = "flop_cases: no pyproject.toml above the test has a table [tool.pytest-flopbudget]"


@pytest.mark.parametrize("args", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_an_unknown_name_is_its_own_tests_error(
    declare: Declare,
    run: Run,
    run_alone: Run,
    section: Section,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    args: tuple[str, ...],
) -> None:
    monkeypatch.setenv("CI", "1")
    declare(TABLE)
    tests = [f"{mark}\ndef test_{number}(flop_case):\n    pass\n" for number, mark in enumerate(WRONG)]
    pytester.makepyfile(test_it="\n".join(["import pytest\n", *tests, "def test_plain():\n    pass"]))
    result = (run_alone if args else run)("test_it.py", *args)
    result.assert_outcomes(passed=1, errors=len(WRONG))
    for number, told in enumerate(WRONG.values()):
        line = 3 + 4 * number
        assert section(result, f"test_{number}[none]") == [f"test_it.py:{line}: {each}" for each in told]
        # The summary names the test already.
        assert f"ERROR test_it.py::test_{number}[none] - {told[0]}" in result.outlines


def test_what_is_no_case(declare: Declare, run: Run, section: Section, pytester: pytest.Pytester) -> None:
    declare("")
    pytester.makepyfile(
        test_it="""
        import pytest

        def test_no_table(flop_case):
            pass

        @pytest.mark.flop_cases("net")
        def test_no_argument():
            pass

        def test_by_hand(request):
            request.getfixturevalue("flop_case")
        """
    )
    result = run("test_it.py")
    result.assert_outcomes(failed=1, errors=2)
    assert section(result, "test_no_table[none]") == [NO_TABLE]
    assert section(result, "test_no_argument") == ["marked flop_cases, and takes no case: write def test_it(flop_case)"]
    assert section(result, "test_by_hand") == [
        "flop_case is there for a test that takes it as an argument: def test_it(flop_case)"
    ]


def test_a_case_that_cannot_be_built(
    declare: Declare, run: Run, section: Section, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "1")
    declare(TABLE.replace('"toy:net"', '"toy:nett"').replace("made:inputs", "made:input"))
    pytester.makepyfile(
        made=MADE,
        test_it="""
        import pytest

        @pytest.mark.flop_cases("made")
        @pytest.mark.parametrize("method", ["build", "inputs", "measure"])
        def test_it(flop_case, method):
            getattr(flop_case, method)()
        """,
    )
    result = run("test_it.py")
    result.assert_outcomes(failed=3)
    factory = "factory 'toy:nett': module 'toy' has no 'nett'; did you mean 'net'?"
    told = {
        "build": factory,
        "inputs": "input_factory 'made:input': module 'made' has no 'input'; did you mean 'inputs'?",
        "measure": factory,
    }
    for method, text in told.items():
        shown = section(result, f"test_it[made:B2-{method}]")
        assert shown[-3:] == [
            f"E       pytest_flopbudget.errors.MeasureError: {text}",
            "",
            "test_it.py:6: MeasureError",
        ]
        assert f"FAILED test_it.py::test_it[made:B2-{method}] - {text}" in result.outlines
    assert "pytest_flopbudget/" not in result.stdout.str()


def test_collecting_builds_nothing(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    declare(TABLE.replace('"toy:net"', '"no.such:thing"'))
    pytester.makepyfile(test_it=TESTS)
    result = run("test_it.py", "--collect-only", "-q")
    assert "test_it.py::test_all[net:R32]" in result.outlines
    assert result.ret == pytest.ExitCode.OK
