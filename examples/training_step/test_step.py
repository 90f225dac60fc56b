"""A whole step of training, for real: forward, backward, and what the optimizer does."""

from __future__ import annotations

import torch

from nets.small_cnn import SmallCNN
from nets.steps import classification
from pytest_flopbudget import FlopBudget


def test_step(flop_budget: FlopBudget) -> None:
    """The same count as the declared step's, and a share of it for one layer."""
    model, images = SmallCNN(), torch.rand(8, 3, 64, 64)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    with flop_budget.region(macs="511 M", modules={"SmallCNN.conv2": {"macs": "90%"}}) as step:
        optimizer.zero_grad()
        classification(model(images)).backward()
        optimizer.step()
    assert model.conv1.weight.grad is not None
    assert step.measurement.by_phase()["forward"].macs == 8 * (64 * 64 * 32 * 27 + 32 * 32 * 64 * 288 + 4096 * 10)
