"""The address a server listens on: which ones are refused, and a socket that is bound exactly once."""

import errno
import ipaddress
import os
import socket
from collections.abc import MutableMapping

FIRST_INHERITED = 3  # sd_listen_fds(3)


class AddressRefused(Exception):
    """An address that cannot be listened on; the message is one sentence that names the option."""


def resolve(host: str, port: int) -> list[tuple]:
    """Returns the socket addresses that `host` stands for, IPv4 first. Raises `AddressRefused` for an unknown name."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise AddressRefused(f"--host {host} is neither an address nor a known name.") from error
    return sorted({(family, address) for family, _, _, _, address in found})


def is_loopback(addresses: list[tuple]) -> bool:
    """Tells whether only programs on this machine can reach every one of `addresses`."""
    return all(ipaddress.ip_address(address[0].partition("%")[0]).is_loopback for _, address in addresses)


def listen(family: socket.AddressFamily, address: tuple) -> socket.socket:
    """Returns a listening socket at `address`; accepted connections inherit its options.

    TCP_NODELAY: an answer leaves at once instead of waiting, up to 40 ms, for the client to acknowledge
    the piece before it. Raises `AddressRefused` with the reason when the address cannot be had.
    """
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if family == socket.AF_INET6 and address[0] != "::":
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        sock.bind(address)
        sock.listen(2048)
    except OSError as error:
        sock.close()
        raise AddressRefused(_reason(error, address[0], address[1])) from error
    sock.set_inheritable(True)
    return sock


def inherited(environ: MutableMapping[str, str]) -> socket.socket | None:
    """Returns the socket that systemd listens on for us (socket activation); None where there is none.

    The variables are taken out, so that gunicorn does not take the socket a second time. Raises `AddressRefused`.
    """
    process, count = environ.pop("LISTEN_PID", ""), environ.pop("LISTEN_FDS", "")
    environ.pop("LISTEN_FDNAMES", None)
    if process != str(os.getpid()):
        return None
    if count != "1":
        raise AddressRefused(f"systemd passes {count} sockets on; give the socket unit one ListenStream.")
    sock = socket.socket(fileno=FIRST_INHERITED)
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or sock.type != socket.SOCK_STREAM:
        raise AddressRefused(
            "The socket from systemd is not one of TCP; give an address and port as ListenStream."
        )
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.set_inheritable(True)
    return sock


def _reason(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use by another program; choose another one with --port."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host} is not an address of this machine."
    if error.errno == errno.EACCES:
        return f"This user may not open port {port}; choose one above 1023 with --port."
    return f"{host} port {port} cannot be listened on: {error.strerror}."


def url(sock: socket.socket, host: str) -> str:
    """Returns the address to type into a browser on this machine; `host` is how the operator called it."""
    port = sock.getsockname()[1]
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    return f"http://{f'[{name}]' if ':' in name and not name.startswith('[') else name}:{port}"
