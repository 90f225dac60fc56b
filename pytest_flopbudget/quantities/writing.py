"""Numbers as they are written into a table: the next round one above, or the number itself."""

from __future__ import annotations

from decimal import Decimal

from pytest_flopbudget.quantities.units import DECIMAL, UNITS, plain

_DIGITS = 3
_KIB = 2**10
# Below, a whole KiB would be more than a few percent; above, a whole MiB is less than one.
_IN_BYTES_BELOW = 10 * _KIB
_IN_MIB_FROM = 100 * 2**20


def write_exact(value: int, unit: str) -> str:
    """A number with all its digits, as a limit on it is written: ``"29_720_123"``, ``"8_192 B"``."""
    return f"{value:_} B" if unit == "B" else f"{value:_}"


def write_round(value: int, unit: str) -> str:
    """The least round number that is not below a number, as a limit on it is written: ``"29.8 M"``, ``"32 KiB"``.

    Args:
        value: In the unit itself.
        unit: One of ``UNITS`` that counts, or ``"B"``: three digits and a prefix; of bytes whole KiB or MiB.
    """
    if unit == "B":
        return _round_bytes(value)
    if value < DECIMAL["k"]:
        return write_exact(value, unit)
    up = _up(value)
    scales = UNITS[unit].prefixes
    prefix = next(name for name in reversed(list(scales)) if scales[name] <= up)
    return f"{plain(Decimal(up) / scales[prefix], '')} {prefix}"


def _round_bytes(value: int) -> str:
    if value < _IN_BYTES_BELOW:
        return write_exact(value, "B")
    if value < _IN_MIB_FROM:
        return f"{_up(-(-value // _KIB)):_} KiB"
    return f"{_up(-(-value // _KIB**2)):_} MiB"


def _up(value: int) -> int:
    """The least number of three digits and zeros that is not below."""
    step: int = 10 ** max(0, len(str(value)) - _DIGITS)
    return -(-value // step) * step
