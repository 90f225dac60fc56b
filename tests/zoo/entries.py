"""What a set of the zoo is: a model of a library, how it is built, and what it is called with."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

SETS = ("torchvision", "timm", "transformers")


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the zoo.

    Args:
        name: What its library calls it: ``"resnet50"``.
        build: The factory, called without arguments; built under meta like a declared model's.
        inputs: As a declaration's ``input`` key would say it: ``"1x3x224x224"``, a list, or a table.
        published: GMACs as its publisher prints them (``"4.089"``), compared to the printed digit.
        worst: Whether it is also measured with ``data_dependent = "worst"``.
        note: Why it differs from what is published, or what is special; told on the page.
    """

    name: str
    build: Callable[[], torch.nn.Module]
    inputs: object
    published: str | None = None
    worst: bool = False
    note: str = ""


def written(name: str) -> bool:
    """Whether the models of a set are listed here."""
    return Path(__file__).with_name(f"{name}_models.py").is_file()


def entries_of(name: str) -> dict[str, Entry]:
    """The models of a set by their names, in the set's order.

    Raises:
        ModuleNotFoundError: The set's library is not installed.
    """
    return {entry.name: entry for entry in importlib.import_module(f"{name}_models").entries()}
