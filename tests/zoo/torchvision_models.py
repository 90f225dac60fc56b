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

# They read the sizes of the boxes that they found as numbers, and draw into these: no ceiling is known.
_WITHOUT_CEILING = ("keypointrcnn", "maskrcnn")
_OTHER_BOXES = (
    "The heads behind the boxes cost by what is found, and weights drawn at random find other boxes in noise than the "
    "publisher's. There is no worst case: the sizes of the boxes are read as numbers."
)
# 7 * 7 * 256 * 1024 + 1024 * 1024 + 1024 * 91 + 1024 * 364 MACs behind each box.
_NO_BOX = (
    "Published for no proposal at all, as the publisher's weights find none in noise; the worst case has {} of them, "
    "and 14,359,552 MACs behind each."
)
_NOTES = {
    "fasterrcnn_mobilenet_v3_large_320_fpn": _NO_BOX.format(150),
    "fasterrcnn_mobilenet_v3_large_fpn": _NO_BOX.format("1,000"),
    "keypointrcnn_resnet50_fpn": _OTHER_BOXES,
    "maskrcnn_resnet50_fpn": _OTHER_BOXES,
}


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
        worst=kind == "detection" and not name.startswith(_WITHOUT_CEILING),
        note=_NOTES.get(name, ""),
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
