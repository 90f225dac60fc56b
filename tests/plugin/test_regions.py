"""``flop_budget.region``: a budget for whatever runs inside a block."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]
Section = Callable[[pytest.RunResult, str], list[str]]

# The toy's net: 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488 MACs at 1x3x16x16; X has that shape.
HEAD = """
from threading import Thread

import pytest
import torch
from pytest_flopbudget import FlopBudgetError, FlopBudgetExceeded
from toy import Shop, net, still

X = torch.ones(1, 3, 16, 16)

"""
KEPT = """
def test_both_models(flop_budget):
    with flop_budget.region(macs="= 127_376", activations=4 * 3072 + 20) as block:
        y = net()(net()(X)[:, :3])
        z = torch.ones(5, 20) @ torch.ones(20, 4)
    assert y.shape == (1, 4, 16, 16)
    assert block.measurement.macs == 2 * 63_488 + 5 * 20 * 4
    assert set(block.measurement.by_module()) >= {"Sequential.0", "Sequential#2.2"}

@pytest.mark.flop_budget(macs="64 k", modules={"*.0": {"macs": "90%"}})
def test_mark(flop_budget):
    with flop_budget.region():
        net()(X)

def test_what_is_counted_inside_is_no_part_of_it(flop_budget, count_flops):
    with flop_budget.region(macs="= 63_488", label="outer"):
        net()(X)
        flop_budget(net(), "1x3x16x16", macs="64 k")
        count_flops(net(), "1x3x16x16")

def test_one_after_another(flop_budget):
    for number in range(2):
        with flop_budget.region(macs="64 k", label=f"step {number}"):
            net()(X)

def test_an_exception_passes_through(flop_budget):
    with pytest.raises(ZeroDivisionError):
        with flop_budget.region(macs=1) as block:
            net()(X)
            1 / 0
    with pytest.raises(FlopBudgetError, match="the region has not ended: its measurement is there after the block"):
        block.measurement
    with flop_budget.region(macs="64 k", label="another"):
        net()(X)

def test_a_skip_passes_through(flop_budget):
    with flop_budget.region(macs=1):
        pytest.skip("not today")

def test_a_training_step(flop_budget):
    model = net()
    # The image asks for no gradient: 2 * 16 * 16 * 3 * 8 * 9 + 3 * 16 * 16 * 8 * 4.
    with flop_budget.region(macs="= 135_168", modules={"*.0": {"macs": "82%"}}) as step:
        model(X).sum().backward()
    assert model[0].weight.grad is not None
    assert step.measurement.by_phase()["backward"].macs == 71_680

def test_a_backward_alone(flop_budget):
    loss = net()(X).sum()
    with flop_budget.region(macs="= 71_680"):
        loss.backward()
"""


def test_kept(declare: Declare, run: Run, rows: Rows, pytester: pytest.Pytester) -> None:
    declare("")
    pytester.makepyfile(test_it=HEAD + KEPT)
    result = run("test_it.py", "-v")
    result.assert_outcomes(passed=7, skipped=1)
    assert [row.split("::", 1)[1].split(" ")[0] for row in rows(result)] == [
        "test_both_models::#1",
        "test_mark::#1",
        "test_what_is_counted_inside_is_no_part_of_it::#1",
        "test_what_is_counted_inside_is_no_part_of_it::outer",
        "test_one_after_another::step",
        "test_one_after_another::step",
        "test_an_exception_passes_through::another",
        "test_a_training_step::#1",
        "test_a_backward_alone::#1",
    ]
    told = " ".join(result.stdout.str().split())
    assert "training: forward 63.49 kMACs (47.0%), backward 71.68 kMACs (53.0%)" in told


WRONG = {
    "test_over": (
        'with flop_budget.region(macs="60 k"): net()(X)',
        "63.49 kMACs > 60 kMACs (+5.8%)",
    ),
    "test_params": (
        'with flop_budget.region(params="1 k"): net()(X)',
        (
            "test_it.py:{}: flop_budget.region: params: a region has no parameters of its own: limit those of a model "
            "in a call, as in flop_budget(model, '1x3x224x224', params='26 M')"
        ),
    ),
    "test_params_of_a_module": (
        'with flop_budget.region(modules={{"*.0": {{"params": "1 k"}}}}): net()(X)',
        (
            "test_it.py:{}: flop_budget.region: params: a region has no parameters of its own: limit those of a model "
            "in a call, as in flop_budget(model, '1x3x224x224', params='26 M')"
        ),
    ),
    "test_no_limit": (
        "with flop_budget.region(): net()(X)",
        (
            "test_it.py:{}: flop_budget.region: no limit: write one here or in the mark, as in macs='4.2 G'; to count "
            "without one, use the fixture count_flops"
        ),
    ),
    "test_backend": (
        'with flop_budget.region(macs="1 G", backend="shapes"): net()(X)',
        "test_it.py:{}: flop_budget.region: backend: a region runs as it is: backend belongs in a call",
    ),
    "test_key": (
        'with flop_budget.region(mac="1 G"): net()(X)',
        "test_it.py:{}: flop_budget.region: mac: unknown key; did you mean 'macs'?",
    ),
    "test_parameter": (
        'with flop_budget.region(macs="1 G", lable="a"): net()(X)',
        "test_it.py:{}: flop_budget.region: lable: unknown key; did you mean 'label'?",
    ),
    "test_nested": (
        'with flop_budget.region(macs="1 G", label="a"), flop_budget.region(macs="1 G", label="b"): net()(X)',
        "test_it.py:{}: flop_budget.region: a region stands inside another: let that end first",
    ),
    "test_two": (
        'flop_budget(net(), "1x3x16x16", macs="1 G")\n    with flop_budget.region(macs="1 G"): net()(X)',
        "a second case without a label: give each case of a test its own, as in label='student'",
    ),
    "test_mode": (
        'with flop_budget.region(macs="1 G", mode="training"): net()(X)',
        "test_it.py:{}: flop_budget.region: mode: a region runs as it is: mode belongs in a call",
    ),
    "test_thread": (
        ('with flop_budget.region(macs="1 G"): it = Thread(target=net()(X).sum().backward); it.start(); it.join()'),
        "work on another thread is not seen by a region: do it outside, or without the thread",
    ),
    "test_nothing": (
        'with flop_budget.region(macs="1 G"): still()(X)',
        "0 MACs: nothing in the region was counted",
    ),
    "test_uncounted": (
        'with flop_budget.region(macs="1 G"): Shop()(X)',
        "2 calls of shop::mix are uncounted",
    ),
    "test_pattern": (
        'with flop_budget.region(macs="1 G", modules={{"*.7": {{"macs": 1}}}}): net()(X)',
        "modules: no module matches '*.7'; there is Sequential",
    ),
}


@pytest.mark.parametrize("args", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_what_is_wrong_is_told(
    declare: Declare,
    run: Run,
    run_alone: Run,
    section: Section,
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    args: tuple[str, ...],
) -> None:
    monkeypatch.setenv("CI", "1")
    declare("")
    tests = [f"def {name}(flop_budget):\n    {code.format()}\n" for name, (code, _) in WRONG.items()]
    written = HEAD.lstrip("\n") + "\n".join(tests)
    (pytester.path / "test_it.py").write_text(written, encoding="utf-8")
    lines = written.splitlines()
    result = (run_alone if args else run)("test_it.py", *args)
    result.assert_outcomes(failed=len(WRONG))
    for name, (code, text) in WRONG.items():
        place = lines.index(f"def {name}(flop_budget):") + 2 + code.count("\n")
        told = next(line for line in section(result, name) if line.startswith("E  "))
        assert told.removeprefix("E").strip().partition(": ")[2] == text.format(place)
        assert section(result, name)[-1].partition(": ")[0] == f"test_it.py:{place}"
        headline = text.removeprefix("test_it.py:{}: ").format(place)
        assert f"FAILED test_it.py::{name} - {headline}" in result.outlines
    assert "pytest_flopbudget/" not in result.stdout.str()
    assert "threading.py" not in result.stdout.str()


def test_its_module_limits_are_told_like_a_models(
    declare: Declare, run: Run, rows: Rows, pytester: pytest.Pytester
) -> None:
    declare("")
    test = 'def test_it(flop_budget):\n    with flop_budget.region(modules={"*.0": {"macs": "50%"}}): net()(X)\n'
    pytester.makepyfile(test_it=HEAD + test)
    result = run("test_it.py")
    # 55,296 of the 63,488 MACs are the first layer's: 16 * 16 * 3 * 8 * 9.
    assert rows(result) == ["exceeded test_it.py::test_it::#1 Sequential.0: 55.3 kMACs > 31.74 kMACs (+74%)"]
