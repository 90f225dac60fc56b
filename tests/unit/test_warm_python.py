"""The interpreter that the tests' processes share does what Python does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import warm_python

Started = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.skipif(warm_python.IS_COLD, reason="every process imports torch for itself")


@pytest.fixture(params=["warm", "cold"])
def start(request: pytest.FixtureRequest, interpreter: str) -> Started:
    """Run the interpreter, and Python itself."""
    python = interpreter if request.param == "warm" else sys.executable
    return lambda *args, **how: subprocess.run([python, *args], capture_output=True, text=True, check=False, **how)


def test_streams_arguments_and_surroundings(start: Started, tmp_path: Path) -> None:
    code = (
        "import os, sys; print(input(), sys.argv, os.getcwd(), os.environ['HERE'], __name__);"
        "print('é', sys.flags.ignore_environment, os.path.abspath('lib') in sys.path, file=sys.stderr); sys.exit(7)"
    )
    surroundings = {"HERE": "x", "PYTHONPATH": "lib" + os.pathsep, "PYTHONIOENCODING": "latin-1"}
    done = start("-u", "-c", code, "-m", "a b", cwd=tmp_path, input="given\n", env=surroundings, encoding="latin-1")

    assert (done.returncode, done.stderr) == (7, "é 0 True\n")
    assert done.stdout == f"given ['-c', '-m', 'a b'] {tmp_path} x __main__\n"


def test_a_module_and_a_file(start: Started, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("import sys; print(__name__, *sys.argv[1:])", encoding="utf-8")
    (tmp_path / "script.py").write_text("import beside", encoding="utf-8")

    assert start("-m", "beside", "a", cwd=tmp_path).stdout == "__main__ a\n"
    assert start("-mbeside", cwd=tmp_path).stdout == "__main__\n"
    assert start(str(tmp_path / "script.py"), "b").stdout == "beside b\n"


@pytest.mark.parametrize(
    ("code", "exit_code", "last"),
    [
        ("import sys; sys.exit('no')", 1, "no"),
        ("raise ValueError('no')", 1, "ValueError: no"),
        ("import warnings; warnings.warn('old')", 1, "UserWarning: old"),
        ("import atexit; atexit.register(print, 'last')", 0, "last"),
        ("import os; os.abort()", -signal.SIGABRT, ""),
    ],
)
def test_how_it_ends(start: Started, code: str, exit_code: int, last: str) -> None:
    done = start("-W", "error", "-c", code)

    assert done.returncode == exit_code
    assert (done.stdout + done.stderr).splitlines()[-1:] == ([last] if last else [])


def test_it_ends_with_who_asked(interpreter: str, tmp_path: Path) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    code = (
        f"held = open({str(held)!r}, 'w'); held.write('x'); held.flush(); import time; time.sleep(20); held.write('y')"
    )
    with subprocess.Popen([interpreter, "-c", code]) as asked, held.open(encoding="utf-8") as reading:
        assert reading.read(1) == "x"
        asked.kill()
        # The end of the file comes when nobody holds it open any more: it was never written to again.
        assert reading.read() == ""


def test_torch_is_there(interpreter: str) -> None:
    code = "import sys; print('torch' in sys.modules, 'pytest_flopbudget' in sys.modules)"

    assert subprocess.check_output([interpreter, "-c", code], text=True) == "True False\n"
