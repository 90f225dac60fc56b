from __future__ import annotations

from dataclasses import replace

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.memory import Alive, Beside, Peak
from pytest_flopbudget.judge.on_targets import Account
from pytest_flopbudget.judge.verdicts import Check, Verdict
from pytest_flopbudget.report.memory import memory_sections

PLACE = Place("pyproject.toml", 3)


def alive(number: int) -> Alive:
    return Alive("aten::relu", f"blocks.{number}", copy=False, shape=(1, number), dtype="int8", bytes=number)


def over(metric: str = "arena_bytes", target: str = "board") -> Check:
    limit = Limit(metric=metric, value=1, place=PLACE, source="1 B", target=target)
    return Check(limit, 1000, assumed="tflm-greedy, int8")


def peak(
    *tensors: Alive, step: int = 2, more: int = 0, stack: tuple[Alive, ...] = (), beside: tuple[Beside, ...] = ()
) -> Peak:
    size = sum(each.bytes for each in tensors)
    return Peak(
        step=step,
        steps=9,
        operator="aten::add",
        module="",
        alive=tensors,
        bytes=size,
        placed=size + more,
        state=0,
        stack=stack,
        beside=beside,
    )


def verdict(told: Peak, target: str = "board", **assumptions: str) -> Verdict:
    accounts = {target: Account({}, assumptions)} if target else {}
    return Verdict(case="net::default", model="net", place=PLACE, peaks={target: told}, targets=accounts)


def test_fragmentation_and_copies() -> None:
    tensors = (
        Alive("pad", "stem.conv", copy=True, shape=(1, 3, 98, 98), dtype="int8", bytes=28_812),
        Alive("", "", copy=False, shape=(1, 3, 96, 96), dtype="int8", bytes=27_648),
        Alive("aten::sum", "", copy=False, shape=(), dtype="int8", bytes=1),
    )
    stack = (
        Alive("aten::conv2d", "stem.conv", copy=False, shape=(1, 8, 49, 49), dtype="int8", bytes=19_208, offset=40_784),
        Alive("pad", "stem.conv", copy=True, shape=(1, 3, 98, 98), dtype="int8", bytes=40_784, offset=0),
    )
    told = peak(*tensors, more=3539, stack=stack)
    assumed = {"explicit_padding": "true", "planner": "tflm-greedy", "arena_overhead": "1 KiB", "clock_hz": "1"}
    assert memory_sections(verdict(told, **assumed), [over()]) == [
        [
            "The peak on board is at step 2 of 9, aten::add, where 3 tensors are alive:",
            "  28,812 B  1x3x98x98  int8  copied for pad in stem.conv",
            "  27,648 B  1x3x96x96  int8  an input of the model",
            "       1 B  scalar     int8  aten::sum",
            "The buffers take 60,000 B, 3,539 B more than is alive at once: each keeps its",
            "  place for all of its life. Each of these stands on the next, since both are",
            "  alive at some step:",
            "  at 40,784  19,208 B  1x8x49x49  int8  aten::conv2d in stem.conv",
            "  at      0  40,784 B  1x3x98x98  int8  copied for pad in stem.conv",
        ],
        ["Assumed of board: explicit padding, planner tflm-greedy, the runtime's own 1", "  KiB."],
    ]


def test_of_a_high_stack_the_uppermost_are_told() -> None:
    stack = tuple(replace(alive(1), offset=16 * at) for at in range(11, -1, -1))
    lines = memory_sections(verdict(peak(alive(1), more=191, stack=stack)), [over()])[0]
    assert lines[5] == "  at 176  1 B  1x1  int8  aten::relu in blocks.1"
    assert lines[-2:] == ["  at  32  1 B  1x1  int8  aten::relu in blocks.1", "  and 2 more below"]


def test_what_an_arena_is_made_up_of() -> None:
    beside = (Beside("weights", 20_664), Beside("the runtime's own", 2048), Beside("past, kept between calls", 16))
    lines = memory_sections(verdict(peak(alive(176), beside=beside)), [over()])[0]
    assert lines[2:] == [
        "The arena is made up of:",
        "     176 B  activations",
        "  20,664 B  weights",
        "   2,048 B  the runtime's own",
        "      16 B  past, kept between calls",
    ]


def test_of_many_things_in_an_arena_the_first_are_told() -> None:
    beside = tuple(Beside(f"layers.{at}.keys, kept between calls", 100 + at) for at in range(12))
    lines = memory_sections(verdict(peak(alive(176), beside=beside)), [over()])[0]
    # 109 + 110 + 111.
    assert lines[-2:] == ["  108 B  layers.8.keys, kept between calls", "  330 B  3 more"]


def test_a_limit_on_the_peak_has_nothing_beside_it_but_state_is_told() -> None:
    told = replace(peak(alive(4), more=12, beside=(Beside("weights", 1),)), state=4096)
    lines = memory_sections(verdict(told), [over("peak_activation_bytes")])[0]
    assert lines[1:] == [
        "  4 B  1x4  int8  aten::relu in blocks.4",
        "The forward keeps 4,096 B beside that from call to call.",
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
