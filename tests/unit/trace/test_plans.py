"""What a call gave, as it is given again to a call like it."""

from __future__ import annotations

import pytest
import torch

from pytest_flopbudget.trace.plans import base_of

whole, other = torch.zeros(4), torch.zeros(4)


@pytest.mark.parametrize(
    ("tensors", "place"),
    [
        pytest.param([other, whole], 1, id="of one"),
        pytest.param([other], -1, id="of none"),
        pytest.param([whole, other, whole[:2]], None, id="of several"),
    ],
)
def test_of_which_tensor_another_is_a_view(tensors: list[torch.Tensor], place: int | None) -> None:
    assert base_of(whole[1:], tensors) == place
