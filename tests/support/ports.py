"""Free ports for programs that cannot choose one themselves."""

import socket


def free_port() -> int:
    """A port nobody listens on at the moment; whoever asked should take it soon."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
