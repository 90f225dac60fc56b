from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from bench_clock import timed
from bench_found import Found
from bench_page import duration, page
from bench_process import Outcome, outcome_of_command, shortened
from bench_results import Aim, Row, ratio, rows_of
from bench_suites import Spent, middle, spent_by, table
from bench_timing import interleaved, rotated, rounds_for


@pytest.mark.parametrize(
    ("seconds", "once", "rounds"),
    [(10, 0.5, 20), (10, 0.01, 40), (10, 4.0, 3), (10, 9.0, 1), (20, 6.0, 3), (10, 0.0, 40)],
)
def test_as_many_rounds_as_the_time_has_room_for(seconds: float, once: float, rounds: int) -> None:
    assert rounds_for(seconds, once) == rounds


def test_each_begins_a_round_in_turn() -> None:
    assert [rotated(["a", "b", "c"], number) for number in range(4)] == [
        ["a", "b", "c"],
        ["b", "c", "a"],
        ["c", "a", "b"],
        ["a", "b", "c"],
    ]
    assert rotated([], 3) == []


def test_runs_are_interleaved_and_the_first_is_not_counted() -> None:
    order: list[str] = []
    now = 0.0
    # The first, that is not counted, takes longest.
    costs: dict[str, Iterator[float]] = {"a": iter((9.0, 1.0, 5.0, 2.0)), "b": iter((1.0, 3.0, 3.0, 4.0))}

    def run(name: str) -> None:
        nonlocal now
        order.append(name)
        now += next(costs[name])

    medians = interleaved({"a": lambda: run("a"), "b": lambda: run("b")}, 30.0, lambda: now)
    assert order == ["a", "b", "a", "b", "b", "a", "a", "b"]
    assert medians == {"a": 2.0, "b": 3.0}


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        ("", "ended without a word"),
        ("Traceback (most recent call last):\n  File 'x'\nRuntimeError: no\n", "RuntimeError: no"),
        ("RuntimeError: a | b\nmore of it\n  [ATen]\n", "RuntimeError: a / b"),
        (f"ValueError: {'x' * 200}", f"ValueError: {'x' * 77}…"),
    ],
    ids=["nothing", "a traceback", "several lines", "a long one"],
)
def test_a_failure_in_one_line(errors: str, told: str) -> None:
    assert shortened(errors) == told


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("print('noise'); print('{\"a\": 1.5}')", Outcome({"a": 1.5})),
        ("raise OSError('no')", Outcome(failure="OSError: no")),
        ("import os; os.kill(os.getpid(), 9)", Outcome(failure="killed by signal 9")),
    ],
    ids=["numbers", "an error", "killed"],
)
def test_what_comes_of_a_process(code: str, outcome: Outcome) -> None:
    assert outcome_of_command([sys.executable, "-c", code], 60) == outcome


def test_a_process_that_takes_too_long() -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    assert outcome_of_command(command, 0.2) == Outcome(failure="took more than 0 s")


ROWS = [
    Row("ours", 0.005, 0.25, 13e6),
    Row("theirs", 0.1, 2.5, 40e6),
    Row("others", failure="RuntimeError: no"),
]


def test_the_rows_of_a_model() -> None:
    fresh = {
        "ours": Outcome({"seconds": 0.25, "added": 13e6}),
        "theirs": Outcome({"seconds": 2.5, "added": 40e6}),
        "others": Outcome(failure="RuntimeError: no"),
    }
    assert rows_of(fresh, Outcome({"ours": 0.005, "theirs": 0.1})) == ROWS
    assert [row.failure for row in rows_of(fresh, Outcome(failure="too slow"))] == [
        "too slow",
        "too slow",
        "RuntimeError: no",
    ]


def test_a_ratio() -> None:
    rows = {"net": {row.counter: row for row in ROWS}}
    assert ratio(rows, "net", "theirs", "ours") == 20.0
    assert ratio(rows, "net", "others", "ours") is None
    assert ratio(rows, "elsewhere", "theirs", "ours") is None


def test_whether_an_aim_is_reached() -> None:
    assert [Aim("a", 2, measured, "{}").reached for measured in (1.9, 2.0, 2.1, None)] == [True, True, False, None]
    assert [Aim("a", 2, measured, "{}", at_most=False).reached for measured in (1.9, 2.0)] == [False, True]


PAGE = """\
## Measured on

- a processor

## What is aimed at

| | aim | measured | |
| --- | --: | --: | --: |
| speed | at least 15.0× | 20.0× | reached |
| memory | at most 30 MB | 31 MB | **missed** |
| growth | at most 1.1× | – | not measured |

## net

| counter | time | ratio | first | memory |
| --- | --: | --: | --: | --: |
| ours | 5.0 ms | 1.0× | 250.0 ms | 13 MB |
| theirs | 100.0 ms | 20.0× | 2.5 s | 40 MB |
| others | cannot: RuntimeError: no | | | |

## Runs

| run | time |
| --- | --: |
| one | 1.0 s |
"""


def test_the_page() -> None:
    aims = [
        Aim("speed", 15, 20.0, "{:.1f}×", at_most=False),
        Aim("memory", 30, 31.0, "{:.0f} MB"),
        Aim("growth", 1.1, None, "{:.1f}×"),
    ]
    text = page(["a processor"], aims, {"net": ROWS}, "ours", {"Runs": [("run", "time"), ("one", "1.0 s")]})
    assert text.partition("\n\n## Measured on")[2] == PAGE.removeprefix("## Measured on")


def test_times_as_they_are_written() -> None:
    assert [duration(seconds) for seconds in (None, 0.0042, 0.9994, 12.34)] == ["–", "4.2 ms", "999.4 ms", "12.3 s"]


def test_aims_of_what_was_not_measured_are_not_reached_in_silence() -> None:
    assert {aim.reached for aim in Found("ours").aims()} == {None}


def test_what_a_run_spends_outside_measuring() -> None:
    controller = {"imports": 0.0, "measured": 0.0, "cases": 0.0, "peak": 1.0}
    workers = [
        {"imports": 1.0, "measured": 3.0, "cases": 40.0, "peak": 9.0},
        {"imports": 1.0, "measured": 2.0, "cases": 60.0, "peak": 8.0},
    ]
    spent = spent_by([controller, *workers], 5.0)
    assert spent == Spent(cases=100, wall=5.0, imports=1.0, measured=3.0, peak=9.0)
    assert spent.outside == (5.0 - 1.0 - 3.0) / 100


def test_the_middle_of_some_runs() -> None:
    runs = [Spent(cases=1, wall=wall, imports=0.0, measured=measured, peak=0.0) for wall, measured in ((9, 8), (5, 0))]
    slow = Spent(cases=1, wall=30.0, imports=1.0, measured=0.0, peak=0.0)
    assert middle([slow, *runs]) == runs[1]


def test_a_table_of_models_at_points() -> None:
    text = table(2, 3)
    assert text.count("factory = ") == 2
    assert text.count("{ R = 34,") == 2


def test_a_stub_measures_once() -> None:
    cases: list[object] = []

    def measure(case: object) -> object:
        cases.append(case)
        return case

    stub, real = timed(measure, stub=True), timed(measure, stub=False)
    assert [stub(1), stub(2), real(3), real(4)] == [1, 1, 3, 4]
    assert cases == [1, 3, 4]
