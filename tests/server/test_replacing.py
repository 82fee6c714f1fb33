"""Stopping, replacing and killing a live server, under load: no connection is lost, and the port is free at once."""

import http.client
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

from tests.support.servers import GREENROOM, ROOT, clean_environment, live_greenroom

UPLOAD = "/api/2.0/mlflow-artifacts/artifacts/0/run/artifacts/model.bin"
PATH = "/api/2.0/mlflow/experiments/get?experiment_id=0"


class Hammer:
    """Clients with kept connections and with a new one for each request, and what went wrong for them."""

    def __init__(self, port: int):
        self._port, self._ends, self.errors, self.answers = port, threading.Event(), [], 0
        self._threads = [
            threading.Thread(target=self._send, args=(kept,)) for kept in (True, True, False, False)
        ]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self._ends.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _send(self, kept):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        while not self._ends.is_set():
            try:
                connection.request("GET", PATH)
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.errors.append(answer.status)
                self.answers += 1
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(repr(error))
                connection.close()
            if not kept:
                connection.close()
            time.sleep(0.01)
        connection.close()


def workers(server):
    done = subprocess.run(
        ["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True, check=False
    )
    return {int(pid) for pid in done.stdout.split()}


def until(condition, seconds=40):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def can_connect(port):
    with socket.socket() as sock:
        sock.settimeout(5)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def begin_upload(port, size):
    """Sends the head and half of an upload; the open connection."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=30)
    head = f"PUT {UPLOAD} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n"
    sock.sendall(head.encode() + b"x" * (size // 2))
    return sock


def test_replacing_the_workers_loses_no_connection(tmp_path):
    with live_greenroom(tmp_path / "instance", "--workers", "2") as server:
        before = workers(server)
        with Hammer(server.port) as hammer:
            time.sleep(0.5)
            server.process.send_signal(signal.SIGHUP)
            until(lambda: len(workers(server)) == 2 and not workers(server) & before)
            time.sleep(0.5)
        assert hammer.errors == []
        assert hammer.answers > 50


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGKILL])
def test_the_port_is_free_at_once(tmp_path, sig):
    """While the upload of before is finished, where the server is not killed."""
    with live_greenroom(tmp_path / "instance", "--workers", "2") as server:
        upload = begin_upload(server.port, 4_000_000)
        time.sleep(0.3)
        began = time.monotonic()
        server.process.send_signal(sig)
        until(lambda: not can_connect(server.port), 3)
        with live_greenroom(tmp_path / "other", "--workers", "1", "--port", str(server.port)):
            assert time.monotonic() - began < 20
            if sig == signal.SIGTERM:
                upload.sendall(b"x" * 2_000_000)
                assert upload.recv(1000).startswith(b"HTTP/1.1 200")
        upload.close()


def test_a_socket_of_systemd_has_no_gap_between_two_servers(tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        port = listener.getsockname()[1]
        first = activated(tmp_path, listener)
        second = None
        try:
            until(lambda: "is ready" in (tmp_path / "serve.log").read_text())
            with Hammer(port) as hammer:
                time.sleep(0.3)
                second = activated(tmp_path, listener)
                until(lambda: (tmp_path / "serve.log").read_text().count("is ready") == 2)
                first.send_signal(signal.SIGTERM)
                assert first.wait(30) == 0
                time.sleep(0.3)
            assert hammer.errors == []
        finally:
            for process in (first, second):
                if process is not None and process.poll() is None:
                    process.terminate()
                    process.wait(30)


def activated(folder, listener):
    """A server that is given the socket as systemd gives it: descriptor 3, and who it is for."""
    script = 'exec 3<&"$0"; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"'
    with (folder / "serve.log").open("ab") as log:
        return subprocess.Popen(
            ["bash", "-c", script, str(listener.fileno()), str(GREENROOM), "serve", "--workers", "1"],
            env=clean_environment(GREENROOM_INSTANCE=str(folder / "instance")),
            pass_fds=[listener.fileno()],
            stdout=log,
            stderr=log,
        )


def test_workers_of_other_code_do_not_start(tmp_path):
    package = tmp_path / "site"
    package.mkdir()
    for name in ("app", "templates", "static"):
        subprocess.run(["cp", "-r", str(ROOT / name), str(package / name)], check=True)
    with live_greenroom(tmp_path / "instance", "--workers", "1", PYTHONPATH=str(package)) as server:
        before = workers(server)
        with (package / "app" / "factory.py").open("a") as file:
            file.write("\n# changed\n")
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "would mix old and new code" in server.output())
        time.sleep(1)
        assert workers(server) == before
        assert can_connect(server.port)
        [worker] = before
        os.kill(worker, signal.SIGKILL)
        assert server.process.wait(30) == 1
