"""What others have written is read, or refused with our own error: what is fuzzed, on seeds and on what is drawn."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import examples
from fuzz_seeds import seeds, tables, words
from fuzz_targets import TARGETS

TABLES = st.sampled_from(tables())
WORDS = st.sampled_from(
    [*words(), "0", "-1", "1.5", "true", "nan", "1979-05-27", "{}", "[]", '""', "'$R'", "\ufeff", "\x85"]
)
# Where one word of TOML ends and the next begins.
_BETWEEN = re.compile(r"(\"[^\"\n]*\"|[\w.-]+|\s+|.)", re.DOTALL)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real table with some of its words left out, written twice, exchanged, or replaced by others."""
    parts = _BETWEEN.findall(draw(TABLES))
    for _ in range(draw(st.integers(1, 4))):
        at, other = (draw(st.integers(0, len(parts) - 1)) for _ in range(2))
        change = draw(st.integers(0, 3))
        if change == 0:
            parts[at] = ""
        elif change == 1:
            parts[at] = draw(WORDS)
        elif change == 2:
            parts[at], parts[other] = parts[other], parts[at]
        else:
            parts.insert(at, parts[other])
    return "".join(parts).encode()


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """A file with some other bytes, perhaps cut off."""
    data = bytearray(whole[: draw(st.integers(0, len(whole)))] if draw(st.booleans()) else whole)
    for _ in range(draw(st.integers(0, 4))):
        if data:
            data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


@pytest.mark.parametrize("target", TARGETS)
def test_seeds_and_findings(target: str) -> None:
    for data in seeds(target):
        TARGETS[target](data)


@pytest.mark.parametrize("target", ["table", "own_file", "included"])
@examples(60)
@given(data=mutated())
def test_mutated_tables(target: str, data: bytes) -> None:
    TARGETS[target](data)


@pytest.mark.parametrize("target", ["lock", "kept", "report", "tflite"])
def test_damaged_files(target: str) -> None:
    @examples(60)
    @given(st.sampled_from(seeds(target)).flatmap(damaged))
    def check(data: bytes) -> None:
        TARGETS[target](data)

    check()


@pytest.mark.parametrize("target", ["quantity", "inputs", "revision", "table"])
@examples(60)
@given(data=st.text().map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary())
def test_any_text(target: str, data: bytes) -> None:
    TARGETS[target](data)
