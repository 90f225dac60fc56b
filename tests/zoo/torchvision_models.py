"""torchvision: every model that has weights, each at its own crop size, without the weights.

What torchvision publishes as ``_ops``, under the heading of GFLOPS, are GMACs: of an image of 512x512 put through the
weights' own transforms, of 16 such frames, or of a pair of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

import torch
from torchvision.models import Weights, get_model_builder, get_model_weights, list_models

from entries import Entry


def entries() -> Iterator[Entry]:
    """Every model that has weights."""
    for name in list_models():
        builder = get_model_builder(name)
        kind = builder.__module__.split(".")[2]
        yield _entry(name, kind, builder, get_model_weights(name).DEFAULT)


def _entry(name: str, kind: str, builder: Callable[..., torch.nn.Module], weights: Weights) -> Entry:
    arguments = _arguments(kind, builder, weights)
    return Entry(
        name,
        lambda: builder(weights=None, **arguments),
        _inputs(kind, weights),
        published=f"{weights.meta['_ops']:.3f}",
        worst=kind == "detection",
    )


def _arguments(kind: str, builder: Callable[..., torch.nn.Module], weights: Weights) -> dict[str, object]:
    """What the builder itself sets when it is given the weights, and what keeps it from downloading others."""
    arguments: dict[str, object] = {}
    parameters = inspect.signature(builder).parameters
    if "weights_backbone" in parameters:
        arguments["weights_backbone"] = None
    if "aux_loss" in parameters:
        arguments["aux_loss"] = True
    if "quantize" in parameters:
        arguments["quantize"] = True
    if kind == "vision_transformer":
        arguments["image_size"] = weights.meta["min_size"][0]
    return arguments


def _inputs(kind: str, weights: Weights) -> object:
    if kind == "detection":
        return [["3x512x512"]]
    if kind == "optical_flow":
        return ["1x3x512x512", "1x3x512x512"]
    transforms = weights.transforms()
    sizes = transforms.resize_size if kind == "segmentation" else transforms.crop_size
    height, width = sizes * 2 if len(sizes) == 1 else sizes
    return f"1x3x16x{height}x{width}" if kind == "video" else f"1x3x{height}x{width}"
