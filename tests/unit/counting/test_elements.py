"""Element types and the bytes that they take."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.elements import bytes_of
from pytest_flopbudget.errors import FlopBudgetError


@pytest.mark.parametrize(
    ("elements", "dtype", "size"),
    [(3, "float32", 3 * 4), (3, "complex64", 3 * 8), (3, "bool", 3), (3, "int4", 2), (9, "uint1", 2), (0, "int8", 0)],
)
def test_the_last_byte_is_filled_up(elements: int, dtype: str, size: int) -> None:
    assert bytes_of(elements, dtype) == size


def test_a_type_that_is_none() -> None:
    with pytest.raises(FlopBudgetError) as caught:
        bytes_of(3, "flaot32")
    assert str(caught.value) == "'flaot32' is no element type; did you mean 'float32'?"
