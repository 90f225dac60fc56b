"""The interpreter that ``warm_python`` gives: hands its arguments and descriptors on, and ends as the fork ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys


def main(address: str) -> None:
    """Have a fork do what this process is asked to do."""
    job = {"arguments": sys.argv, "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(address)
        socket.send_fds(server, [b"."], [0, 1, 2, os.open(".", os.O_RDONLY)])
        server.sendall(json.dumps(job).encode() + b"\n")
        with server.makefile("rb") as answers:
            code = int(answers.readline() or -signal.SIGKILL)
    if code < 0:
        os.kill(os.getpid(), -code)
    sys.exit(code)
