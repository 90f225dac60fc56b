"""The arguments of a forward, from a declaration and from a function."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.declaring.inputs import Inputs, TensorInput
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.given import declared, made

ONE, OTHER = TensorInput((1, 2)), TensorInput((3,))


def test_a_declared_nest_is_one_of_lists_and_dicts() -> None:
    arguments = declared(Inputs((ONE, (OTHER, (ONE,))), {"more": {"b": (OTHER,), "a": ONE}}))
    assert arguments.make() == ([ONE, [OTHER, [ONE]]], {"more": {"b": [OTHER], "a": ONE}})


@pytest.mark.parametrize(
    ("factory", "kind"),
    [
        (lambda n: n, "an object of int"),
        (lambda n: (n, {}), "a tuple of int, dict"),
        (lambda n: ([n], n), "a tuple of list, int"),
        (lambda n: (n,), "a tuple of int"),
        (lambda n: (), "a tuple of nothing"),
    ],
)
def test_what_gives_no_arguments_is_refused(factory: Callable[..., object], kind: str) -> None:
    with pytest.raises(MeasureError) as error:
        made("shop:batch", factory, {"n": 2}).make()
    assert str(error.value) == (
        f"input_factory 'shop:batch' returned {kind}, not positional and keyword inputs\n"
        "return both, as in: return (x,), {'mask': mask}"
    )


def test_a_refusal_of_ours_passes_as_it_is() -> None:
    refusal = MeasureError("no batch of that size")

    def batch(n: int) -> object:
        raise refusal

    with pytest.raises(MeasureError) as error:
        made("shop:batch", batch, {"n": 2}).make()
    assert error.value is refusal
