"""The units, their prefixes, and what stands behind a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
BINARY = {"": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50}
BYTES = {f"{prefix}B": scale for scales in (DECIMAL, BINARY) for prefix, scale in scales.items()}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its plural, every spelling, what its numbers are numbers of, and how one is written."""

    plural: str
    spellings: tuple[str, ...]
    noun: str
    example: str
    gap: str = ""

    def scales(self) -> Mapping[str, int]:
        """Every suffix that a number may carry, blanks left out, and what it multiplies by."""
        if self.plural == "B":
            return BYTES
        return {prefix + word: scale for prefix, scale in DECIMAL.items() for word in ("", *self.spellings)}


UNITS = {
    "MAC": Unit("MACs", ("MACs", "MAC"), "MACs", "4.2 GMACs"),
    "FLOP": Unit("FLOPs", ("FLOPs", "FLOP"), "FLOPs", "8.4 GFLOPs"),
    "param": Unit("params", ("params", "param", "parameters", "parameter"), "parameters", "25.6 M params", gap=" "),
    "element": Unit("elements", ("elements", "element"), "elements", "11.1 M elements", gap=" "),
    "B": Unit("B", ("B",), "bytes", "320 KiB"),
}


def noun(unit: str, number: int = 2) -> str:
    """What stands behind an exact number of a unit: ``"MACs"``, and ``"MAC"`` behind one."""
    plural = UNITS[unit].plural
    return plural.removesuffix("s") if number == 1 else plural


def plain(number: Decimal, separator: str = ",") -> str:
    """A number without needless zeros."""
    text = f"{number:{separator}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
