"""What a thread that builds a model may connect to, and what it is refused."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import pytest

from pytest_flopbudget.trace.network import NetworkRefusedError, no_network

ELSEWHERE = "192.0.2.1"  # of the addresses that are kept for documentation


def connected(host: str) -> object:
    with socket.socket() as plug:
        plug.connect((host, 80))
    return None


@pytest.mark.parametrize(
    ("ask", "name"),
    [
        pytest.param(lambda: connected(ELSEWHERE), ELSEWHERE, id="an address"),
        pytest.param(lambda: socket.getaddrinfo("models.invalid", 80), "models.invalid", id="a name"),
        pytest.param(lambda: socket.getaddrinfo(b"models.invalid", 80), "models.invalid", id="a name in bytes"),
    ],
)
def test_other_machines_are_refused(ask: Callable[[], object], name: str) -> None:
    with no_network() as asked, pytest.raises(NetworkRefusedError) as error:
        ask()
    assert str(error.value) == f"no network while a model is built for its budget (asked for {name})"
    assert asked == [name]


def test_this_machine_is_not() -> None:
    with socket.socket() as server, socket.socket() as plug, no_network() as asked:
        server.bind(("127.0.0.1", 0))
        server.listen()
        plug.connect(server.getsockname())
        assert plug.getpeername() == server.getsockname()
        assert socket.getaddrinfo(None, 80, type=socket.SOCK_STREAM, family=socket.AF_INET)[0][4] == ("127.0.0.1", 80)
        assert socket.getaddrinfo(b"127.0.0.1", 80, type=socket.SOCK_STREAM)[0][4] == ("127.0.0.1", 80)
    assert asked == []


def test_what_is_no_address_of_a_machine_is_the_sockets_to_judge() -> None:
    with (
        socket.socket() as plug,
        no_network() as asked,
        pytest.raises(TypeError, match="AF_INET address must be tuple"),
    ):
        plug.connect("models.invalid")
    assert asked == []


def test_other_threads_are_left_alone() -> None:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(socket.getaddrinfo(ELSEWHERE, 80)[0][4]))
    with no_network() as asked:
        thread.start()
        thread.join()
    assert found == [(ELSEWHERE, 80)]
    assert asked == []
