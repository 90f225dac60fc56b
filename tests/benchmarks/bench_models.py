"""The models that are counted, and what they are called with."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from bench_nets import Llama, Loop, Recurrent, VisionTransformer, chain
from nets.mobilenet_v2 import MobileNetV2
from nets.resnet import ResNet50


@dataclass(frozen=True, slots=True)
class Model:
    """A model at one input.

    Args:
        title: What the page calls it.
        build: Builds it on the device that is set.
        shape: The input's.
        words: The number of words that an input of ids chooses from; None for an input of floats.
        fits: Whether it may be built for real; else every counter gets it on the meta device.
    """

    title: str
    build: Callable[[], nn.Module]
    shape: tuple[int, ...]
    words: int | None = None
    fits: bool = True

    def made(self, device: str) -> tuple[nn.Module, torch.Tensor]:
        """The model in evaluation and its input, on a device."""
        with torch.device(device):
            model = self.build().eval()
            return model, torch.rand(self.shape) if self.words is None else torch.randint(self.words, self.shape)

    @property
    def text(self) -> str:
        """The input as a declaration says it."""
        kind = "" if self.words is None else "int64:"
        return kind + "x".join(map(str, self.shape))


SIZES = (64, 224, 512, 1024, 2048)
MODELS: Mapping[str, Model] = {
    **{f"resnet50-{size}": Model(f"ResNet-50 at {size}×{size}", ResNet50, (1, 3, size, size)) for size in SIZES},
    "mobilenet": Model("MobileNetV2 at 224×224", MobileNetV2, (1, 3, 224, 224)),
    "vit": Model("of the shape of ViT-B/16", VisionTransformer, (1, 3, 224, 224)),
    "llama": Model("of the shape of Llama-7B, 2,048 tokens", Llama, (1, 2048), words=32_000, fits=False),
    "lstm": Model("LSTM, 2 layers, 128 steps", Recurrent, (1, 128, 256)),
    "chain-100": Model("100 layers in a row", lambda: chain(100), (1, 16, 32, 32)),
    "chain-1000": Model("1,000 layers in a row", lambda: chain(1000), (1, 16, 32, 32)),
    "loop-50000": Model("a loop of 50,000 operators", lambda: Loop(10_000), (1, 10_000, 16)),
}
# Counted by ourselves only, for its plan of memory.
ALONE: Mapping[str, Model] = {
    "loop-20000": Model("a loop of 20,000 operators", lambda: Loop(4_000), (1, 4_000, 16)),
}
QUICK = ("resnet50-224", "mobilenet", "lstm", "chain-100", "loop-20000")


def chosen(*, quick: bool) -> dict[str, Model]:
    """The models of a run by their names."""
    return {name: model for name, model in MODELS.items() if not quick or name in QUICK}


def is_quick() -> bool:
    """Whether a short run is asked for."""
    return os.environ.get("BENCH") == "quick"
