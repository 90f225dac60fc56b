"""The command ``flopbudget``: what the plugin does, asked from a shell.

It needs the extra ``cli``; without that it says so, and nothing here is imported before it is known to be there.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

_NEEDED = ("click", "rich", "tomlkit")
_USAGE = 2
_INTERRUPTED = 130


def main() -> int:
    """Run the command with the arguments of the process; what it returns is the exit code."""
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
