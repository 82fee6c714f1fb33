"""`greenroom serve`: what it says, what it refuses, and that it lets running requests finish."""

import json
import re
import signal
import socket
import stat
import statistics
import time

import pytest
import requests
from click.testing import CliRunner

from app.cli import main
from tests.support.servers import live_greenroom

CREATE = "/api/2.0/mlflow/registered-models/create"


@pytest.fixture
def greenroom(tmp_path, monkeypatch):
    """Run the command in this process on an instance of the test's own."""
    monkeypatch.setenv("GREENROOM_INSTANCE", str(tmp_path / "instance"))
    # serve must have ended before it comes to this; a test that expects otherwise would never end.
    monkeypatch.setattr("app.server.gunicorn_app.become_server", lambda _options: pytest.fail("it served"))
    return lambda *words: CliRunner().invoke(main, words)


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    with live_greenroom(tmp_path_factory.mktemp("live") / "instance", "--workers", "1") as server:
        yield server


def only_a_sentence(result, code: int) -> str:
    """The one line on standard error of a command that ended with `code`."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert re.fullmatch(r"Error: .+\.", line)
    return line


def test_it_says_where_to_go_and_the_two_lines_that_a_client_needs(live):
    said = live.output()

    assert f"is ready at {live.url}\n" in said
    assert f"    pip install mlflow\n    export MLFLOW_TRACKING_URI={live.url}\n" in said
    assert "no accounts" in said


def test_nothing_but_the_greeting_is_written_while_all_is_well(live):
    requests.get(f"{live.url}/health", timeout=30)

    assert "gunicorn" not in live.output()
    assert "/health" not in live.output()


def test_an_embedded_database_needs_no_upgrade_by_hand(live):
    answer = requests.post(f"{live.url}{CREATE}", json={"name": "first"}, timeout=30)

    assert answer.status_code == 200


def test_what_it_makes_is_its_owners_alone(live):
    instance = live.log.parent
    made = [path for path in instance.rglob("*") if path != live.log]

    assert {"greenroom.db", "artifacts", "secret_key"} <= {path.name for path in made}
    assert [path for path in made if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_a_kept_connection_is_answered_without_waiting_for_acknowledgements(live):
    """Nagle's algorithm and delayed acknowledgement together cost 40 ms a call; an answer takes about 1."""
    with requests.Session() as session:
        times = []
        for _ in range(30):
            began = time.perf_counter()
            assert session.get(f"{live.url}/version", timeout=30).status_code == 200
            times.append(time.perf_counter() - began)

    assert statistics.median(times) < 0.030


def test_a_long_address_is_read(live):
    """A search carries its filter in the address, which gunicorn by itself cuts off at 4 KB."""
    answer = requests.get(f"{live.url}/health", params={"filter": "x" * 30_000}, timeout=30)

    assert answer.status_code == 200


def test_no_header_of_a_request_moves_it_to_another_path(live):
    answer = requests.get(
        f"{live.url}/health", headers={"SCRIPT_NAME": "/health", "PATH_INFO": "/"}, timeout=30
    )

    assert answer.text == "OK"


def test_a_request_that_runs_at_sigterm_is_finished(tmp_path):
    body = json.dumps({"name": "in flight"}).encode()
    with live_greenroom(tmp_path / "instance", "--workers", "1") as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
            head = (
                f"POST {CREATE} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
            )
            client.sendall(head.encode())
            assert client.recv(100).startswith(b"HTTP/1.1 100")  # the request runs, waiting for its body
            server.process.send_signal(signal.SIGTERM)
            client.sendall(body)
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200"), answer
        assert b"in flight" in answer
        assert server.process.wait(timeout=30) == 0


def test_an_address_that_others_can_reach_is_refused_without_the_flag(greenroom):
    sentence = only_a_sentence(greenroom("serve", "--host", "0.0.0.0", "--port", "0"), 2)

    assert "--without-accounts" in sentence


def test_a_port_in_use_is_said_in_a_sentence(greenroom):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        sentence = only_a_sentence(greenroom("serve", "--port", str(taken.getsockname()[1])), 2)

    assert "is in use" in sentence
    assert "--port" in sentence


def test_an_address_of_another_machine_is_said_in_a_sentence(greenroom):
    only_a_sentence(greenroom("serve", "--host", "192.0.2.1", "--port", "0", "--without-accounts"), 2)


def test_a_name_of_no_machine_is_said_in_a_sentence(greenroom):
    only_a_sentence(greenroom("serve", "--host", "no such name", "--port", "0"), 2)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GREENROOM_INSTANCE", "/dev/null/x"),
        ("GREENROOM_ARTIFACTS_URL", "s3://bucket"),
        ("GREENROOM_DATABASE_URL", "mysql://host/x"),
        ("GREENROOM_DATABASE_URL", "sqlite:////dev/null/x.db"),
        ("GREENROOM_DATABASE_URL", "postgresql://user@127.0.0.1:1/x"),
    ],
)
def test_an_unusable_setting_is_named_in_a_sentence(greenroom, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)

    assert variable in only_a_sentence(greenroom("serve", "--port", "0"), 1)


def test_a_database_that_cannot_be_reached_is_named_without_its_password(greenroom, monkeypatch):
    monkeypatch.setenv("GREENROOM_DATABASE_URL", "postgresql://user:hidden@127.0.0.1:1/x")

    assert "hidden" not in only_a_sentence(greenroom("serve", "--port", "0"), 1)


def test_a_file_that_is_no_database_is_left_as_it_is(greenroom, tmp_path, monkeypatch):
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear all,\n" * 200)
    monkeypatch.setenv("GREENROOM_DATABASE_URL", f"sqlite:///{letter}")

    only_a_sentence(greenroom("serve", "--port", "0"), 1)
    assert letter.read_text() == "Dear all,\n" * 200


@pytest.mark.parametrize(
    "words", [(), ("serve",), ("db",), ("db", "upgrade"), ("db", "current"), ("db", "check")]
)
def test_every_command_explains_itself(greenroom, words):
    result = greenroom(*words, "--help")

    assert result.exit_code == 0
    assert len(result.output.split("\n\n")[1].split()) >= 5  # a sentence, not a word
    assert max(map(len, result.output.splitlines())) <= 100


def test_its_version_is_told(greenroom):
    assert re.fullmatch(r"greenroom \d+\.\d+\.\d+\S*\n", greenroom("--version").output)
