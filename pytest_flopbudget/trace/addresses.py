"""Where a tensor without data is: an address that can be compared, and that no kernel can write to."""

from __future__ import annotations

from functools import total_ordering
from typing import NoReturn


@total_ordering
class Address:
    """What ``data_ptr`` gives of a tensor without data. Only tensors at the same place of one storage share it.

    It is no integer: a kernel that took it for one would write over memory of the process.

    Args:
        place: A number that stands for the place.
        refusal: Raised where it is taken for an integer.
    """

    __slots__ = ("_place", "_refusal")

    def __init__(self, place: int, refusal: Exception) -> None:
        self._place = place
        self._refusal = refusal

    def __eq__(self, other: object) -> bool:
        return self._place == (other._place if isinstance(other, Address) else other)

    def __lt__(self, other: Address | int) -> bool:
        return self._place < (other._place if isinstance(other, Address) else other)

    def __hash__(self) -> int:
        return hash(self._place)

    def __bool__(self) -> bool:
        return bool(self._place)

    def __sub__(self, other: Address | int) -> int:
        return self._place - (other._place if isinstance(other, Address) else other)

    def __mod__(self, alignment: int) -> int:
        return self._place % alignment

    def __index__(self) -> NoReturn:
        raise self._refusal
