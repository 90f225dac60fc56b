from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flopbudget.errors import QuantityError
from pytest_flopbudget.quantities import Quantity, parse_percentage, parse_quantity

HOW_MACS = "write a number, with a prefix (k M G T P) and the unit if need be, as in '4.2 GMACs'"
HOW_FLOPS = "write a number, with a prefix (k M G T P E Z) and the unit if need be, as in '8.4 GFLOPs'"
HOW_PARAMS = "write a number, with a prefix (k M G T P) and the unit if need be, as in '25.6 M params'"
HOW_BYTES = "write a number and its unit (B kB MB GB TB PB KiB MiB GiB TiB PiB), as in '320 KiB'"


@pytest.mark.parametrize(
    ("written", "unit", "value"),
    [
        ("4.2 GMACs", "MAC", 42 * 10**8),
        ("4.2 G", "MAC", 42 * 10**8),
        ("4.2G", "MAC", 42 * 10**8),
        ("4.2 G MACs", "MAC", 42 * 10**8),
        ("  12 k\tMAC ", "MAC", 12 * 10**3),
        ("7077888", "MAC", 7_077_888),
        ("7_077_888 MACs", "MAC", 7_077_888),
        ("1.000_001 M", "MAC", 1_000_001),
        ("1e3 k", "MAC", 10**6),
        ("1e-5 G", "MAC", 10**4),
        ("+5", "MAC", 5),
        ("0", "MAC", 0),
        ("0e999999999", "MAC", 0),
        ("1.5 P", "MAC", 15 * 10**14),
        ("3 T", "MAC", 3 * 10**12),
        ("9223372036854775809", "MAC", 2**63 + 1),
        ("0.1 GFLOPs", "FLOP", 10**8),
        ("3 FLOP", "FLOP", 3),
        ("1.5 EFLOPs", "FLOP", 15 * 10**17),
        ("3.1 Z", "FLOP", 31 * 10**20),
        ("25.6 M params", "param", 256 * 10**5),
        ("600 kparameters", "param", 600_000),
        ("1 param", "param", 1),
        ("1 parameter", "param", 1),
        ("11.1 M elements", "element", 111 * 10**5),
        ("11.1 M", "element", 111 * 10**5),
        ("1 element", "element", 1),
        ("512 B", "B", 512),
        ("1.5 kB", "B", 1500),
        ("2 MB", "B", 2 * 10**6),
        ("1 GB", "B", 10**9),
        ("320 KiB", "B", 320 * 1024),
        ("1.5 MiB", "B", 3 * 512 * 1024),
        ("2GiB", "B", 2 * 1024**3),
        ("1.5 TiB", "B", 3 * 1024**4 // 2),
        ("2 TB", "B", 2 * 1000**4),
        (600_000, "param", 600_000),
        (2**70, "MAC", 2**70),
        (10**99, "MAC", 10**99),
        ("1e100", "MAC", 10**100),
        (f"{10**100 - 1} PiB", "B", (10**100 - 1) * 2**50),
        (2.0**53 - 1, "MAC", 2**53 - 1),
        (65536, "B", 65536),
        (4e9, "MAC", 4 * 10**9),
        (12.0, "MAC", 12),
        (0, "MAC", 0),
        ("50 MMAC/s", "MAC/s", 50_000_000),
        ("50 MMACs/s", "MAC/s", 50_000_000),
        ("50 M", "MAC/s", 50_000_000),
        ("20 ms", "µs", 20_000),
        ("1.5 s", "µs", 1_500_000),
        ("250 µs", "µs", 250),
        ("250 us", "µs", 250),
        ("250 \u03bcs", "µs", 250),
        (250, "µs", 250),
        ("80 MHz", "Hz", 80_000_000),
    ],
)
def test_good_quantities(written: object, unit: str, value: int) -> None:
    assert parse_quantity(written, unit) == Quantity(value, step=1, relation="<=")


@pytest.mark.parametrize(
    ("written", "value", "step"),
    [
        ("= 1.32 G", 132 * 10**7, 10**7),
        ("=1.320 G", 132 * 10**7, 10**6),
        ("= 7077888", 7_077_888, 1),
        ("= 569 MMACs", 569 * 10**6, 10**6),
        ("= 12.0 MACs", 12, 1),
        ("= 4e9", 4 * 10**9, 10**9),
    ],
)
def test_equal_quantities_know_their_last_digit(written: str, value: int, step: int) -> None:
    assert parse_quantity(written, "MAC") == Quantity(value, step, "=")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("10 Bananas", f"'Bananas' is neither a prefix nor the unit; {HOW_MACS}"),
        ("4.2 GFLOP/s", "it is a rate, and a limit is on a count"),
        ("4.2 GMAC/s", "it is a rate, and a limit is on a count"),
        ("50 MMACs per second", "it is a rate, and a limit is on a count"),
        ("50 MMACps", "it is a rate, and a limit is on a count"),
        (
            "3 GFLOPs",
            "1 MAC is 2 FLOPs, so this is '1.5 GMACs'; if it comes from a paper that calls MACs FLOPs, write '3 GMACs'",
        ),
        (
            "2 GFLOPs",
            "1 MAC is 2 FLOPs, so this is '1 GMACs'; if it comes from a paper that calls MACs FLOPs, write '2 GMACs'",
        ),
        (
            "1 FLOP",
            "1 MAC is 2 FLOPs, so this is '0.5 MACs'; if it comes from a paper that calls MACs FLOPs, write '1 MAC'",
        ),
        (
            "9 kFLOPS",
            "1 MAC is 2 FLOPs, so this is '4.5 kMACs'; if it comes from a paper that calls MACs FLOPs, write '9 kMACs'",
        ),
        (
            "1 GFLOP",
            "1 MAC is 2 FLOPs, so this is '500 MMACs'; if it comes from a paper that calls MACs FLOPs, write '1 GMAC'",
        ),
        ("3 params", "it is a number of parameters"),
        ("3 M elements", "it is a number of elements"),
        ("7 B", "it is a number of bytes; a thousand million is written '7 G'"),
        ("64 KiB", "it is a number of bytes"),
        ("64 kib", "it is a number of bytes"),
        ("600 K", "'K' is neither a prefix nor the unit; did you mean 'k'?"),
        ("4 gmacs", "'gmacs' is neither a prefix nor the unit; did you mean 'GMACs'?"),
        ("-1", "it is below zero"),
        ("-1 G", "it is below zero"),
        ("12.5 MACs", "12.5 is no whole number"),
        ("1.2345 k", "1,234.5 is no whole number"),
        ("= 0.5", "0.5 is no whole number"),
        ("", HOW_MACS),
        (" ", HOW_MACS),
        ("= ", HOW_MACS),
        ("<= 4 G", HOW_MACS),
        ("G", HOW_MACS),
        (".5 G", HOW_MACS),
        ("nan", HOW_MACS),
        ("\u0663 G", HOW_MACS),
        ("inf", HOW_MACS),
        ("lock", HOW_MACS),
        ("20%", f"'%' is neither a prefix nor the unit; {HOW_MACS}"),
        ("25% of teacher", f"'% of teacher' is neither a prefix nor the unit; {HOW_MACS}"),
        ("82 k per R*R", f"'k per R*R' is neither a prefix nor the unit; {HOW_MACS}"),
        ("1__000", f"'__000' is neither a prefix nor the unit; {HOW_MACS}"),
        ("1,000", f"',000' is neither a prefix nor the unit; {HOW_MACS}"),
        ("1e999999999", "it is out of all proportion"),
        ("1e-999999999", "it is out of all proportion"),
        (f"1e{10**20}", "it is out of all proportion"),
        (f"0e-{10**20}", "it is out of all proportion"),
    ],
)
def test_texts_that_are_no_macs(written: str, why: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(written, "MAC")
    assert str(caught.value) == f"'{written}' is no number of MACs: {why}"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (True, f"true is no number of MACs: {HOW_MACS}"),
        (False, f"false is no number of MACs: {HOW_MACS}"),
        (-1, "-1 is no number of MACs: it is below zero"),
        (-2.0, "-2.0 is no number of MACs: it is below zero"),
        (12.5, "12.5 is no number of MACs: 12.5 is no whole number"),
        (2.0**53, f"{2.0**53} is no number of MACs: a float of this size is not exact; write it as text: '{2.0**53}'"),
        (1e23, "1e+23 is no number of MACs: a float of this size is not exact; write it as text: '1e+23'"),
        (float("nan"), f"nan is no number of MACs: {HOW_MACS}"),
        (float("inf"), f"inf is no number of MACs: {HOW_MACS}"),
        ([1], f"a list is no number of MACs: {HOW_MACS}"),
        ({}, f"a table is no number of MACs: {HOW_MACS}"),
        (10**200, "a number of hundreds of digits is no number of MACs: it is out of all proportion"),
        (f"{10**100}", f"'1{'0' * 77}… is no number of MACs: it is out of all proportion"),
        ("9" * 200, f"'{'9' * 78}… is no number of MACs: it is out of all proportion"),
    ],
)
def test_values_that_are_no_macs(written: object, message: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(written, "MAC")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("written", "unit", "message"),
    [
        ("3 GMACs", "FLOP", "'3 GMACs' is no number of FLOPs: 1 MAC is 2 FLOPs, so this is '6 GFLOPs'"),
        ("600 MMACs", "FLOP", "'600 MMACs' is no number of FLOPs: 1 MAC is 2 FLOPs, so this is '1.2 GFLOPs'"),
        ("4.2 GFLOP/s", "FLOP", "'4.2 GFLOP/s' is no number of FLOPs: it is a rate, and a limit is on a count"),
        (
            "4 GFLOPS",
            "FLOP",
            "'4 GFLOPS' is no number of FLOPs: 'GFLOPS' is neither a prefix nor the unit; did you mean 'GFLOPs'?",
        ),
        ("x", "FLOP", f"'x' is no number of FLOPs: {HOW_FLOPS}"),
        ("3 GMACs", "param", "'3 GMACs' is no number of parameters: it is a number of MACs"),
        (
            "7 B",
            "param",
            "'7 B' is no number of parameters: it is a number of bytes; a thousand million is written '7 G'",
        ),
        (
            "3 millions",
            "param",
            f"'3 millions' is no number of parameters: 'millions' is neither a prefix nor the unit; {HOW_PARAMS}",
        ),
        ("64 k", "B", "'64 k' is no number of bytes: 'k' is ambiguous; write 'kB' for 1,000 or 'KiB' for 1,024 bytes"),
        (
            "64 KB",
            "B",
            "'64 KB' is no number of bytes: 'KB' is ambiguous; write 'kB' for 1,000 or 'KiB' for 1,024 bytes",
        ),
        (
            "1 M",
            "B",
            "'1 M' is no number of bytes: 'M' is ambiguous; write 'MB' for 1,000,000 or 'MiB' for 1,048,576 bytes",
        ),
        ("64 Kx", "B", f"'64 Kx' is no number of bytes: 'Kx' is neither a prefix nor the unit; {HOW_BYTES}"),
        ("64", "B", "'64' is no number of bytes: write the unit as well, as in '64 B'"),
        ("0.3 B", "B", "'0.3 B' is no number of bytes: 0.3 is no whole number"),
        ("3 MACs", "B", "'3 MACs' is no number of bytes: it is a number of MACs"),
        (True, "B", f"true is no number of bytes: {HOW_BYTES}"),
        ("50 MMACs", "MAC/s", "'50 MMACs' is no number of MACs a second: it is a number of MACs"),
        ("50 MFLOP/s", "MAC/s", "'50 MFLOP/s' is no number of MACs a second: it is no rate of MACs"),
        (
            "20 M",
            "µs",
            "'20 M' is no number of microseconds: write a number and its unit (µs ms s us \u03bcs), as in '20 ms'",
        ),
        ("20 MHz", "µs", "'20 MHz' is no number of microseconds: it is a number of cycles a second"),
        ("5 ms", "MAC", "'5 ms' is no number of MACs: it is a number of microseconds"),
        (
            "80 mhz",
            "Hz",
            "'80 mhz' is no number of cycles a second: 'mhz' is neither a prefix nor the unit; did you mean 'MHz'?",
        ),
    ],
)
def test_wrong_units_and_bytes(written: object, unit: str, message: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(written, unit)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("written", "share"),
    [("95%", Fraction(19, 20)), (" 0.5 % ", Fraction(1, 200)), ("100%", Fraction(1)), ("0%", Fraction(0))],
)
def test_good_percentages(written: str, share: Fraction) -> None:
    assert parse_percentage(written) == share


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (0.95, "0.95 is no percentage: write a number and the sign, as in '95%'"),
        ("95", "'95' is no percentage: write a number and the sign, as in '95%'"),
        (True, "true is no percentage: write a number and the sign, as in '95%'"),
        ("-5%", "'-5%' is no percentage: it is below zero"),
        ("1e999%", "'1e999%' is no percentage: it is out of all proportion"),
    ],
)
def test_bad_percentages(written: object, message: str) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_percentage(written)
    assert str(caught.value) == message


NUMBERS = st.from_regex(r"[=+-]?\s?\d{1,3}([._]\d{1,3})?([eE][+-]?\d{1,4})?", fullmatch=True)
SUFFIXES = st.text("kKMGTPiBACsFLOPparm/%x ", max_size=8)


@given(st.builds("{} {}".format, NUMBERS, SUFFIXES) | st.text(), st.sampled_from(["MAC", "FLOP", "param", "B"]))
def test_no_text_raises_anything_but_our_error(written: str, unit: str) -> None:
    with suppress(QuantityError):
        assert parse_quantity(written, unit).value >= 0
