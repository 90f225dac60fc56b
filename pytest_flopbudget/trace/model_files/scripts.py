"""TorchScript from a ``.pt`` file. Its weights and its own code are read by torch; no pickle of Python's is."""

from __future__ import annotations

from pathlib import Path

import torch

from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.model_files.archives import called, holds_graph, loaded, pickled, stored_names


def read_script(name: str, path: Path) -> torch.nn.Module:
    """The module that ``torch.jit.save`` wrote, on the CPU.

    Args:
        name: The file as it is declared.
        path: Where that is.

    Raises:
        MeasureError: The file is not there, is a pickle or a program of ``torch.export``, or is damaged.
    """
    names = stored_names(name, path)
    if not any(each.startswith("code/") for each in names):
        if "data.pkl" in names:
            raise pickled(name)
        hint = "; if torch.export wrote it, call it .pt2" if holds_graph(names) else ""
        raise MeasureError(f"{called(name)} is no TorchScript: it holds no code{hint}")

    def load() -> torch.nn.Module:
        module: object = torch.jit.load(str(path), map_location="cpu")
        assert isinstance(module, torch.nn.Module)
        return module

    return loaded(name, load)
