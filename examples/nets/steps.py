"""For steps of training: a loss, and a stack of blocks that may keep fewer activations and compute more."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint


def classification(scores: Tensor) -> Tensor:
    """The cross entropy with some labels; which ones does not matter to the cost."""
    labels = torch.zeros(len(scores), dtype=torch.int64, device=scores.device)
    return cross_entropy(scores, labels)


class Block(nn.Module):
    """Two layers, four times as wide between them, beside their input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, 4 * width)
        self.act = nn.GELU()
        self.down = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.down(self.act(self.up(x)))
        return out


class Stack(nn.Module):
    """Blocks, one above the other.

    Args:
        width: The features of a token.
        depth: How many blocks there are.
        checkpoints: Whether only the blocks' inputs are kept for the backward pass, which computes the rest again.
    """

    def __init__(self, width: int, depth: int, checkpoints: bool = False) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(width) for _ in range(depth))
        self.checkpoints = checkpoints

    def forward(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = cast("Tensor", checkpoint(block, x, use_reentrant=False)) if self.checkpoints else block(x)
        return x
