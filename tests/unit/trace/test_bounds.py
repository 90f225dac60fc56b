"""Known indices and the sizes that they index."""

from __future__ import annotations

import pytest
import torch

from pytest_flopbudget.trace.bounds import refuse_out_of_range
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import Refused

aten = torch.ops.aten


def index(*values: int) -> torch.Tensor:
    return torch.tensor(values)


def test_an_index_along_a_dimension_is_held_against_its_size() -> None:
    for call in (
        Call(aten.index_select.default, (torch.zeros(2, 3), 0, index(1, -3)), {}),
        Call(aten.embedding.default, (torch.zeros(2, 3), index(-3)), {}),
    ):
        refuse_out_of_range(call, lambda _: False)
        with pytest.raises(Refused, match=r"^index -3 is out of range for a size of 2$"):
            refuse_out_of_range(call, lambda _: True)


def test_a_number_has_no_size_to_be_out_of() -> None:
    refuse_out_of_range(Call(aten.gather.default, (torch.tensor(1.0), 0, index(3)), {}), lambda _: True)


def test_each_index_is_held_against_its_own_size() -> None:
    call = Call(aten.index.Tensor, (torch.zeros(5, 2), [index(4), index(2)]), {})
    with pytest.raises(Refused, match=r"^index 2 is out of range for a size of 2$"):
        refuse_out_of_range(call, lambda _: True)


def test_what_is_taken_is_held_against_all_elements() -> None:
    x = torch.zeros(5, 2)
    refuse_out_of_range(Call(aten.take.default, (x, index(9, -10)), {}), lambda _: True)
    with pytest.raises(Refused, match=r"^index -11 is out of range for a size of 10$"):
        refuse_out_of_range(Call(aten.take.default, (x, index(9, -11)), {}), lambda _: True)
