"""Stand-ins for a model's tensors, and what is asked of these."""

from __future__ import annotations

import torch
from torch import nn

from pytest_flopbudget.trace.twins import dtype_of


def test_the_floating_type_of_a_model_whose_first_parameters_are_integers() -> None:
    packed, layer = nn.Module(), nn.Linear(4, 5).double()
    packed.register_parameter("weight", nn.Parameter(torch.zeros(4, dtype=torch.int8), requires_grad=False))
    assert dtype_of([packed, layer]) == torch.float64
    assert dtype_of([packed]) == torch.float32
