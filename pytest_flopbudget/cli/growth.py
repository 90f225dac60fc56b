"""How a cost grows from one size to the next, and where it jumps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# What rounding at a stride of two makes of small steps stays below this.
_MUCH = 0.05
# Of two sizes the one step is the usual one.
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Step:
    """From one size to the next.

    Args:
        power: The local growth: the cost goes with this power of the size.
        excess: How much more the cost is than the usual growth would make it, as a factor; less than 1 is a fall.
        is_jump: Whether this step is to be pointed out.
    """

    power: float
    excess: float
    is_jump: bool


def steps(sizes: Sequence[int], costs: Sequence[int | None]) -> list[Step | None]:
    """The growth of each step between neighbouring sizes; None where it is not known.

    The usual power is that from the first known cost to the last. A step is a jump where the cost after it is more
    than 5 % above what the usual power would make of it, or where the cost falls.

    Args:
        sizes: In rising order.
        costs: The cost at each size; None where the model cannot run. The growth from or to 0 is not known.
    """
    known = [(size, cost) for size, cost in zip(sizes, costs, strict=True) if cost]
    usual = _power(*known[0], *known[-1]) if len(known) >= _FEWEST else None
    pairs = zip(sizes, sizes[1:], costs, costs[1:], strict=False)
    return [
        _step(smaller, before, larger, after, usual) if before and after else None
        for smaller, larger, before, after in pairs
    ]


def _step(smaller: int, before: int, larger: int, after: int, usual: float | None) -> Step:
    power = _power(smaller, before, larger, after)
    excess = 1.0 if usual is None else float((larger / smaller) ** (power - usual))
    return Step(power, excess, is_jump=after < before or excess > 1 + _MUCH)


def _power(smaller: int, before: int, larger: int, after: int) -> float:
    return math.log(after / before) / math.log(larger / smaller)
