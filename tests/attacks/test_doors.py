"""Attacks of other registries' histories, tried on every door of a live server that a team uses."""

import base64
import concurrent.futures
import http.client
import json
import re
import socket
import stat

import pytest

from tests.support.servers import live_greenroom, make_administrator

PASSWORD = "a long passphrase of root"
API, FILES = "/api/2.0/mlflow/", "/api/2.0/mlflow-artifacts/"
SECRET = b"not for anybody's eyes"


class Door:
    """Sends requests as they are given: no address is tidied up on the way."""

    def __init__(self, server):
        self.server = server
        self.basic = "Basic " + base64.b64encode(f"root:{PASSWORD}".encode()).decode()

    def send(self, method, path, body=None, *, signed=True, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if signed:
            sent.setdefault("Authorization", self.basic)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection.putrequest(method, path, skip_host="Host" in sent, skip_accept_encoding=True)
        for name, value in sent.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        assert answer.status < 500 or answer.status == 501, (method, path, answer.status, data[:300])
        return answer.status, data, answer

    def call(self, call, method="POST", /, **fields):
        return self.send(method, API + call, fields)

    def done(self, call, method="POST", /, **fields):
        status, data, _ = self.call(call, method, **fields)
        assert status == 200, data
        return json.loads(data)


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doors")
    (folder / "secret").write_bytes(SECRET)
    return folder / "instance"


@pytest.fixture(scope="module")
def door(instance):
    with live_greenroom(instance, "--workers", "2") as server:
        server.output()
    make_administrator(instance, "root", PASSWORD)
    with live_greenroom(instance, "--workers", "2") as server:
        yield Door(server)


OUT = [
    "../secret",
    "..%2fsecret",
    "%2e%2e/secret",
    "%2e%2e%2fsecret",
    "%252e%252e%252fsecret",
    "%25252e%25252e%25252fsecret",
    "..%5csecret",
    "..\\secret",
    "a/../../secret",
    "a/..;/../secret",
    "%00/../secret",
    "a%00",
    "%c0%ae%c0%ae/secret",
    "%ef%bc%8e%ef%bc%8e/secret",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "file:///etc/passwd",
    "file:%2f%2f%2fetc%2fpasswd",
    "C:/windows/win.ini",
    "a/./../../secret",
    ".incoming/x",
    ".%69ncoming/x",
    ".greenroom-root",
]


@pytest.mark.parametrize("path", OUT)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_no_path_leads_out_of_the_artifacts(door, instance, method, path):
    body = b"overwritten" if method == "PUT" else None
    before = sorted(instance.parent.iterdir())
    status, data, _ = door.send(method, f"{FILES}artifacts/{path}", body)
    assert status in (400, 403, 404), (status, data)
    assert SECRET not in data and b"root:" not in data
    assert (instance.parent / "secret").read_bytes() == SECRET
    assert sorted(instance.parent.iterdir()) == before
    assert not (instance / "secret").exists()


@pytest.mark.parametrize("path", OUT)
def test_no_upload_in_parts_leads_out_either(door, instance, path):
    status, data, _ = door.send("POST", f"{FILES}mpu/create/{path}", {"path": "x/f", "num_parts": 1})
    if status == 200:  # of a folder that is only odd
        upload = json.loads(data)["upload_id"]
        done = door.send(
            "POST", f"{FILES}mpu/complete/{path}", {"path": "f", "upload_id": upload, "parts": []}
        )
        assert done[0] in (400, 403, 404)
    else:
        assert status in (400, 403, 404), data
    assert (instance.parent / "secret").read_bytes() == SECRET


SOURCES = [
    "file:///etc",
    "/etc",
    "//proc/self/root",
    "file://./etc",
    "file://localhost/etc",
    "FILE:///etc",
    "C:/",
    "\\\\host\\share",
    "..\\..\\x",
    "mlflow-artifacts://evil/x",
    "mlflow-artifacts:/../x",
    "mlflow-artifacts:/a/%2e%2e/%2e%2e/x",
    "mlflow-artifacts:/a?x",
    "mlflow-artifacts:/a#/../..",
    "Mlflow-Artifacts:/x",
    "runs:/0123456789abcdef0123456789abcdef/../../x",
    "models:/nobody/1/../../b",
    "models://other-host/a/1",
    "ftp://host/x",
    "sftp://host/x",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://169.254.169.254/latest/meta-data",
    "",
]


@pytest.mark.parametrize("source", SOURCES)
def test_no_source_names_a_place_of_the_server(door, source):
    door.call("registered-models/create", name="sources")
    status, data, _ = door.call("model-versions/create", name="sources", source=source)
    assert status in (400, 404), (status, data)
    assert b"root:" not in data


@pytest.mark.parametrize("source", ["s3://bucket/a b/%41", "gs://b/x", "dbfs:/x", "s3://bucket/ü"])
def test_a_source_is_given_back_byte_for_byte(door, source):
    door.call("registered-models/create", name="sources")
    made = door.done("model-versions/create", name="sources", source=source)
    assert made["model_version"]["source"] == source


def test_a_tag_of_prompts_lets_no_local_source_in(door):
    door.call(
        "registered-models/create", name="prompts", tags=[{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    )
    for tags in (
        [{"key": "mlflow.prompt.is_prompt", "value": "true"}] * 2,
        [
            {"key": "mlflow.prompt.is_prompt", "value": "false"},
            {"key": "mlflow.prompt.is_prompt", "value": "true"},
        ],
        [{"key": "MLFLOW.prompt.IS_PROMPT", "value": "True"}],
    ):
        status, data, _ = door.call("model-versions/create", name="prompts", source="file:///etc", tags=tags)
        assert status == 400, data


def test_a_chain_of_pointers_ends_where_it_began(door):
    door.call("registered-models/create", name="chain")
    door.done("model-versions/create", name="chain", source="s3://bucket/first")
    for number in range(1, 40):
        made = door.done("model-versions/create", name="chain", source=f"models:/chain/{number}")
        assert made["model_version"]["source"] == f"models:/chain/{number}"
    uri = door.send("GET", f"{API}model-versions/get-download-uri?name=chain&version=40")[1]
    assert json.loads(uri)["artifact_uri"] == "s3://bucket/first"
    status, _, _ = door.call("model-versions/create", name="chain", source="models:/chain/41")
    assert status in (400, 404)  # itself


def test_a_link_in_the_artifacts_leads_nowhere(door, instance):
    folder = instance / "artifacts" / "linked" / "0"
    folder.mkdir(parents=True)
    (folder / "file").symlink_to(instance.parent / "secret")
    (folder / "folder").symlink_to(instance.parent)
    for path in ("linked/0/file", "linked/0/folder/secret"):
        status, data, _ = door.send("GET", f"{FILES}artifacts/{path}")
        assert status in (400, 404) and SECRET not in data
    _, data, _ = door.send("GET", f"{FILES}artifacts?path=linked/0/folder")
    assert b"secret" not in data


def test_a_download_is_never_run(door):
    path = f"{FILES}artifacts/0/{'d' * 32}/x%22%3B%20filename%3Dy.html"  # x"; filename=y.html
    assert door.send("PUT", path, b"<script>1</script>")[0] == 200
    status, _, answer = door.send("GET", path)
    headers = {key.lower(): value for key, value in answer.getheaders()}
    assert status == 200 and headers["content-disposition"].startswith("attachment")
    assert 'filename="x"' not in headers["content-disposition"]
    assert headers["x-content-type-options"] == "nosniff" and "sandbox" in headers["content-security-policy"]


@pytest.mark.parametrize("password", ["", "short", "password1234", "root", "0123456789", " " * 20])
def test_poor_passwords_are_refused(door, password):
    status, data, _ = door.send(
        "POST", "/api/2.0/mlflow/users/create", {"username": "new", "password": password}
    )
    assert status == 400, data


@pytest.mark.parametrize(
    "path",
    [
        f"{API}registered-models/search",
        "/ajax-api/2.0/mlflow/registered-models/search",
        "/api/3.0/mlflow/registered-models/search",
        f"{FILES}artifacts?path=",
        f"{API}users/list",
        "/graphql",
        "/api/2.0/greenroom/rules?stage=Production",
        "/api/2.0/greenroom/groups",
    ],
)
def test_nobody_gets_an_answer_without_signing_in(door, path):
    status, data, answer = door.send("GET", path, signed=False)
    # A page leads to the one where people sign in.
    assert status in (401, 404, 405) or (status == 303 and "/sign-in" in answer.getheader("Location")), data
    assert b"registered_models" not in data


def test_a_password_that_was_changed_is_over_at_once_on_every_worker(door):
    for name in ("zoe",):
        door.send("POST", f"{API}users/create", {"username": name, "password": "the first passphrase"})
    old = "Basic " + base64.b64encode(b"zoe:the first passphrase").decode()
    path = f"{API}registered-models/search"
    assert {door.send("GET", path, Authorization=old)[0] for _ in range(12)} == {200}
    changed = {"username": "zoe", "password": "the second passphrase"}
    assert door.send("PATCH", f"{API}users/update-password", changed)[0] == 200
    assert {door.send("GET", path, Authorization=old)[0] for _ in range(8)} == {401}


def test_guesses_are_throttled(door):
    door.send("POST", f"{API}users/create", {"username": "guessed", "password": "the right passphrase"})
    statuses = []
    for number in range(12):
        wrong = "Basic " + base64.b64encode(f"guessed:guess {number}".encode()).decode()
        statuses.append(door.send("GET", f"{API}registered-models/search", Authorization=wrong)[0])
    assert statuses[:10] == [401] * 10 and statuses[-1] == 429


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
)
def test_a_form_of_another_site_changes_nothing(door, kind):
    body = b'{"name": "forged"}'
    status, data, _ = door.send("POST", f"{API}registered-models/create", body, Content_Type=kind)
    assert status == 400 and b"Content-Type" in data


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost.evil.example"]
)
def test_another_origin_changes_nothing(door, origin):
    status, data, _ = door.send("POST", f"{API}registered-models/create", {"name": "forged"}, Origin=origin)
    assert status == 403, data


@pytest.mark.parametrize(
    "host", ["evil.example", "10.evil.example", "localhost:80@evil", "127.0.0.1.evil.example"]
)
def test_another_name_is_not_answered(door, host):
    status, data, _ = door.send("GET", "/models", Host=host)
    assert status in (400, 403), data


@pytest.mark.parametrize("size", ["0", "-1", str(2**31), str(2**63), "1e3", "x"])
def test_a_size_that_is_none_is_refused(door, size):
    status, data, _ = door.send("GET", f"{API}model-versions/search?max_results={size}")
    assert status == 400, (size, data)


@pytest.mark.parametrize("token", ["x", "e30=", "A" * 10_000, "%00", "W10=", "null"])
def test_a_token_that_was_never_given_is_refused(door, token):
    status, data, _ = door.send("GET", f"{API}registered-models/search?page_token={token}")
    assert status == 400, data


NAMES = ["..", ".", "a\0b", "a\nb", "", " ", "a/b", "a:b", "n" * 10_000, "zero\u200bwidth", "\u202ex"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_could_be_taken_for_another_is_refused(door, name):
    status, data, _ = door.call("registered-models/create", name=name)
    assert status == 400, (name, data)


def test_many_at_once_get_numbers_of_their_own(door):
    door.call("registered-models/create", name="busy")

    def make(_number):
        return int(
            door.done("model-versions/create", name="busy", source="s3://bucket/x")["model_version"][
                "version"
            ]
        )

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        numbers = sorted(pool.map(make, range(64)))
    assert numbers == list(range(1, 65))


BODIES = {
    "depth": b'{"name": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "utf-8": b'{"name": "\xff\xfe"}',
    "number": b'{"name": 1e400}',
    "wrong type": b'{"name": {"a": 1}}',
    "list": b"[]",
    "torn": b'{"name": "x"',
    "empty": b"",
    "surrogate": b'{"name": "\\ud800"}',
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_that_is_not_what_it_should_be_is_refused(door, kind):
    status, data, _ = door.send(
        "POST", f"{API}registered-models/create", BODIES[kind], Content_Type="application/json"
    )
    assert status == 400 and "error_code" in json.loads(data), (kind, data)


def test_a_body_of_a_gigabyte_is_refused_before_it_comes(door):
    head = (
        f"POST {API}registered-models/create HTTP/1.1\r\nHost: localhost\r\nAuthorization: {door.basic}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {2**30}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", door.server.port), timeout=30) as connection:
        connection.sendall(head.encode() + b'{"name": "')
        assert connection.recv(20).startswith(b"HTTP/1.1 413")


def test_what_lies_on_the_disk_is_the_owners_alone(door, instance):
    door.send("PUT", f"{FILES}artifacts/0/{'e' * 32}/file", b"x")
    made_here = [path for path in instance.rglob("*") if path.name != "serve.log" and not path.is_symlink()]
    for path in made_here:
        # The folder that the test made for its links is its own.
        if "linked" not in path.parts:
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_no_line_of_the_log_is_forged_and_no_secret_is_in_it(door, instance):
    door.send("GET", f"{API}registered-models/get?name=x%0aFORGED%20line")
    door.send("GET", "/models?q=%0d%0aFORGED", User_Agent="x\tFORGED")
    status, table, _ = door.send("GET", "/api/2.0/mlflow/users/get?username=nobody")
    assert status in (400, 404), table
    log = door.server.output()
    assert not [line for line in log.splitlines() if re.match(r"\s*FORGED", line)]
    assert PASSWORD not in log and door.basic not in log
