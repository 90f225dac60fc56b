"""A Python that has torch imported already, for tests that run a program in a process of its own.

Most of what such a test took was importing torch, two seconds each time. Here one process imports it and then waits;
what is asked of the interpreter that ``warm_python`` gives is done by a fork of that process. Tests of what is
imported, and of how Python starts, take ``sys.executable`` as it is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
# Where a process cannot be forked, or this is set to "1", each process imports torch for itself.
IS_COLD = not hasattr(os, "fork") or os.environ.get("FLOPBUDGET_COLD") == "1"

_CLIENT = """\
#!{python} -IS
import sys
sys.path.insert(0, {here!r})
from warm_client import main
main({address!r})
"""


@contextmanager
def warm_python() -> Iterator[str]:
    """The path of an interpreter: it takes ``-c``, ``-m`` or a file, and before them ``-u``, ``-B`` and ``-W``."""
    if IS_COLD:
        yield sys.executable
        return
    # A socket's path may have no more than about 100 characters: pytest's own folders are too deep.
    with tempfile.TemporaryDirectory(prefix="warm-") as folder:
        address, interpreter = Path(folder) / "socket", Path(folder) / "python"
        interpreter.write_text(
            _CLIENT.format(python=sys.executable, here=str(HERE), address=str(address)), encoding="utf-8"
        )
        interpreter.chmod(0o755)
        command = [sys.executable, str(HERE / "warm_server.py"), str(address)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        ) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            assert server.stdout.readline() == b"ready\n"
            yield str(interpreter)
            # The server ends with its standard input, also if this process is killed.
            server.stdin.close()
