"""What is counted on shapes is what runs: the same of every module, in a forward and in a step of training."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Mode
from pytest_flopbudget.errors import MeasureError

Small = tuple[str, Callable[[], nn.Module], dict[str, str]]

# Older functions are scripted where they are imported; T5 warns of its tied weights.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

# Of an encoder's layer in training: `if not torch.isfinite(hidden_states).all()`, and it would clamp them.
BRANCHES_ON_ACTIVATIONS = [("detr", "training")]


@pytest.mark.parametrize("mode", ["inference", "training"])
def test_the_same(small: Small, mode: Mode) -> None:
    name, build, inputs = small
    branches = (name, mode) in BRANCHES_ON_ACTIVATIONS
    model = build()
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}

    by_itself, executed = (count(model, inputs, mode=mode, backend=way) for way in ("auto", "execute"))

    assert (by_itself.traced, executed.traced) == ("executed" if branches else "shapes", "executed")
    assert by_itself.uncounted == executed.uncounted == {}
    assert by_itself.macs == executed.macs > 0
    assert (by_itself.activations, by_itself.total_flops) == (executed.activations, executed.total_flops)
    assert by_itself.by_phase() == executed.by_phase()
    assert by_itself.by_module() == executed.by_module()
    after = model.state_dict()
    assert all(torch.equal(tensor, after[key]) for key, tensor in before.items())
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize(("small", "mode"), BRANCHES_ON_ACTIVATIONS, indirect=["small"])
def test_what_branches_on_activations_is_told(small: Small, mode: Mode) -> None:
    _, build, inputs = small
    with pytest.raises(MeasureError) as refused:
        count(build(), inputs, mode=mode, backend="shapes")
    assert "reads values that depend on data" in refused.value.headline
