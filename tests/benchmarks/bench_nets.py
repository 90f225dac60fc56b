"""Models of kinds that the examples do not have: attention, recurrence, and very many operators."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Attention(nn.Module):
    """Self-attention of several heads."""

    def __init__(self, width: int, heads: int, *, causal: bool = False) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        parts = self.qkv(x).view(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_causal=self.causal)
        out: Tensor = self.out(mixed.transpose(1, 2).reshape(batch, tokens, width))
        return out


class GatedFeed(nn.Module):
    """The feed-forward of a Llama: two ways in, one gated by the other, one way out."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.gate = nn.Linear(width, hidden, bias=False)
        self.up = nn.Linear(width, hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.down(functional.silu(self.gate(x)) * self.up(x))
        return out


class Block(nn.Module):
    """Attention and a feed-forward, each behind its norm and beside a shortcut."""

    def __init__(self, attention: nn.Module, feed: nn.Module, width: int) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), attention
        self.norm2, self.feed = nn.LayerNorm(width), feed

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        out: Tensor = x + self.feed(self.norm2(x))
        return out


class VisionTransformer(nn.Module):
    """Of the shape of ViT-B/16: 12 blocks of width 768 with 12 heads, patches of 16×16."""

    def __init__(self, width: int = 768, heads: int = 12, blocks: int = 12, size: int = 224) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, 16, stride=16)
        self.first = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(torch.zeros(1, (size // 16) ** 2 + 1, width))
        self.blocks = nn.Sequential(*(_vision_block(width, heads) for _ in range(blocks)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 1000)

    def forward(self, images: Tensor) -> Tensor:
        patches = self.patches(images).flatten(2).transpose(1, 2)
        tokens = torch.cat((self.first.expand(len(images), -1, -1), patches), 1) + self.positions
        scores: Tensor = self.head(self.norm(self.blocks(tokens))[:, 0])
        return scores


class Llama(nn.Module):
    """Of the shape of Llama-7B: 32 blocks of width 4096 with 32 heads, 11,008 in between, 32,000 words."""

    def __init__(self, width: int = 4096, heads: int = 32, blocks: int = 32, hidden: int = 11_008) -> None:
        super().__init__()
        self.words = nn.Embedding(32_000, width)
        self.blocks = nn.Sequential(
            *(Block(Attention(width, heads, causal=True), GatedFeed(width, hidden), width) for _ in range(blocks))
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 32_000, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        scores: Tensor = self.head(self.norm(self.blocks(self.words(tokens))))
        return scores


class Recurrent(nn.Module):
    """Two LSTM layers of 512 and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(256, 512, num_layers=2, batch_first=True)
        self.head = nn.Linear(512, 100)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.lstm(x)[0])
        return out


class Loop(nn.Module):
    """A recurrence written out in Python: five operators a step."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps
        self.inner = nn.Linear(16, 32)
        self.outer = nn.Linear(32, 32)

    def forward(self, x: Tensor) -> Tensor:
        state = x.new_zeros(len(x), 32)
        for step in range(self.steps):
            state = torch.tanh(self.inner(x[:, step]) + self.outer(state))
        return state


def chain(layers: int) -> nn.Module:
    """Convolutions with a ReLU after each: ``layers`` of the two together."""
    modules = ((nn.Conv2d(16, 16, 3, padding=1), nn.ReLU()) for _ in range(layers // 2))
    return nn.Sequential(*(module for pair in modules for module in pair))


def _vision_block(width: int, heads: int) -> Block:
    feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
    return Block(Attention(width, heads), feed, width)
