"""What exceptions of the user's own code say."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_flopbudget.declaring.tracebacks import lines, one_line, places_in


class Speechless(Exception):
    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("first\n\n  second  \n"), ["first", "  second"]),
        (ValueError(""), ["ValueError"]),
        (Speechless(), ["Speechless"]),
        (ValueError("<Net object at 0x7f00ab> is bad"), ["<Net> is bad"]),
        (ValueError("lone \ud800"), ["lone \\ud800"]),
        (ValueError("x" * 501), ["x" * 500]),
    ],
)
def test_what_an_exception_says(error: Exception, told: list[str]) -> None:
    assert lines(error) == told


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyError("tiny"), "KeyError: 'tiny'"),
        (RuntimeError("out of memory"), "out of memory"),
        (Speechless(), "Speechless"),
    ],
)
def test_it_in_one_line(error: Exception, told: str) -> None:
    assert one_line(error) == told


def test_a_syntax_error_has_the_line_that_is_wrong_though_nothing_passed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SyntaxError) as caught:
        compile("x = 1\ny = = 2\n", str(tmp_path / "nets.py"), "exec")
    assert places_in(caught.value.with_traceback(None)) == ["nets.py:2: y = = 2"]
    assert places_in(SyntaxError("of no file")) == []
