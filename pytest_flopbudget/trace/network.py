"""A model that is being built reaches for no network: a budget needs no weights."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any
from unittest import mock


class NetworkRefusedError(OSError):
    """The network was asked for where none is needed."""


@contextmanager
def no_network() -> Iterator[list[str]]:
    """Refuse this thread's connections to other machines.

    Yields:
        The hosts that were asked for, in order, filled while the context lasts.
    """
    thread = threading.get_ident()
    asked: list[str] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def refuse(host: object) -> None:
        if threading.get_ident() == thread and not _is_local(host):
            name = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
            asked.append(name)
            raise NetworkRefusedError(f"no network while a model is built for its budget (asked for {name})")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple):
            refuse(address[0])
        connect(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> object:
        refuse(host)
        return look_up(host, *args, **kwargs)

    with (
        mock.patch.object(socket.socket, "connect", guarded_connect),
        mock.patch.object(socket, "getaddrinfo", guarded_look_up),
    ):
        yield asked


def _is_local(host: object) -> bool:
    if host in (None, "", "localhost", b"localhost"):
        return True
    try:
        return ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False
