"""Exact integers from quantities as people write them ("4.2 GMACs", "320 KiB", "82 k per R*R"), and back."""

from pytest_flopbudget.quantities.growth import Growth, parse_growth
from pytest_flopbudget.quantities.printing import (
    format_exact,
    format_excess,
    format_in,
    format_pair,
    format_quantity,
    prefix_of,
)
from pytest_flopbudget.quantities.reading import Quantity, Relation, parse_percentage, parse_quantity
from pytest_flopbudget.quantities.relative import Rate, Share, parse_rate, parse_share
from pytest_flopbudget.quantities.units import noun, prefixes
from pytest_flopbudget.quantities.writing import write_exact, write_round

__all__ = [
    "Growth",
    "Quantity",
    "Rate",
    "Relation",
    "Share",
    "format_exact",
    "format_excess",
    "format_in",
    "format_pair",
    "format_quantity",
    "noun",
    "parse_growth",
    "parse_percentage",
    "parse_quantity",
    "parse_rate",
    "parse_share",
    "prefix_of",
    "prefixes",
    "write_exact",
    "write_round",
]
