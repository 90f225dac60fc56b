"""timm: every architecture, without weights, at the input size of its default weights."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import timm
from timm.models import get_pretrained_cfg
from torchvision.models import get_model_weights

from entries import Entry
from timm_published import NOTES, PAPERS, TORCHVISION


def entries() -> Iterator[Entry]:
    """Every architecture."""
    for name in timm.list_models():
        yield Entry(
            name,
            partial(timm.create_model, name, pretrained=False),
            "x".join(map(str, (1, *get_pretrained_cfg(name).input_size))),
            published=_published(name),
            note=NOTES.get(name, ""),
        )


def _published(name: str) -> str | None:
    """What torchvision prints of the same architecture at the same size, or its paper."""
    if name in TORCHVISION:
        return f"{get_model_weights(TORCHVISION[name]).DEFAULT.meta['_ops']:.3f}"
    return PAPERS.get(name)
