"""The user's own line of every call, by the text that stands there; the input is 3x4 throughout."""

from __future__ import annotations

import functools
import linecache
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend, Measurement

NO_LINE = "(no line of Python)"


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.layers = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))

    def forward(self, x: torch.Tensor) -> object:
        return self.layer(x)

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.layers(x) @ torch.ones(4, 4)
        return out


class Calling(Block):
    """Its forward is a function."""

    def __init__(self, function: Callable[[Block, torch.Tensor], object]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> object:
        return self.function(self, x)


def several(block: Block, x: torch.Tensor) -> object:
    x = torch.relu(block.layers(x))
    x = block.layer.forward(x)
    x = functools.partial(nn.functional.linear, weight=block.layer.weight)(x)
    return x + block.encode(x)


def hooked() -> nn.Module:
    layer = nn.Linear(4, 4)
    layer.register_forward_hook(lambda _, inputs, out: out @ layer.weight)
    return layer


def yielding(block: Block, x: torch.Tensor) -> Iterator[object]:
    for _ in range(2):
        yield block.layer(x)


class Checkpointed(Block):
    def forward(self, x: torch.Tensor) -> object:
        return checkpoint(super().forward, x, use_reentrant=False)


def called_once(block: Block, x: torch.Tensor) -> object:
    return block.layer(x)


def compiled() -> nn.Module:
    return Calling(torch.compile(called_once, backend=lambda *_: pytest.fail("compiled")))


@dataclass(frozen=True, slots=True)
class Lines:
    """A model, and the lines whose calls cost MACs, in the order of their first calls."""

    make: Callable[[], Callable[..., object]]
    texts: tuple[str, ...]


LINES: dict[str, Lines] = {
    "a layer": Lines(lambda: nn.Linear(4, 4), (NO_LINE,)),
    "a sequence": Lines(lambda: nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4)), (NO_LINE,)),
    "a layer in a forward": Lines(Block, ("return self.layer(x)",)),
    "a forward in a sequence": Lines(
        lambda: nn.Sequential(Block(), nn.Linear(4, 4)), ("return self.layer(x)", NO_LINE)
    ),
    "several": Lines(
        lambda: Calling(several),
        (
            "x = torch.relu(block.layers(x))",
            "x = block.layer.forward(x)",
            "x = functools.partial(nn.functional.linear, weight=block.layer.weight)(x)",
            "out: torch.Tensor = self.layers(x) @ torch.ones(4, 4)",
        ),
    ),
    "a method": Lines(lambda: Block().encode, ("out: torch.Tensor = self.layers(x) @ torch.ones(4, 4)",)),
    "a hook": Lines(hooked, (NO_LINE, "layer.register_forward_hook(lambda _, inputs, out: out @ layer.weight)")),
    "a generator": Lines(lambda: Calling(yielding), ("yield block.layer(x)",)),
    "in DataParallel": Lines(lambda: nn.DataParallel(Block()), ("return self.layer(x)",)),
    "checkpointed": Lines(Checkpointed, ("return self.layer(x)",)),
    "compiled": Lines(compiled, ("return block.layer(x)",)),
    "a symbolic child": Lines(
        lambda: nn.Sequential(Calling(lambda block, x: torch.fx.symbolic_trace(block.layers)(x))),
        ("lambda: nn.Sequential(Calling(lambda block, x: torch.fx.symbolic_trace(block.layers)(x))),",),
    ),
    "symbolic": Lines(lambda: torch.fx.symbolic_trace(Block()), (NO_LINE,)),
    "exported": Lines(lambda: torch.export.export(Block(), (torch.ones(3, 4),)).module(), (NO_LINE,)),
    "what is mapped": Lines(lambda: Calling(lambda block, x: map(block.layer, (x, x))), (NO_LINE,)),
}


def texts(measurement: Measurement) -> tuple[str, ...]:
    return tuple(_text(place) for place, cost in measurement.by_line().items() if cost.macs)


def _text(place: str) -> str:
    if place == NO_LINE:
        return place
    filename, _, number = place.rpartition(":")
    assert Path(filename).absolute() == Path(__file__)
    return linecache.getline(__file__, int(number)).strip()


@pytest.mark.parametrize("backend", ["shapes", "execute"])
@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
def test_the_users_own_line(lines: Lines, backend: Backend) -> None:
    assert texts(count(lines.make(), "3x4", backend=backend, lines=True)) == lines.texts
