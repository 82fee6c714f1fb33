"""Bytes through the API by path: stored whole or not at all, sent back as they were, never as a page."""

import io

import pytest
from sqlalchemy import text
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from app.artifacts.paths import PRIVATE_FOLDER
from app.db.transactions import db
from tests.support.queries import connections_in_use, recorded_queries

BASE = "/api/2.0/mlflow-artifacts/artifacts"
PARTS = "/api/2.0/mlflow-artifacts/mpu"


def raw(app, method, path, data=b""):
    """The answer to a request whose path is exactly these bytes, as a server hands them on."""
    environ = EnvironBuilder(method=method, path="/", data=data).get_environ()
    environ["PATH_INFO"] = path.decode("latin-1")
    return Response.from_app(app, environ, buffered=True)


def put(client, path, data=b"hello"):
    answer = client.put(f"{BASE}/{path}", data=data)
    assert (answer.status_code, answer.data) == (200, b"")


def code(answer):
    assert answer.mimetype == "application/json"
    return answer.status_code, answer.json["error_code"]


def test_a_file_comes_back_as_it_was_sent(client):
    put(client, "0/run/artifacts/model.bin", bytes(range(256)) * 5000)
    answer = client.get(f"{BASE}/0/run/artifacts/model.bin")
    assert answer.status_code == 200
    assert answer.data == bytes(range(256)) * 5000
    assert answer.content_length == 1_280_000


def test_the_pages_prefix_reaches_the_same_files(client):
    put(client, "0/a.txt")
    assert client.get("/ajax-api/2.0/mlflow-artifacts/artifacts/0/a.txt").data == b"hello"


def test_a_folder_lists_names_relative_to_itself(client):
    put(client, "0/b.txt")
    put(client, "0/a/x.txt")
    put(client, "0/empty", b"")
    assert client.get(f"{BASE}?path=0").json == {
        "files": [
            {"path": "a", "is_dir": True},
            {"path": "b.txt", "is_dir": False, "file_size": 5},
            {"path": "empty", "is_dir": False, "file_size": 0},
        ]
    }
    assert client.get(BASE).json == {"files": [{"path": "0", "is_dir": True}]}
    for nothing in ("0/b.txt", "none", "0/a/x.txt/y"):
        assert client.get(f"{BASE}?path={nothing}").json == {}


def test_deleting_takes_files_and_folders_and_may_be_repeated(client):
    put(client, "0/a/b")
    for path in ("0/a/b", "0/none", "0", "0"):
        answer = client.delete(f"{BASE}/{path}")
        assert (answer.status_code, answer.json) == (200, {})
    assert client.get(BASE).json == {}


def test_what_is_not_there_or_no_file_says_so_in_json(client):
    put(client, "0/a/b")
    assert code(client.get(f"{BASE}/0/none")) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert code(client.get(f"{BASE}/0/a")) == (400, "INVALID_PARAMETER_VALUE")
    assert code(client.get(f"{BASE}/0/a/")) == (400, "INVALID_PARAMETER_VALUE")
    assert code(client.put(f"{BASE}/0/a", data=b"x")) == (400, "INVALID_PARAMETER_VALUE")
    assert code(client.put(f"{BASE}/0/a/b/c", data=b"x")) == (400, "INVALID_PARAMETER_VALUE")
    assert code(client.put(f"{BASE}/0/new/", data=b"x")) == (400, "INVALID_PARAMETER_VALUE")
    assert code(client.put(f"{BASE}/", data=b"x")) == (404, "ENDPOINT_NOT_FOUND")
    assert code(client.put(BASE, data=b"x")) == (405, "ENDPOINT_NOT_FOUND")
    assert code(client.post(f"{BASE}/0/c", data=b"x")) == (405, "ENDPOINT_NOT_FOUND")


BAD = [
    "..",
    "../x",
    "0/../x",
    "0/..",
    "0/./x",
    "0//x",
    "/etc/passwd",
    "//proc/self/root",
    "file:///etc",
    "C:/x",
    "C:",
    "..\\..\\x",
    "\\\\host\\share",
    "0/%2e%2e/x",
    "0/%252e%252e/x",
    "0/%25252e%25252e/x",
    "0/a%2f..%2fb",
    "0/a%00b",
    "0/a\x00b",
    "0/a%5cb",
    "0/\uff0e\uff0e/x",
    "0/\u2025/x",
    "0/a\nb",
    ".incoming/x",
    b"0/\xc0\xae\xc0\xae/x",
    "0/%c0%ae%c0%ae/x",
    "http:///?/../..",
    "x;/../..",
    "x#/../..",
    "x?/../..",
    "u@h:80/../x",
]


@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
@pytest.mark.parametrize("path", BAD)
def test_a_path_that_leads_elsewhere_is_refused_in_json_and_touches_nothing(app, method, path):
    answer = raw(app, method, f"{BASE}/".encode() + (path.encode() if isinstance(path, str) else path), b"x")
    assert code(answer) == (400, "INVALID_PARAMETER_VALUE")
    assert [entry.name for entry in app.settings.artifacts.iterdir()] in ([], [PRIVATE_FOLDER])


@pytest.mark.parametrize("path", [path for path in BAD if isinstance(path, str)])
def test_a_list_of_such_a_path_is_refused_as_well(client, path):
    assert code(client.get(BASE, query_string={"path": path})) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize(
    "name", ["a b", "ü", "a+b", "epoch:", "100%", "100%25?", "a%b", "a;b", "日本語", "...", "a:b"]
)
def test_an_odd_name_is_stored_listed_and_fetched_as_it_is(app, client, name):
    path = f"{BASE}/0/{name}".encode()
    assert raw(app, "PUT", path, b"odd").status_code == 200
    assert client.get(BASE, query_string={"path": "0"}).json["files"][0]["path"] == name
    assert raw(app, "GET", path).data == b"odd"
    assert raw(app, "DELETE", path).status_code == 200
    assert client.get(f"{BASE}?path=0").json == {}


@pytest.mark.parametrize("name", ["a#b", "x/#", "a%23b"])
def test_a_name_that_no_mlflow_client_can_list_is_not_stored(app, client, name):
    assert code(raw(app, "PUT", f"{BASE}/0/{name}".encode(), b"x")) == (400, "INVALID_PARAMETER_VALUE")
    assert client.get(f"{BASE}?path=0").json == {}
    begun = client.post(f"{PARTS}/create/0", json={"path": name, "num_parts": 0})
    assert code(begun) == (400, "INVALID_PARAMETER_VALUE")


def test_a_file_of_such_a_name_that_is_there_can_be_read_and_deleted(app, client):
    put(client, "0/a")
    (app.settings.artifacts / "0" / "a").rename(app.settings.artifacts / "0" / "a#b")
    assert client.get(f"{BASE}?path=0").json["files"][0]["path"] == "a#b"
    assert raw(app, "GET", f"{BASE}/0/a#b".encode()).data == b"hello"
    assert raw(app, "DELETE", f"{BASE}/0/a#b".encode()).status_code == 200
    assert client.get(f"{BASE}?path=0").json == {}


def test_a_link_in_the_artifact_folder_leads_nowhere(app, client, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_bytes(b"secret")
    put(client, "0/a")
    (app.settings.artifacts / "0" / "folder").symlink_to(secret)
    (app.settings.artifacts / "0" / "file").symlink_to(secret / "key")
    for path in ("0/file", "0/folder/key", "0/folder"):
        assert code(client.get(f"{BASE}/{path}")) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert [entry["path"] for entry in client.get(f"{BASE}?path=0").json["files"]] == ["a"]
    assert client.get(f"{BASE}?path=0/folder").json == {}
    assert code(client.put(f"{BASE}/0/folder/new", data=b"x")) == (400, "INVALID_PARAMETER_VALUE")
    assert client.delete(f"{BASE}/0/folder/key").status_code == 200
    assert client.delete(f"{BASE}/0").status_code == 200
    assert [(entry.name, entry.read_bytes()) for entry in secret.iterdir()] == [("key", b"secret")]


@pytest.mark.own_app
def test_no_database_connection_waits_while_bytes_come_in(app, client):
    def look_somebody_up():
        db.session.execute(text("SELECT 1"))

    class Body(io.BytesIO):
        """A body that looks at the pool of connections when its bytes are asked for."""

        in_use: set[int] = set()

        def readinto(self, buffer):
            self.in_use.add(connections_in_use())
            return super().readinto(buffer)

    app.before_request(look_somebody_up)
    body = Body(b"hello")
    answer = client.put(f"{BASE}/0/a", input_stream=body)
    assert answer.status_code == 200
    assert body.in_use == {0}


def test_reading_bytes_by_path_asks_the_database_nothing(app, client):
    put(client, "0/a")
    with recorded_queries(app) as statements:
        client.get(f"{BASE}/0/a")
    assert statements == []


def test_changing_bytes_asks_the_database_as_often_whatever_is_changed(app, client, database):
    """Whether a version holds them, before and at the step itself, the locks for that step, and their digest."""
    locks = 2 if database == "postgresql" else 1
    for path in ("0/a", "0/b/c/d/e/f"):
        with recorded_queries(app) as statements:
            put(client, path)
        assert len(statements) == 3 + locks
        with recorded_queries(app) as statements:
            client.delete(f"{BASE}/{path}")
        assert len(statements) == 2 + locks
