from __future__ import annotations

from pathlib import Path

import pytest

from page import Row, page, rounds_to
from results import Job, Result, append, forget, read

COUNTED = Result(Job("a", "net"), macs=4_089_184_256, traced="shapes", built="meta", seconds=0.25)
EXECUTED = Result(
    Job("a", "detector"),
    macs=900_000_000,
    traced="executed",
    built="real",
    notes=("executed, since it cannot be counted on shapes: aten::where reads values\nmodule    head",),
    seconds=3.0,
)
WORST = Result(Job("a", "detector", worst=True), macs=1_000_000_000, traced="worst case", built="meta", seconds=2.0)
UNCOUNTED = Result(Job("a", "odd"), macs=5_000_000, traced="shapes", built="meta", uncounted=("shop::mix",))
FAILED = Result(Job("a", "broken"), seconds=1.0, error="cannot run at 1x3x8x8\nmodule    head")

PAGE = """\
Measured with torch 2.4.0, a 1.2.

| set | models | on shapes | worst case | executed | failed | with uncounted operators | equal |
|---|--:|--:|--:|--:|--:|--:|--:|
| a | 4 | 2 | 1 | 1 | 1 | 1 | 2 of 3 |

## a

Slowest: detector 3.0 s (executed), detector in the worst case 2.0 s (worst case), broken 1.0 s (failed), net 0.2 s \
(shapes), odd 0.0 s (shapes).

### Failed

- broken: cannot run at 1x3x8x8

### With uncounted operators

- odd: `shop::mix`

### Executed

- detector: 0.900 GMACs, 1.000 in the worst case: aten::where reads values

### Otherwise than published

- odd: 0.005 GMACs, published 0.006. It is printed for another size.

### Notes

- net: the usual one
"""


def test_the_page_tells_what_came_of_every_model() -> None:
    rows = [
        Row("net", COUNTED, published="4.089", note="the usual one"),
        Row("detector", EXECUTED, WORST, published="1.000"),
        Row("odd", UNCOUNTED, published="0.006", note="It is printed for another size."),
        Row("broken", FAILED, published="2.000"),
    ]

    text = page({"a": rows, "not measured": []}, {"torch": "2.4.0", "a": "1.2"})

    assert text.startswith("# The zoo\n")
    assert text.partition("Measured with")[2] == PAGE.removeprefix("Measured with")


@pytest.mark.parametrize(
    ("macs", "published", "equal"),
    [
        (4_089_184_256, "4.089", True),
        (4_089_500_000, "4.089", False),  # 4.0895 is 4.090 in either way of rounding a half
        (4_088_500_000, "4.088", True),  # to even
        (4_088_500_000, "4.089", True),  # and up
        (4_088_499_999, "4.089", False),
        (174_600_000_000, "175", True),
    ],
)
def test_counts_are_compared_to_the_printed_digit(macs: int, published: str, equal: bool) -> None:
    assert rounds_to(macs, published) is equal


def test_results_are_kept_between_runs(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "a.jsonl"
    assert read(path) == {}

    for result in (COUNTED, EXECUTED, WORST, FAILED):
        append(path, result)
    assert list(read(path).values()) == [COUNTED, EXECUTED, WORST, FAILED]

    forget(path, [EXECUTED.job, FAILED.job])
    assert list(read(path).values()) == [COUNTED, WORST]
