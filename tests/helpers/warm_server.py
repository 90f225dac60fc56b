"""Imports torch, and then forks for every job that comes in by its socket."""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import warnings
from io import TextIOWrapper
from pathlib import Path
from types import CodeType, ModuleType

# What any process of these tests imports, and nothing that knows of this project or of its plugins.
IMPORTED = ("torch", "numpy", "pytest")


def serve(address: str) -> None:
    """Take jobs until standard input ends; returns in a fork that has become a job."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        # Nobody waits for those that watch over a job.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
            client = listening.accept()[0]
            if _fork() == 0:
                listening.close()
                _watch_over(client)
                return
            client.close()
    os._exit(0)


def _fork() -> int:
    with warnings.catch_warnings():
        # Python 3.12 warns of threads: those of numpy's library, which are ready for a fork.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _watch_over(client: socket.socket) -> None:
    """Fork once more, and tell the client how the job ended; returns in the job itself."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, descriptors, _, _ = socket.recv_fds(client, 1, 4)
    with client.makefile("rb") as lines:
        job = json.loads(lines.readline())
    ended, held_by_job = os.pipe()
    pid = _fork()
    if pid == 0:
        client.close()
        os.close(ended)
        _become(job, descriptors)
        return
    for descriptor in (*descriptors, held_by_job):
        os.close(descriptor)
    if client.fileno() in select.select([client.fileno(), ended], [], [])[0]:
        os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with client:
        client.sendall(f"{code}\n".encode())
    os._exit(0)


def _become(job: dict[str, object], descriptors: list[int]) -> None:
    environment, arguments = job["environment"], job["arguments"]
    assert isinstance(environment, dict)
    assert isinstance(arguments, list)
    *streams, folder = descriptors
    os.fchdir(folder)
    for standard, given in enumerate(streams):
        os.dup2(given, standard)
    for given in descriptors:
        os.close(given)
    os.environ.clear()
    os.environ.update(environment)
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "utf-8").partition(":")
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        assert isinstance(stream, TextIOWrapper)
        stream.reconfigure(
            encoding=encoding,
            errors="backslashreplace" if stream is sys.stderr else errors or "strict",
            line_buffering=stream is sys.stderr or stream.isatty(),
        )
    sys.dont_write_bytecode = "PYTHONDONTWRITEBYTECODE" in os.environ
    # The folder of this script stands first, as that of any script.
    sys.path[:1] = [str(Path(each).absolute()) for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    sys.executable, *sys.argv = arguments


def _run() -> None:
    """Do what the command line says, as Python does."""
    while sys.argv[0] in ("-u", "-B", "-W"):
        option = sys.argv.pop(0)
        if option == "-B":
            sys.dont_write_bytecode = True
        elif option == "-W":
            assert sys.argv.pop(0) == "error"
            sys.warnoptions.append("error")
            warnings.simplefilter("error")
    if sys.argv[0].startswith("-m"):
        name = sys.argv.pop(0).removeprefix("-m") or sys.argv.pop(0)
        sys.path.insert(0, str(Path.cwd()))
        sys.argv.insert(0, "-m")
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    elif sys.argv[0] == "-c":
        code = compile(sys.argv.pop(1), "<string>", "exec")
        sys.path.insert(0, "")
        _run_as_main(code)
    else:
        sys.path.insert(0, str(Path(sys.argv[0]).resolve().parent))
        runpy.run_path(sys.argv[0], run_name="__main__")


def _run_as_main(code: CodeType) -> None:
    main = ModuleType("__main__")
    sys.modules["__main__"] = main
    exec(code, vars(main))


def _end(error: BaseException | None) -> None:
    """End as Python does, but leave all that was imported where it is: taking it down would copy it first."""
    code = error.code if isinstance(error, SystemExit) else 1 if error else 0
    if error is not None and not isinstance(error, SystemExit):
        sys.excepthook(type(error), error, error.__traceback__)
    elif isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1 if isinstance(code, str) else int(code or 0))


if __name__ == "__main__":
    for name in IMPORTED:
        importlib.import_module(name)
    # Looking for garbage in a fork would copy all that was imported.
    gc.freeze()
    serve(sys.argv[1])
    try:
        _run()
    except BaseException as error:
        _end(error)
    _end(None)
