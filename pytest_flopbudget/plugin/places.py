"""Where a table may stand: the folders above what a run is about, up to its root. Imported in every suite."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_flopbudget.declaring.mentions import FILES

if TYPE_CHECKING:
    import pytest


def parts(config: pytest.Config, argument: str) -> tuple[Path, tuple[str, ...]]:
    """An argument as an absolute path and the names in that file: ``tests/test_net.py::test_size``."""
    file, *names = argument.split("::")
    # Made absolute as pytest does it: resolving would lose a file that stands behind a link.
    return Path(os.path.abspath(config.invocation_params.dir / file)), tuple(names)  # noqa: PTH100


def root(config: pytest.Config) -> Path:
    """The run's root, by the path that its files are found by: ``--rootdir`` may name a link to it."""
    asked, here = config.rootpath, config.invocation_params.dir
    if here.is_relative_to(asked):
        return asked
    real = asked.resolve()
    return real if here.is_relative_to(real) else asked


def starts(config: pytest.Config) -> list[Path]:
    """The folders that the arguments name, or that have the files which they name, each once."""
    paths = [parts(config, argument)[0] for argument in config.args]
    return list(dict.fromkeys(path if path.is_dir() else path.parent for path in paths))


def above(config: pytest.Config, folder: Path) -> list[Path]:
    """Every place of a table's file from a folder up to the run's root, the nearest first.

    From a folder that is below neither the root nor the invocation's own folder, the way leads to the very top: that is
    where pytest looks for its own configuration too.
    """
    folders = [folder, *folder.parents]
    tops = [folders.index(root) for root in _roots(config) if root in folders]
    return [each / name for each in (folders[: max(tops) + 1] if tops else folders) for name in FILES]


def everywhere(config: pytest.Config) -> Iterable[Path]:
    """Every place of a table's file above anything that the run is about."""
    folders = [config.invocation_params.dir, config.rootpath, *starts(config)]
    return dict.fromkeys(place for folder in folders for place in above(config, folder))


def _roots(config: pytest.Config) -> list[Path]:
    roots = [config.rootpath, config.invocation_params.dir]
    return roots if config.inipath is None else [*roots, config.inipath.parent]
