"""Load balancers and orchestrators: they ask by any name, and take every answer below 400 for a good one."""

import socket

import pytest

from tests.support.servers import live_greenroom, make_administrator

PROBES = {"/health": b"OK", "/livez": b"OK", "/ready": b"OK", "/version": b"0."}
HOSTS = [
    None,
    "",
    "greenroom.internal",
    "10.1.2.3:8080",
    "[fd00::1]:5000",
    "evil.example",
    "under_score",
    "not a host!",
]


@pytest.fixture(scope="module", params=["personal", "team"])
def live(request, tmp_path_factory):
    instance = tmp_path_factory.mktemp("live") / "instance"
    with live_greenroom(instance, "--workers", "1") as server:
        if request.param == "team":
            make_administrator(instance, "anna", "correct horse battery")
        yield server


def ask(live, path, host, method="GET", version="1.0"):
    """The status and the body of the answer to one request with that Host header, or with none."""
    named = "" if host is None else f"Host: {host}\r\n"
    head = f"{method} {path} HTTP/{version}\r\n{named}Connection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as sock:
        sock.sendall(head.encode())
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", PROBES)
def test_a_probe_is_answered_whatever_its_host(live, path, host):
    status, body = ask(live, path, host)
    assert (status, body[:2]) == (200, PROBES[path])
    assert ask(live, path, host, "HEAD") == (200, b"")


@pytest.mark.parametrize("host", ["evil.example", "greenroom.internal", "not a host!", "", None])
@pytest.mark.parametrize(
    "path", ["/", "/models", "/sign-in", "/static/js/greenroom.js", "/api/2.0/mlflow/runs/get"]
)
def test_nothing_else_is(live, path, host):
    status, body = ask(live, path, host)
    assert status in (400, 403)
    assert b"const " not in body


def test_a_probe_changes_nothing_for_other_sites(live):
    assert ask(live, "/health", "evil.example", "POST")[0] in (403, 405)


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz", "/status", "/nothing/at/all"])
def test_what_does_not_exist_is_no_good_answer(live, path):
    assert ask(live, path, "localhost")[0] == 404
    assert ask(live, path, "localhost", "HEAD")[0] == 404
