"""What the command line's arguments name, and whether they lead pytest to a table's file."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import pytest

from pytest_flopbudget.plugin.places import parts


def paths_are_named(config: pytest.Config, parser: pytest.Parser) -> bool:
    """Whether the command line itself names paths.

    ``addopts = "tests"`` and PYTEST_ADDOPTS are habits, not a choice for this run; pytest's ``args_source`` does not
    tell them from it, so the invocation's own arguments are parsed once more.
    """
    if config.args_source is not config.ArgsSource.ARGS:
        return False
    try:
        known, unknown = parser.parse_known_and_unknown_args(config.invocation_params.args)
    except pytest.UsageError:
        # An option that some plugin requires stands in addopts only: be careful, and take paths as named.
        return True
    # Before pytest 9 a path that follows an option arrives among the unknown.
    return bool(known.file_or_dir) or any(not argument.startswith("-") for argument in unknown)


def names_asked(config: pytest.Config, path: Path) -> list[tuple[str, ...]]:
    """What the arguments name in a file: ``("net", "R96")`` of ``pyproject.toml::net::R96``, ``()`` of the file."""
    return [names for base, names in (parts(config, argument) for argument in config.args) if base == path]


def coming_by(config: pytest.Config, path: Path) -> tuple[bool, bool]:
    """Whether the arguments lead pytest to a file, and whether it loses the file again on the way.

    Before version 9, pytest drops a folder beside something in it: of ``. tests`` it collects ``tests``.
    """
    asked = [parts(config, argument) for argument in config.args]
    if any(base == path and not names for base, names in asked):
        return True, False
    bases = [base for base, _ in asked]
    above = [base for base in bases if base in path.parents]
    lost = [base for base in above if any(base in other.parents for other in bases)]
    return bool(above), bool(above) and len(lost) == len(above)


def is_ignored(config: pytest.Config, path: Path) -> bool:
    """Whether pytest passes a file by, or a folder on the way to it, as ``--ignore`` and ``norecursedirs`` say."""
    bases = {parts(config, argument)[0] for argument in config.args}
    below = takewhile(lambda folder: folder not in bases and config.rootpath in folder.parents, path.parents)
    return any(config.hook.pytest_ignore_collect(collection_path=each, config=config) for each in (path, *below))
