from __future__ import annotations

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.memory import Alive, Peak
from pytest_flopbudget.judge.on_targets import Account
from pytest_flopbudget.judge.verdicts import Check, Verdict
from pytest_flopbudget.report.memory import memory_sections

PLACE = Place("pyproject.toml", 3)


def alive(number: int) -> Alive:
    return Alive("aten::relu", f"blocks.{number}", copy=False, shape=(1, number), dtype="int8", bytes=number)


def over(metric: str = "arena_bytes", target: str = "board") -> Check:
    limit = Limit(metric=metric, value=1, place=PLACE, source="1 B", target=target)
    return Check(limit, 1000, assumed="tflm-greedy, int8")


def peak(*tensors: Alive, step: int = 2, more: int = 0, state: int = 0) -> Peak:
    size = sum(each.bytes for each in tensors)
    return Peak(
        step=step,
        steps=9,
        operator="aten::add",
        module="",
        alive=tensors,
        bytes=size,
        placed=size + more,
        state=state,
    )


def verdict(told: Peak, target: str = "board", **assumptions: str) -> Verdict:
    accounts = {target: Account({}, assumptions)} if target else {}
    return Verdict(case="net::default", model="net", place=PLACE, peaks={target: told}, targets=accounts)


def test_fragmentation_state_and_copies() -> None:
    tensors = (
        Alive("pad", "stem.conv", copy=True, shape=(1, 3, 98, 98), dtype="int8", bytes=28_812),
        Alive("", "", copy=False, shape=(1, 3, 96, 96), dtype="int8", bytes=27_648),
        Alive("aten::sum", "", copy=False, shape=(), dtype="int8", bytes=1),
    )
    told = peak(*tensors, more=3539, state=4096)
    assumed = {"explicit_padding": "true", "planner": "tflm-greedy", "arena_overhead": "1 KiB", "clock_hz": "1"}
    assert memory_sections(verdict(told, **assumed), [over()]) == [
        [
            "The peak on board is at step 2 of 9, aten::add, where 3 tensors are alive:",
            "  28,812 B  1x3x98x98  int8  copied for pad in stem.conv",
            "  27,648 B  1x3x96x96  int8  an input of the model",
            "       1 B  scalar     int8  aten::sum",
            "  The buffers take 60,000 B, 3,539 B more than is alive at once: each keeps its",
            "  place for all of its life.",
            "  The forward keeps 4,096 B more in buffers from call to call.",
        ],
        ["Assumed of board: explicit padding, planner tflm-greedy, the runtime's own 1", "  KiB."],
    ]


def test_the_smallest_of_many_are_told_together() -> None:
    (lines,) = memory_sections(verdict(peak(*map(alive, range(13, 0, -1)))), [])
    assert lines[0] == "The peak on board is at step 2 of 9, aten::add, where 13 tensors are alive:"
    assert lines[-1] == "  and 3 smaller tensors, 6 B"
    assert len(lines) == 12


def test_of_the_model_as_it_is() -> None:
    told = verdict(peak(alive(4), step=0), target="")
    assert memory_sections(told, [over("peak_activation_bytes", "")]) == [
        ["The peak is at its inputs, where 1 tensor is alive:", "  4 B  1x4  int8  aten::relu in blocks.4"]
    ]


def test_a_limit_that_is_not_on_bytes_has_no_such_paragraph() -> None:
    told = Verdict(case="net::default", model="net", place=PLACE, targets={"board": Account({}, {"fusion": "none"})})
    assert memory_sections(told, [over("mac_rate")]) == []
