import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flopbudget.quantities import parse_quantity, write_exact, write_round

ROUND = [
    (0, "MAC", "0"),
    (999, "MAC", "999"),
    (1_000, "MAC", "1 k"),
    (1_001, "MAC", "1.01 k"),  # never below
    (29_720_123, "MAC", "29.8 M"),
    (999_001, "param", "1 M"),  # 999_001 rounded up to three digits has a digit more
    (4_089_000_000, "FLOP", "4.09 G"),
    (12 * 10**18, "MAC", "12000 P"),
    (10_239, "B", "10_239 B"),
    (10_240, "B", "10 KiB"),
    (10_241, "B", "11 KiB"),
    (1_048_577, "B", "1_030 KiB"),  # 1025 KiB, to three digits
    (100 * 2**20 - 1, "B", "103_000 KiB"),  # 102_400 KiB
    (100 * 2**20, "B", "100 MiB"),
    (100 * 2**20 + 1, "B", "101 MiB"),
]


@pytest.mark.parametrize(("value", "unit", "text"), ROUND)
def test_the_next_round_number(value: int, unit: str, text: str) -> None:
    assert write_round(value, unit) == text


@pytest.mark.parametrize(("value", "unit", "text"), [(29_720_123, "MAC", "29_720_123"), (8_192, "B", "8_192 B")])
def test_the_number_itself(value: int, unit: str, text: str) -> None:
    assert write_exact(value, unit) == text


@given(st.integers(0, 10**21), st.sampled_from(["MAC", "FLOP", "param", "element", "B"]))
def test_what_is_written_is_read_as_no_less_and_hardly_more(value: int, unit: str) -> None:
    assert parse_quantity(write_exact(value, unit), unit).value == value
    read = parse_quantity(write_round(value, unit), unit).value
    assert value <= read
    assert 10 * (read - value) <= value
