"""A real Valkey that tests can start, freeze and kill."""

from __future__ import annotations

import socket

import pytest

from rooms_store.testing.valkey_server import ValkeyServer


def pinged(server: ValkeyServer) -> bytes:
    """What the server says within a moment."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
        asked.settimeout(0.2)
        asked.connect(str(server.socket))
        asked.sendall(b"PING\r\n")
        return asked.recv(16)


def test_a_server_answers_at_once_and_leaves_nothing() -> None:
    """Its folder goes with it."""
    with ValkeyServer() as server:
        assert b"+PONG\r\n" == pinged(server)

    assert not server.folder.exists()


def test_a_frozen_server_takes_connections_and_answers_nothing() -> None:
    """The worst kind of dead: nobody is refused."""
    with ValkeyServer() as server:
        server.freeze()
        with pytest.raises(TimeoutError):
            pinged(server)
        server.thaw()

        assert b"+PONG\r\n" == pinged(server)


def test_a_killed_server_can_be_started_again_at_the_same_place() -> None:
    """As after a crash of its machine."""
    with ValkeyServer() as server:
        server.kill()
        server.kill()
        with pytest.raises(OSError, match="refused"):
            pinged(server)
        server.start()

        assert b"+PONG\r\n" == pinged(server)
