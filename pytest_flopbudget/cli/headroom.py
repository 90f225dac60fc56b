"""``--headroom``: how far above the count a suggested limit is."""

from __future__ import annotations

from fractions import Fraction

import click

from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.errors import QuantityError
from pytest_flopbudget.quantities import parse_percentage

USUAL = "5%"

headroom_option = click.option(
    "--headroom", metavar="PERCENT", help=f"How far above the count a limit is to be; {USUAL} where not said."
)


def asked_headroom(written: str | None) -> Fraction:
    """The share of the count by which a limit is to be above it.

    Raises:
        AskedWrongly: It is no percentage.
    """
    try:
        return parse_percentage(written or USUAL)
    except QuantityError as error:
        raise AskedWrongly(f"--headroom {error}") from None
