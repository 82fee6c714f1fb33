"""A folder of artifacts that goes away under a running server and comes back, and one for uploads that is swept."""

import shutil
import urllib.error
import urllib.request

import pytest

from app.artifacts.paths import PRIVATE_FOLDER, ROOT_MARKER
from tests.support.servers import live_greenroom

FILES = "/api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with live_greenroom(tmp_path_factory.mktemp("root") / "instance", "--workers", "1") as server:
        assert put(server, "before")[0] == 200
        yield server


def send(server, path, method="GET", data=None):
    request = urllib.request.Request(f"{server.url}{path}", data=data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode().strip()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def put(server, name, size=20):
    return send(server, f"{FILES}/0/run/artifacts/{name}", "PUT", b"x" * size)


@pytest.mark.parametrize("gone", ["removed", "unmounted"])
def test_a_root_that_goes_away_is_not_filled_and_works_again_once_it_is_back(server, tmp_path, gone):
    root = server.log.parent / "artifacts"
    root.rename(tmp_path / "kept")
    if gone == "unmounted":
        root.mkdir()
    for answer in (
        put(server, "during"),
        put(server, "during", 2_000_000),
        send(server, f"{FILES}/0/run/artifacts/before"),
        send(server, f"{FILES}?path=0/run"),
    ):
        assert answer[0] == 503
        assert "as if its disk were not mounted" in answer[1]
    if gone == "unmounted":
        assert list(root.iterdir()) == []
        root.rmdir()
    assert not root.exists()
    (tmp_path / "kept").rename(root)
    assert send(server, f"{FILES}/0/run/artifacts/before") == (200, "x" * 20)
    assert put(server, f"after-{gone}")[0] == 200


def test_a_folder_for_uploads_that_is_swept_away_is_made_anew(server):
    root = server.log.parent / "artifacts"
    shutil.rmtree(root / PRIVATE_FOLDER)
    assert put(server, "swept")[0] == 200
    assert put(server, "swept-large", 2_000_000)[0] == 200
    assert (root / PRIVATE_FOLDER).is_dir()


def test_nobody_reads_lists_or_replaces_the_mark(server):
    root = server.log.parent / "artifacts"
    mark = (root / ROOT_MARKER).read_text()
    for name in (ROOT_MARKER, ROOT_MARKER.upper(), "%2Egreenroom-root", f"0/../{ROOT_MARKER}"):
        assert send(server, f"{FILES}/{name}", "PUT", b"mine")[0] == 400
        assert send(server, f"{FILES}/{name}")[0] == 400
        assert send(server, f"{FILES}/{name}", "DELETE")[0] == 400
    assert ROOT_MARKER not in send(server, f"{FILES}?path=")[1]
    assert (root / ROOT_MARKER).read_text() == mark
