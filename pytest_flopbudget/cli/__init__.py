"""The command ``flopbudget``: what the plugin does, asked from a shell.

It needs the extra ``cli``; without that it says so, and nothing here is imported before it is known to be there.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

_NEEDED = ("click", "rich", "tomlkit")
_USAGE = 2
_INTERRUPTED = 130


def main() -> int:
    """Run the command with the arguments of the process; what it returns is the exit code."""
    # Where the shell has closed an output, as by >&-, what goes there is lost, and nothing else.
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    missing = next((name for name in _NEEDED if find_spec(name) is None), None)
    if missing is not None:
        sys.stderr.write(f"flopbudget needs {missing}: pip install 'pytest-flopbudget[cli]'\n")
        return _USAGE
    try:
        from pytest_flopbudget.cli.main import run
    except KeyboardInterrupt:
        # As early as that nothing else can tell it.
        sys.stderr.write("flopbudget: interrupted\n")
        return _INTERRUPTED
    return run(sys.argv[1:])
