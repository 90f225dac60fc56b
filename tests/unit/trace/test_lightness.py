"""Small models of the common families: counted by hand, and traced without torch's compiler being imported."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from pytest_flopbudget.api import count
from pytest_flopbudget.counting.measurement import Backend

D, HEADS = 16, 4
BOTH: tuple[Backend, Backend] = ("shapes", "execute")


def heads(x: torch.Tensor) -> torch.Tensor:
    return x.view(*x.shape[:2], -1, D // HEADS).transpose(1, 2)


class Encoder(nn.Module):
    """As BERT: attention written out, a mask of padding, norms after, the first token pooled."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.positions, self.types = nn.Embedding(50, D), nn.Embedding(32, D), nn.Embedding(2, D)
        self.q, self.k, self.v, self.out, self.pooler = (nn.Linear(D, D) for _ in range(5))
        self.up, self.down, self.norm, self.drop = nn.Linear(D, 64), nn.Linear(64, D), nn.LayerNorm(D), nn.Dropout(0.1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        positions = torch.arange(ids.shape[1], device=ids.device)
        x = self.tokens(ids) + self.positions(positions)[None] + self.types(torch.zeros_like(ids))
        x = self.drop(self.norm(x))
        q, k, v = heads(self.q(x)), heads(self.k(x)), heads(self.v(x))
        hidden = (1.0 - mask[:, None, None, :].to(x.dtype)) * torch.finfo(x.dtype).min
        scores = functional.softmax(q @ k.transpose(-1, -2) / math.sqrt(D // HEADS) + hidden, dim=-1)
        y = (self.drop(scores) @ v).permute(0, 2, 1, 3).contiguous().view(x.shape)
        x = self.norm(x + self.drop(self.out(y)))
        x = self.norm(self.down(functional.gelu(self.up(x))) + x)
        return torch.tanh(self.pooler(x[:, 0]))


class Decoder(nn.Module):
    """As GPT-2: one projection for three, a triangle of ones, GELU by tanh, tied weights, the last token's logits."""

    bias: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.positions, self.norm = nn.Embedding(50, D), nn.Embedding(32, D), nn.LayerNorm(D)
        self.qkv, self.out, self.up, self.down = (
            nn.Linear(D, 3 * D),
            nn.Linear(D, D),
            nn.Linear(D, 64),
            nn.Linear(64, D),
        )
        self.register_buffer("bias", torch.tril(torch.ones(32, 32)).view(1, 1, 32, 32))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        steps = ids.shape[1]
        x = self.tokens(ids) + self.positions(torch.arange(0, steps, device=ids.device))
        q, k, v = (heads(each) for each in self.qkv(self.norm(x)).split(D, dim=2))
        scores = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        scores = scores.masked_fill(self.bias[:, :, :steps, :steps] == 0, float("-inf"))
        y = (functional.softmax(scores, dim=-1) @ v).transpose(1, 2).contiguous().view(x.shape)
        z = functional.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(x.shape)
        x = x + self.out(y + z)
        h = self.up(self.norm(x))
        h = 0.5 * h * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (h + 0.044715 * torch.pow(h, 3.0))))
        x = x + self.down(h)
        return functional.linear(x[:, [-1], :], self.tokens.weight)


class Rotary(nn.Module):
    """As Llama: root mean square norms, positions as rotations, fewer heads of keys and values, a gate."""

    inverse: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.weight = nn.Embedding(50, D), nn.Parameter(torch.ones(D))
        self.q, self.k, self.v, self.o = (nn.Linear(D, out, bias=False) for out in (D, D // 2, D // 2, D))
        self.gate, self.up, self.down = nn.Linear(D, 32), nn.Linear(D, 32), nn.Linear(32, D)
        self.register_buffer("inverse", 1.0 / 10000 ** (torch.arange(0, 4, 2).float() / 4), persistent=False)

    def norm(self, x: torch.Tensor) -> torch.Tensor:
        h = x.to(torch.float32)
        return self.weight * (h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + 1e-6)).to(x.dtype)

    def turned(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        half = x.shape[-1] // 2
        return x * cos + torch.cat((-x[..., half:], x[..., :half]), dim=-1) * sin

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        batch, steps = ids.shape
        x = self.tokens(ids)
        positions = torch.arange(steps, device=x.device)[None, None].float()
        angles = (self.inverse[None, :, None].expand(batch, -1, 1) @ positions).transpose(1, 2)
        angles = torch.cat((angles, angles), dim=-1)
        cos, sin = angles.cos().to(x.dtype)[:, None], angles.sin().to(x.dtype)[:, None]
        mask = torch.triu(torch.full((steps, steps), torch.finfo(x.dtype).min, device=x.device), diagonal=1)
        h = self.norm(x)
        q, k = self.turned(heads(self.q(h)), cos, sin), self.turned(heads(self.k(h)), cos, sin)
        k, v = (
            each[:, :, None].expand(-1, -1, 2, -1, -1).reshape(batch, HEADS, steps, -1)
            for each in (k, heads(self.v(h)))
        )
        y = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask[None, None].expand(batch, 1, -1, -1))
        x = x + self.o(y.transpose(1, 2).contiguous().reshape(x.shape))
        h = self.norm(x)
        return functional.linear(x + self.down(functional.silu(self.gate(h)) * self.up(h)), self.tokens.weight)


class Vision(nn.Module):
    """As ViT: patches, a class token, scaled branches, torch's own encoder, a mean of tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.patches, self.norm, self.qkv = nn.Conv2d(3, D, 4, 4), nn.LayerNorm(D), nn.Linear(D, 3 * D)
        self.token, self.positions = nn.Parameter(torch.zeros(1, 1, D)), nn.Parameter(torch.zeros(1, 17, D))
        self.scale, self.out = nn.Parameter(torch.ones(D)), nn.Linear(D, D)
        self.network = nn.Sequential(nn.Linear(D, 64), nn.GELU(), nn.Dropout(0.0), nn.Linear(64, D))
        layer = nn.TransformerEncoderLayer(D, HEADS, 32, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.attention, self.head = nn.MultiheadAttention(D, HEADS), nn.Linear(D, 10)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), x), dim=1) + self.positions
        b, n, c = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(b, n, 3, HEADS, c // HEADS).permute(2, 0, 3, 1, 4).unbind(0)
        x = x + self.scale * self.out(functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, c))
        x = self.encoder(x + self.network(self.norm(x))).transpose(0, 1)
        x = (x + self.attention(x, x, x)[0]).transpose(0, 1)
        return self.head(x[:, 0]), self.head(x.mean(dim=1))


class Tagger(nn.Module):
    """Packed sentences through an LSTM, then a GRU, an RNN and a cell called step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.head, self.cell = nn.Embedding(50, 8), nn.Linear(D, 5), nn.LSTMCell(D, D)
        self.lstm = nn.LSTM(8, D, 2, batch_first=True, bidirectional=True, dropout=0.1)
        self.gru, self.rnn = nn.GRU(2 * D, D, batch_first=True), nn.RNN(D, D, batch_first=True)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        lengths = torch.tensor([5, 7, 3])
        packed = pack_padded_sequence(self.tokens(ids), lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        out = self.rnn(self.gru(out)[0])[0]
        state = (out.new_zeros(out.shape[0], D), out.new_zeros(out.shape[0], D))
        steps = []
        for step in range(out.shape[1]):
            state = self.cell(out[:, step], state)
            steps.append(state[0])
        return functional.log_softmax(self.head(torch.stack(steps, 1)), -1)


class Images(nn.Module):
    """As ResNet and MobileNet: convolutions, batch norms, a shortcut, a depthwise convolution, pooling, dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8)
        self.pool, self.inner = nn.MaxPool2d(3, 2, 1), nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.depthwise, self.group = nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.GroupNorm(2, 8)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(8, 10))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(functional.relu(self.norm(self.stem(x)), inplace=True))
        x = functional.relu(self.norm(self.inner(x)) + x)
        x = functional.hardswish(functional.silu(functional.relu6(self.group(self.depthwise(x)))))
        out = self.head(x)
        assert isinstance(out, torch.Tensor)
        return out


TWENTY = 2 * 10
ATTENDED = 2 * 2 * 10 * 10 * D
PATCHES = 2 * 17
ATTENDED_PATCHES = 2 * 2 * 17 * 17 * D
MODELS: dict[str, tuple[type[nn.Module], list[str], int]] = {
    "encoder": (
        Encoder,
        ["int64:2x10", "int64:2x10 = 1"],
        TWENTY * (4 * D * D + 2 * D * 64) + ATTENDED + 2 * D * D,
    ),
    "decoder": (Decoder, ["int64:2x10"], TWENTY * (4 * D * D + 2 * D * 64) + 2 * ATTENDED + 2 * D * 50),
    "rotary": (
        Rotary,
        ["int64:2x10"],
        TWENTY * (3 * D * D + 3 * D * 32 + D * 50) + ATTENDED + 2 * 2 * 10,
    ),
    "vision": (
        Vision,
        ["2x3x16x16"],
        2 * 16 * 3 * 4 * 4 * D
        + PATCHES * (4 * D * D + 2 * D * 64)
        + 2 * PATCHES * (4 * D * D + 2 * D * 32)
        + PATCHES * 4 * D * D
        + 4 * ATTENDED_PATCHES
        + 2 * 2 * D * 10,
    ),
    "images": (
        Images,
        ["2x3x32x32"],
        2 * (16 * 16 * 3 * 9 * 8 + 8 * 8 * 8 * 9 * 8 + 8 * 8 * 8 * 9 + 8 * 10),
    ),
    "tagger": (
        Tagger,
        ["int64:3x7"],
        (5 + 7 + 3) * 2 * 4 * D * ((8 + D) + (2 * D + D))
        + 3 * 7 * (3 * D * (2 * D + D) + D * (D + D) + 4 * D * (D + D) + D * 5),
    ),
}


@pytest.mark.parametrize("backend", BOTH)
@pytest.mark.parametrize(("model", "input", "macs"), MODELS.values(), ids=MODELS)
def test_counted_by_hand(model: type[nn.Module], input: list[str], macs: int, backend: Backend) -> None:
    measurement = count(model(), input, backend=backend)
    assert (measurement.macs, measurement.uncounted) == (macs, {})


@pytest.mark.parametrize(("model", "input"), [row[:2] for row in MODELS.values()], ids=MODELS)
def test_both_ways_agree_on_what_is_put_out(model: type[nn.Module], input: list[str]) -> None:
    on_shapes, executed = (count(model(), input, backend=backend) for backend in BOTH)
    assert on_shapes.activations == executed.activations


# Its kernel for the gradient of an embedding does.
OLD = pytest.mark.skipif(torch.__version__.startswith("2.4."), reason="torch 2.4 imports sympy itself")


@pytest.mark.parametrize("mode", ["inference", pytest.param("training", marks=OLD)])
def test_a_first_count_imports_no_compiler(mode: str) -> None:
    command = [sys.executable, "-W", "error", __file__, mode]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("".join(f"{name}: []\n" for name in MODELS), "")


if __name__ == "__main__":
    for name, (made, declared, _) in MODELS.items():
        count(made(), declared, backend="shapes", mode="training" if "training" in sys.argv else "inference")
        compilers = {"sympy", "torch._dynamo", "torch._inductor"} & set(sys.modules)
        sys.stdout.write(f"{name}: {sorted(compilers)}\n")
