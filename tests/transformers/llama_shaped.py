"""A decoder as large as a real one: 32 layers of 4096, rotary positions, a gated feed-forward, an untied head."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention, silu

WIDTH, HEADS, INSIDE, LAYERS, VOCABULARY = 4096, 32, 11008, 32, 32000
EACH = WIDTH // HEADS


class RMSNorm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Linear(WIDTH, WIDTH, bias=False)
        self.key = nn.Linear(WIDTH, WIDTH, bias=False)
        self.value = nn.Linear(WIDTH, WIDTH, bias=False)
        self.out = nn.Linear(WIDTH, WIDTH, bias=False)

    def forward(self, x: torch.Tensor, turn: torch.Tensor) -> torch.Tensor:
        query, key, value = (
            layer(x).unflatten(-1, (HEADS, EACH)).transpose(1, 2) for layer in (self.query, self.key, self.value)
        )
        attended = scaled_dot_product_attention(turned(query, turn), turned(key, turn), value, is_causal=True)
        out: torch.Tensor = self.out(attended.transpose(1, 2).flatten(2))
        return out


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention_norm, self.attention = RMSNorm(), Attention()
        self.norm = RMSNorm()
        self.gate = nn.Linear(WIDTH, INSIDE, bias=False)
        self.up = nn.Linear(WIDTH, INSIDE, bias=False)
        self.down = nn.Linear(INSIDE, WIDTH, bias=False)

    def forward(self, x: torch.Tensor, turn: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(self.attention_norm(x), turn)
        inside = self.norm(x)
        out: torch.Tensor = x + self.down(silu(self.gate(inside)) * self.up(inside))
        return out


class Llama(nn.Module):
    """Logits [B, T, VOCABULARY] of ids [B, T]."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = RMSNorm()
        self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        frequencies = 10000.0 ** -(torch.arange(0, EACH, 2, device=ids.device) / EACH)
        turn = torch.arange(ids.shape[1], device=ids.device)[:, None] * frequencies
        x = self.embedding(ids)
        for layer in self.layers:
            x = layer(x, turn)
        logits: torch.Tensor = self.head(self.norm(x))
        return logits


def turned(x: torch.Tensor, turn: torch.Tensor) -> torch.Tensor:
    """Pairs of [..., T, EACH] turned by the angles [T, EACH / 2]."""
    left, right = x.chunk(2, -1)
    return torch.cat((left * turn.cos() - right * turn.sin(), right * turn.cos() + left * turn.sin()), -1)
