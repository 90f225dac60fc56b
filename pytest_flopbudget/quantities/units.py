"""The units, their prefixes, and what stands behind a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

DECIMAL = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
# What a whole training costs.
_OF_A_RUN = {**DECIMAL, "E": 10**18, "Z": 10**21}
BINARY = {"": 1, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50}
BYTES = {f"{prefix}B": scale for scales in (DECIMAL, BINARY) for prefix, scale in scales.items()}
# Down to the microsecond, in which estimates of time are told.
_TIMES = {"µ": 1, "m": 10**3, "": 10**6}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit.

    Args:
        plural: What stands behind a prefix.
        spellings: Every way to write it.
        noun: What its numbers are numbers of.
        example: How one is written.
        gap: What stands between a prefix and the unit.
        prefixes: The prefixes that its numbers are printed with, and what they multiply by, the smallest first.
        singular: What stands behind 1.
        needs_unit: Whether a number without the unit, or with a prefix alone, is refused.
        other_spellings: Further suffixes and what they multiply by.
    """

    plural: str
    spellings: tuple[str, ...]
    noun: str
    example: str
    gap: str = ""
    prefixes: Mapping[str, int] = field(default_factory=lambda: DECIMAL)
    singular: str = ""
    needs_unit: bool = False
    other_spellings: Mapping[str, int] = field(default_factory=dict)

    def scales(self) -> Mapping[str, int]:
        """Every suffix that a number may carry, blanks left out, and what it multiplies by."""
        if self.plural == "B":
            return BYTES
        words = self.spellings if self.needs_unit else ("", *self.spellings)
        scales = {prefix + word: scale for prefix, scale in self.prefixes.items() for word in words}
        return {**scales, **self.other_spellings}

    def smallest(self) -> str:
        """What stands behind a number of the unit itself: its plural and the prefix of 1, if that has one."""
        return f"{next(iter(self.prefixes))}{self.plural}"


UNITS = {
    "MAC": Unit("MACs", ("MACs", "MAC"), "MACs", "4.2 GMACs", singular="MAC"),
    "FLOP": Unit("FLOPs", ("FLOPs", "FLOP"), "FLOPs", "8.4 GFLOPs", prefixes=_OF_A_RUN, singular="FLOP"),
    "param": Unit(
        "params", ("params", "param", "parameters", "parameter"), "parameters", "25.6 M params", " ", singular="param"
    ),
    "element": Unit("elements", ("elements", "element"), "elements", "11.1 M elements", " ", singular="element"),
    "B": Unit("B", ("B",), "bytes", "320 KiB", prefixes=BINARY, needs_unit=True),
    "MAC/s": Unit("MAC/s", ("MAC/s", "MACs/s"), "MACs a second", "50 MMAC/s"),
    "µs": Unit(
        "s", ("s",), "microseconds", "20 ms", prefixes=_TIMES, needs_unit=True, other_spellings={"us": 1, "\u03bcs": 1}
    ),
    "Hz": Unit("Hz", ("Hz",), "cycles a second", "80 MHz"),
}


def noun(unit: str, number: int = 2) -> str:
    """What stands behind an exact number of a unit: ``"MACs"``, and ``"MAC"`` behind one."""
    form = UNITS[unit]
    return form.singular if number == 1 and form.singular else form.smallest()


def plain(number: Decimal, separator: str = ",") -> str:
    """A number without needless zeros."""
    text = f"{number:{separator}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def prefixes(unit: str) -> tuple[str, ...]:
    """The prefixes in which a unit's numbers are printed, the smallest first."""
    return tuple(UNITS[unit].prefixes)
