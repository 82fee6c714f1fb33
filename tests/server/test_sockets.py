"""The address that a server listens on, and the names it goes by."""

import socket

import pytest

from app.server import gunicorn_app, sockets
from app.settings.settings import Settings


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.9.10"])
def test_a_loopback_address_is_for_this_machine_only(host):
    assert sockets.is_loopback(sockets.resolve(host, 0))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "fe80::1", "::ffff:192.0.2.1"])
def test_every_other_address_is_not(host):
    assert not sockets.is_loopback(sockets.resolve(host, 0))


def test_a_connection_sends_small_pieces_at_once():
    (address,) = sockets.resolve("127.0.0.1", 0)
    with sockets.listen(*address) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        with accepted, client:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"), ("0.0.0.0", "127.0.0.1")],
)
def test_the_address_shown_can_be_typed_into_a_browser(host, shown):
    with sockets.listen(*sockets.resolve("127.0.0.1", 0)[0]) as server:
        assert sockets.url(server, host) == f"http://{shown}:{server.getsockname()[1]}"


def test_a_server_goes_by_the_name_it_was_told_to_listen_on():
    settings = Settings.from_environ()

    assert gunicorn_app.known_as("models.example.com", settings).allowed_hosts == {"models.example.com"}
