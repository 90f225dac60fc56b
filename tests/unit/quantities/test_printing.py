from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flopbudget.quantities import format_exact, format_excess, format_pair, format_quantity, noun, parse_quantity
from pytest_flopbudget.quantities.printing import format_in, prefix_of
from pytest_flopbudget.quantities.units import prefixes


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (29_720_000, "MAC", "29.72 MMACs"),
        (29_000_000, "MAC", "29 MMACs"),
        (7_077_888, "MAC", "7.078 MMACs"),
        (512, "MAC", "512 MACs"),
        (1, "MAC", "1 MAC"),
        (0, "MAC", "0 MACs"),
        (1000, "MAC", "1 kMACs"),
        (999_949, "MAC", "999.9 kMACs"),
        (999_950, "MAC", "1 MMACs"),
        (999_950 * 10**9, "MAC", "1 PMACs"),
        (59_440_000, "FLOP", "59.44 MFLOPs"),
        (3_504_872, "param", "3.505 M params"),
        (1, "param", "1 param"),
        (999, "param", "999 params"),
        (11_114_984, "element", "11.11 M elements"),
        (1, "element", "1 element"),
        (320 * 1024, "B", "320 KiB"),
        (1023, "B", "1,023 B"),
        (1024 * 1024 - 1, "B", "1 MiB"),
        (3 * 512 * 1024, "B", "1.5 MiB"),
        (10_146_432, "MAC/s", "10.15 MMAC/s"),
        (1, "MAC/s", "1 MAC/s"),
        (999, "µs", "999 µs"),
        (1, "µs", "1 µs"),
        (12_345, "µs", "12.35 ms"),
        (1_432_650, "µs", "1.433 s"),
        (480_000_000, "Hz", "480 MHz"),
        (2**63, "MAC", "9,223 PMACs"),
        (10**24, "MAC", "1,000,000,000 PMACs"),
    ],
)
def test_format_quantity(value: int, unit: str, text: str) -> None:
    assert format_quantity(value, unit) == text


def test_more_digits_are_shown_on_request() -> None:
    assert format_quantity(7_077_888, "MAC", digits=6) == "7.07789 MMACs"


@pytest.mark.parametrize(
    ("measured", "limit", "pair"),
    [
        (29_720_000, 29_000_000, ("29.72 MMACs", "29 MMACs")),
        (29_720_001, 29_720_000, ("29.720001 MMACs", "29.72 MMACs")),
        (10**9 - 1, 10**9, ("999.999999 MMACs", "1 GMACs")),
        (10**9 + 1, 10**9, ("1,000,000,001 MACs", "1,000,000,000 MACs")),
        (29_720_001, 29_720_001, ("29.72 MMACs", "29.72 MMACs")),
        (5, 0, ("5 MACs", "0 MACs")),
        (10**15 + 1, 10**15, ("1,000,000,000,000,001 MACs", "1,000,000,000,000,000 MACs")),
    ],
)
def test_format_pair(measured: int, limit: int, pair: tuple[str, str]) -> None:
    assert format_pair(measured, limit, "MAC") == pair


@given(st.integers(0, 2**80), st.integers(0, 2**80) | st.integers(0, 3))
def test_different_numbers_are_never_printed_alike(measured: int, distance: int) -> None:
    one, other = format_pair(measured, measured + distance, "param")
    assert (one == other) == (distance == 0)


@pytest.mark.parametrize(
    ("measured", "limit", "text"),
    [
        (29_720_000, 29_000_000, "+2.5%"),
        (87, 100, "-13%"),
        (1_000_001, 1_000_000, "+0.0001%"),
        (999_999, 1_000_000, "-0.0001%"),
        (10**30 + 1, 10**30, f"+0.{'0' * 27}1%"),
        (5, 5, "+0%"),
        (0, 0, "+0%"),
        (5, 0, "over 0"),
        (0, 5, "-100%"),
        (13, 10_000, "-99.9%"),
        (1, 10**6, "-99.9999%"),
        (1, 10**7, "almost -100%"),
        (1, 10**8, "almost -100%"),
        (200, 100, "+100%"),
        (999, 100, "+899%"),
        (1000, 100, "10x"),
        (1234, 100, "12.3x"),
        (123_456, 100, "1,235x"),
    ],
)
def test_format_excess(measured: int, limit: int, text: str) -> None:
    assert format_excess(measured, limit) == text


@pytest.mark.parametrize(
    ("unit", "one", "many"),
    [
        ("MAC", "MAC", "MACs"),
        ("FLOP", "FLOP", "FLOPs"),
        ("param", "param", "params"),
        ("element", "element", "elements"),
        ("B", "B", "B"),
    ],
)
def test_noun(unit: str, one: str, many: str) -> None:
    assert (noun(unit, 1), noun(unit, 0), noun(unit)) == (one, many, many)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(3_500_000, 2, "3.5"), (9_500_000, 2, "9.5"), (1_000_000, 2, "1.0"), (0, 2, "0"), (1_234_567_890, 1, "1,235")],
)
def test_a_number_in_a_prefix_that_is_given(value: int, digits: int, text: str) -> None:
    assert format_in(value, "MAC", "M", digits) == text


@pytest.mark.parametrize(
    ("values", "unit", "prefix"),
    [([1, 2_500_000], "MAC", "M"), ([1000], "MAC", "k"), ([999], "MAC", ""), ([], "MAC", ""), ([3 * 1024], "B", "Ki")],
)
def test_the_prefix_of_the_largest(values: list[int], unit: str, prefix: str) -> None:
    assert prefix_of(values, unit) == prefix


def test_the_prefixes_of_a_unit() -> None:
    assert prefixes("MAC") == ("", "k", "M", "G", "T", "P")
    assert prefixes("B") == ("", "Ki", "Mi", "Gi", "Ti", "Pi")


def test_format_exact() -> None:
    assert format_exact(29_720_000) == "29,720,000"


@given(st.integers(0, 10**40), st.sampled_from(["MAC", "FLOP", "param", "element", "B"]))
def test_what_is_printed_exactly_is_read_back(value: int, unit: str) -> None:
    number = format_exact(value).replace(",", "")
    assert parse_quantity(f"{number} {unit}", unit).value == value
