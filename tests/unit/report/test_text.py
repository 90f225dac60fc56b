"""Text that fits."""

from __future__ import annotations

import pytest

from pytest_flopbudget.report.text import counted, indented, listed, shortened, wrapped


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("blocks.0.attn", 13, "blocks.0.attn"),
        ("encoder.blocks.0.attn.qkv", 16, "encod...attn.qkv"),
        ("abcdefghij", 9, "ab...ghij"),
    ],
)
def test_shortened(text: str, width: int, expected: str) -> None:
    assert shortened(text, width) == expected
    assert len(expected) <= width


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one two three", ["> one two", "  three"]),
        ("a-word-that-is-too-long two", ["> a-word-that-is-too-long", "  two"]),
        ("", [">"]),
    ],
)
def test_wrapped(text: str, expected: list[str]) -> None:
    assert [line.rstrip() for line in wrapped(text, "> ", "  ", 10)] == expected


def test_indented() -> None:
    assert indented(["a", "", "b"], 2) == ["  a", "", "  b"]


@pytest.mark.parametrize(("number", "expected"), [(0, "0 cases"), (1, "1 case"), (1_200, "1,200 cases")])
def test_counted(number: int, expected: str) -> None:
    assert counted(number, "case") == expected


@pytest.mark.parametrize(
    ("names", "expected"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_listed(names: list[str], expected: str) -> None:
    assert listed(names) == expected
