"""What a region sees, and how that is told: models by their classes, what no module ran, other threads, marks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]
Section = Callable[[pytest.RunResult, str], list[str]]
Write = Callable[[str], Path]

HEAD = """
import threading

import pytest
import torch
from toy import Shop, net, still

X = torch.ones(1, 3, 16, 16)

"""


@pytest.fixture
def write(declare: Declare, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file of tests below the head."""
    declare("")

    def make(tests: str) -> Path:
        monkeypatch.setenv("CI", "1")
        path = pytester.path / "test_it.py"
        path.write_text(HEAD + dedent(tests), encoding="utf-8")
        return path

    return make


OUTSIDE = """
def test_over(flop_budget):
    with flop_budget.region(macs="60 k", modules={"Sequential": {"macs": "10%"}}):
        net()(X)
        torch.ones(5, 20) @ torch.ones(20, 4)


def test_kept(flop_budget):
    with flop_budget.region(macs="64 k"):
        net()(X)
        torch.ones(5, 20) @ torch.ones(20, 4)
        torch.ones(1, 20) @ torch.ones(20, 4)


def test_table(flop_budget):
    with flop_budget.region(macs="64 k") as block:
        net()(X)
    assert block.measurement.table(1).splitlines() == [
        "module              calls         MACs      params   share",
        "(the whole region)      0  63.49 kMACs  260 params  100.0%",
        "Sequential              1  63.49 kMACs  260 params  100.0%",
    ]


def test_uncounted(flop_budget):
    with flop_budget.region(macs="1 M"):
        Shop()(X)
        torch.ops.shop.mix(X, 0.5)
"""


def test_what_no_module_ran_is_outside_any(write: Write, run: Run, rows: Rows, section: Section) -> None:
    # 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488 MACs; 5 * 20 * 4 = 400 outside, and 20 * 4 = 80.
    write(OUTSIDE)
    result = run("test_it.py", "-vv")
    result.assert_outcomes(passed=2, failed=2)
    told = [line.removeprefix("E").strip() for line in section(result, "test_over") if line.startswith("E ")]
    assert told[: told.index("Traced: executed. Built: given.")] == [
        "pytest_flopbudget.FlopBudgetExceeded: 63.89 kMACs > 60 kMACs (+6.5%)",
        "Sequential: 63.49 kMACs > 6.388 kMACs (+894%)",
        "",
        "macs:",
        "counted  63,888 MACs",
        "limit    60,000 MACs, written '60 k' at test_it.py:12",
        "over      3,888 MACs (+6.5%)",
        "",
        "macs of Sequential:",
        "counted  63,488 MACs",
        "limit     6,388 MACs, written '10%' at test_it.py:12 (the whole region: 63,888 MACs)",
        "over     57,100 MACs (+894%)",
        "",
        "Where the MACs go, by module:",
        "Sequential.0          55,296 MACs   86.6%",
        "Sequential.2           8,192 MACs   12.8%",
        "(outside any module)     400 MACs    0.6%",
        "",
    ]
    assert next(row for row in rows(result) if row.startswith("kept test_it.py::test_kept")) == (
        "kept test_it.py::test_kept::#1 63.97 kMACs of 64 kMACs (99%) Sequential 63,488 MACs 99.2% "
        "0 55,296 MACs 86.4% 2 8,192 MACs 12.8% (outside any module) 480 MACs 0.8%"
    )
    assert "E         shop::mix  3 calls in Shop, no module" in result.outlines


MODELS = """
def test_each_of_a_class(flop_budget):
    with flop_budget.region(modules={"Sequential": {"macs": "64 k"}}):
        net(8)(X)
        net(80)(X)


def test_the_second_of_a_class(flop_budget):
    with flop_budget.region(modules={"Sequential#2.0": {"macs": "1 k"}}):
        net()(X)
        net()(X)


def test_a_part_of_each(flop_budget):
    with flop_budget.region(modules={"Sequential.0": {"macs": "1 k"}}):
        net()(X)
        net()(X)


def test_a_part_by_itself(flop_budget):
    model = net()
    with flop_budget.region(modules={"Sequential.0": {"macs": "56 k"}, "Conv2d": {"macs": "1 k"}}):
        model[0](X)
        model(X)


def test_none(flop_budget):
    with flop_budget.region(macs="1 M", modules={"Net": {"macs": "1 k"}}):
        X.flatten() @ X.flatten()
"""


def test_models_are_told_by_their_classes(write: Write, run: Run, rows: Rows) -> None:
    # 16 * 16 * (3 * 80 * 9 + 80 * 4) = 634,880 MACs
    write(MODELS)
    result = run("test_it.py")
    result.assert_outcomes(failed=5)
    assert rows(result) == [
        "exceeded test_it.py::test_each_of_a_class::#1 Sequential#2: 634.9 kMACs > 64 kMACs (+892%)",
        "exceeded test_it.py::test_the_second_of_a_class::#1 Sequential#2.0: 55.3 kMACs > 1 kMACs (55.3x)",
        (
            "exceeded test_it.py::test_a_part_of_each::#1 Sequential.0: 55.3 kMACs > 1 kMACs (55.3x) "
            "Sequential#2.0: 55.3 kMACs > 1 kMACs (55.3x)"
        ),
        "exceeded test_it.py::test_a_part_by_itself::#1 Conv2d: 55.3 kMACs > 1 kMACs (55.3x)",
        "error test_it.py::test_none::#1 modules: no module matches 'Net'; no module was called",
    ]


MARKS = """
@pytest.mark.flop_budget(macs="64 k", params="260", modules={"**.0": {"params": "1 k"}})
class TestNet:
    def test_call(self, flop_budget):
        flop_budget(torch.nn.Sequential(net()), X)

    def test_region(self, flop_budget):
        with flop_budget.region():
            net()(X)

    def test_params(self, flop_budget):
        with flop_budget.region(params="1 k"):
            net()(X)


@pytest.mark.flop_budget(params="260")
def test_no_limit_left(flop_budget):
    with flop_budget.region():
        net()(X)
"""


def test_limits_on_parameters_in_a_mark_are_passed_over(write: Write, run: Run, rows: Rows) -> None:
    write(MARKS)
    result = run("test_it.py", "-v")
    result.assert_outcomes(passed=2, failed=2)
    assert "kept test_it.py::TestNet::test_region::#1 63.49 kMACs of 64 kMACs (99%)" in rows(result)
    assert [line.partition(" - ")[2] for line in result.outlines if line.startswith("FAILED")] == [
        (
            "flop_budget.region: params: a region has no parameters of its own: limit those of a model in a call, as "
            "in flop_budget(model, '1x3x224x224', params='26 M')"
        ),
        (
            "flop_budget.region: no limit: write one here or in the mark, as in macs='4.2 G'; to count without one, "
            "use the fixture count_flops"
        ),
    ]


CAUGHT = """
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_nested(flop_budget):
    with flop_budget.region(macs="64 k"):
        net()(X)
        try:
            torch.nested.nested_tensor([X, X])
        except Exception:
            pass


def test_thread(flop_budget):
    model = net()
    with flop_budget.region(macs="64 k"):
        thread = threading.Thread(target=model, args=(X,), name="loader")
        thread.start()
        thread.join()
"""


def test_what_a_region_refuses_is_told_where_nobody_catches_it(write: Write, run: Run, rows: Rows) -> None:
    write(CAUGHT.partition("def test_thread")[0].replace("except Exception", "except KeyError"))
    result = run("test_it.py")
    result.assert_outcomes(failed=1)
    told = (
        "cannot be counted: aten::_nested_tensor_from_tensor_list works on a nested tensor, which is not counted: pad "
        "it, or give its module a @module_formula"
    )
    assert rows(result) == [f"error test_it.py::test_nested::#1 {told}"]
    assert f"FAILED test_it.py::test_nested - {told}" in result.outlines


def test_what_a_region_refuses_is_told_at_its_end(write: Write, run: Run, rows: Rows, section: Section) -> None:
    write(CAUGHT)
    result = run("test_it.py")
    result.assert_outcomes(failed=2)
    thread = "work on another thread is not seen by a region: do it outside, or without the thread"
    assert rows(result) == [
        (
            "error test_it.py::test_nested::#1 cannot be counted: aten::_nested_tensor_from_tensor_list works on a "
            "nested tensor, which is not counted: pad it, or give its module a @module_formula"
        ),
        f"error test_it.py::test_thread::#1 {thread}",
    ]
    assert "E       Sequential ran on the thread 'loader'" in section(result, "test_thread")


RAISING = """
class Broken(torch.nn.Linear):
    def forward(self, x):
        return super().forward(x[..., :3])


def test_it(flop_budget):
    with flop_budget.region(macs="64 k"):
        Broken(4, 4)(torch.ones(3, 4))


def test_early(flop_budget):
    with flop_budget.region(macs="64 k") as block:
        net()(X)
        block.measurement
"""


def test_no_line_of_ours_in_a_users_traceback(write: Write, run: Run, section: Section) -> None:
    write(RAISING)
    result = run("test_it.py")
    result.assert_outcomes(failed=2)
    assert "shapes cannot be multiplied" in "\n".join(section(result, "test_it"))
    assert "pytest_flopbudget/" not in result.stdout.str()
    assert "FAILED test_it.py::test_early - the region has not ended: its measurement is there after the block" in (
        result.outlines
    )
    assert [line for line in section(result, "test_early") if line.startswith("test_it.py:")] == [
        "test_it.py:24: FlopBudgetError"
    ]


SHAPES = """
def test_export(flop_budget):
    with flop_budget.region(macs="1 M"):
        torch.export.export(net(), (X,), strict=False)
"""


def test_a_model_exported_inside(write: Write, run_alone: Run, rows: Rows) -> None:
    write(SHAPES)
    result = run_alone("test_it.py", "-v")
    result.assert_outcomes(passed=1)
    assert [row.partition("::#1")[0] for row in rows(result)] == ["kept test_it.py::test_export"]
