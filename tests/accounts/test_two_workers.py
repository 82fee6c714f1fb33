"""Two processes serve one team: what is taken away from somebody counts on both from the next request on."""

import base64
import contextlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from app.accounts import accounts, groups, tokens
from app.authz.actors import LOCAL_USER
from app.authz.levels import Level
from app.db.transactions import transaction
from app.registry import models
from app.sharing import grants
from tests.factories.accounts import PASSWORD
from tests.support.applications import start_app
from tests.support.servers import LiveServer, live_greenroom

SEARCH = "/api/2.0/mlflow/registered-models/search"


class Served(NamedTuple):
    """A server, a connection to each of its two processes, and a way to do something beside it, as a third."""

    connections: list[HTTPConnection]
    do: Callable
    bearer: str

    def answers(self, authorization: str) -> set[tuple[int, str]]:
        """What the same call gets from either process: the statuses and the names of models."""
        found = set()
        for connection in self.connections:
            connection.request("GET", SEARCH, headers={"Authorization": authorization})
            answer = connection.getresponse()
            body = json.loads(answer.read())
            names = [one["name"] for one in body.get("registered_models", [])]
            found.add((answer.status, " ".join(names)))
        return found


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def one_to_each(server: LiveServer) -> list[HTTPConnection]:
    """A connection that is kept open to each process; which one takes a new one is for the kernel to say."""
    pid = server.process.pid
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert len(workers) == 2
    found: dict[str, HTTPConnection] = {}
    with ThreadPoolExecutor(8) as pool:
        for _ in range(100):
            # Several at once: while one process is at work, the other one takes what comes.
            for connection in pool.map(lambda _: connected(server), range(8)):
                found.setdefault(worker_of(connection, server.port, workers), connection)
            if len(found) == 2:
                return list(found.values())
    raise AssertionError(f"only {found.keys()} of {workers} ever answered")


def connected(server: LiveServer) -> HTTPConnection:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/health")
    assert connection.getresponse().read()
    return connection


def worker_of(connection: HTTPConnection, port: int, workers: list[str]) -> str:
    """The process that holds the other end."""
    ends = [f":{port:04X}", f":{connection.sock.getsockname()[1]:04X}"]
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _number, local, remote, *_rest, inode = line.split()[:10]
        if [local[-5:], remote[-5:]] == ends:
            for worker in workers:
                if any(held(file) == f"socket:[{inode}]" for file in Path(f"/proc/{worker}/fd").iterdir()):
                    return worker
    raise AssertionError("nobody holds the other end")


def held(file: Path) -> str:
    with contextlib.suppress(FileNotFoundError):  # closed in between
        return str(file.readlink())
    return ""


def beside(instance, database_url: str) -> Callable:
    """A way to call verbs in a process that is none of the server's."""
    app = start_app(instance, database_url)

    def do(verb, *arguments, **values):
        with app.app_context(), transaction():
            return verb(*arguments, **values, actor=LOCAL_USER)

    return do


@pytest.fixture
def served(app) -> Iterator[Served]:
    """anna signs in with a password, a token or a session, and reads `churn` as one of a group."""
    do = beside(app.settings.instance, app.settings.database_url)
    do(accounts.create, "root", is_admin=True)
    anna = do(accounts.create, "anna", password=PASSWORD)
    do(models.create, "churn")
    do(groups.create, "risk")
    do(groups.add, "risk", "anna")
    do(lambda actor: grants.set_on_model("churn", grants.principal_of_group("risk"), Level.READ, actor=actor))
    _row, secret = do(tokens.create, anna.id, "ci")
    url = app.settings.database_url
    with live_greenroom(app.settings.instance, "--workers", "2", GREENROOM_DATABASE_URL=url) as server:
        yield Served(one_to_each(server), do, f"Bearer {secret}")


def test_what_is_taken_away_counts_on_both_from_the_next_request_on(served):
    by_password, by_token = basic("anna", PASSWORD), served.bearer
    for way in (by_password, by_token):  # both remember by now that the password is right
        assert served.answers(way) == {(200, "churn")}

    served.do(groups.remove, "risk", "anna")
    for way in (by_password, by_token):
        assert served.answers(way) == {(200, "")}
    served.do(groups.add, "risk", "anna")
    assert served.answers(by_token) == {(200, "churn")}

    served.do(accounts.disable, "anna")
    for way in (by_password, by_token):
        assert {status for status, _ in served.answers(way)} == {401}
    served.do(accounts.enable, "anna")
    assert served.answers(by_token) == {(200, "churn")}

    [row] = served.do(lambda actor: tokens.of_account(accounts.find("anna").id))
    served.do(tokens.revoke, row.id)
    assert served.answers(by_token) == {(401, "")}


def test_a_changed_password_is_another_on_both(served):
    assert served.answers(basic("anna", PASSWORD)) == {(200, "churn")}
    served.do(accounts.set_password, "anna", "another fine long one")

    assert served.answers(basic("anna", "another fine long one")) == {(200, "churn")}
    assert {status for status, _ in served.answers(basic("anna", PASSWORD))} == {401}


def test_the_files_of_an_instance_are_its_owners_alone(tmp_path):
    """Whatever the shell that starts it lets others read."""
    instance, before = tmp_path / "instance", os.umask(0o022)
    try:
        with live_greenroom(instance, "--workers", "1") as server:
            calls = f"{server.url}/api/2.0/mlflow"
            experiment = requests.post(f"{calls}/experiments/create", json={"name": "x"}, timeout=30).json()
            place = f"{server.url}/api/2.0/mlflow-artifacts"
            folder = f"{experiment['experiment_id']}/{'a' * 32}/artifacts"
            assert (
                requests.put(f"{place}/artifacts/{folder}/m/MLmodel", data=b"x", timeout=30).status_code
                == 200
            )
            begun = requests.post(
                f"{place}/mpu/create/{folder}", json={"path": "big", "num_parts": 1}, timeout=30
            )
            part = begun.json()["credentials"][0]
            sent = requests.put(part["url"], data=b"part", headers=part["headers"], timeout=30)
            assert sent.status_code == 200, sent.text
            files = {
                path for path in instance.rglob("*") if path.name != "serve.log"
            }  # that one is the test's
            wrong = [
                f"{path.relative_to(instance)}: {mode:o}"
                for path in files
                if (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077
            ]
    finally:
        os.umask(before)
    assert {path.name for path in files} >= {"secret_key", "greenroom.db", "greenroom.db-wal", "MLmodel"}
    assert not wrong
