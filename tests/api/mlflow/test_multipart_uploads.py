"""Uploads in parts: joined whole or not at all, by nobody but who began them, at no other place."""

import hashlib
import io
import stat
import time
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from app.artifacts.paths import PRIVATE_FOLDER
from app.artifacts.upload_tokens import LIFETIME
from app.core import clock
from app.db.transactions import db
from tests.support.queries import connections_in_use, recorded_queries

BASE = "/api/2.0/mlflow-artifacts"
REFUSED = (400, "INVALID_PARAMETER_VALUE")
DENIED = (403, "PERMISSION_DENIED")
OVER = (404, "RESOURCE_DOES_NOT_EXIST")
BYTES = [b"one" * 1000, b"two" * 1000, b"3"]


def code(answer):
    assert answer.mimetype == "application/json"
    return answer.status_code, answer.json["error_code"]


def post(client, way, folder="0/run", path="/home/me/model.bin", **fields):
    return client.post(f"{BASE}/mpu/{way}/{folder}", json={"path": path, **fields})


def begin(client, num_parts=3, **where):
    answer = post(client, "create", num_parts=num_parts, **where)
    assert answer.status_code == 200, answer.data
    return answer.json


def put(client, credential, data):
    return client.put(urlsplit(credential["url"]).path, headers=credential["headers"], data=data)


def send(client, upload, parts=BYTES):
    """Send all the parts; what the client says of them when it completes the upload."""
    sent = []
    for credential, data in zip(upload["credentials"], parts, strict=True):
        answer = put(client, credential, data)
        assert answer.status_code == 200, answer.data
        sent.append(
            {
                "part_number": credential["part_number"],
                "etag": answer.headers["ETag"],
                "url": credential["url"],
            }
        )
    return sent


def complete(client, upload, parts, **where):
    return post(client, "complete", upload_id=upload["upload_id"], parts=parts, **where)


def abort(client, upload, **where):
    return post(client, "abort", upload_id=upload["upload_id"], **where)


def stored(client, path="0/run/model.bin"):
    answer = client.get(f"{BASE}/artifacts/{path}")
    return answer.data if answer.status_code == 200 else None


def kept_apart(app, prefix=""):
    """The names in the server's own folder."""
    return sorted(
        one.name for one in (app.settings.artifacts / PRIVATE_FOLDER).iterdir() if one.name.startswith(prefix)
    )


def test_parts_sent_in_any_order_are_the_file(app, client):
    upload = begin(client)
    assert [one["part_number"] for one in upload["credentials"]] == [1, 2, 3]
    assert all(one["url"].startswith(f"http://localhost{BASE}/mpu/part/") for one in upload["credentials"])
    sent = send(client, {"credentials": upload["credentials"][::-1]}, BYTES[::-1])
    assert stored(client) is None, "nobody sees a file in the making"
    answer = complete(client, upload, sent)
    assert (answer.status_code, answer.json) == (200, {})
    assert stored(client) == b"".join(BYTES)
    assert kept_apart(app, "parts") == kept_apart(app, "trash") == kept_apart(app, "upload") == []


def test_a_part_is_answered_with_its_digest(client):
    answer = put(client, begin(client)["credentials"][0], b"one")
    assert answer.headers["ETag"] == f'"{hashlib.sha256(b"one").hexdigest()}"'


def test_the_pages_prefix_takes_parts_as_well(client):
    upload = client.post(
        f"/ajax-api{BASE[4:]}/mpu/create/0/run", json={"path": "model.bin", "num_parts": 1}
    ).json
    assert urlsplit(upload["credentials"][0]["url"]).path.startswith(f"/ajax-api{BASE[4:]}/mpu/part/")
    assert complete(client, upload, send(client, upload, [b"x"]), path="model.bin").status_code == 200
    assert stored(client) == b"x"


def test_addresses_lead_back_the_way_the_client_came(app):
    app.settings.__dict__["allowed_hosts"] = frozenset({"models.example.com"})
    answer = app.test_client().post(
        f"{BASE}/mpu/create/0/run",
        json={"path": "a", "num_parts": 1},
        base_url="https://models.example.com/registry",
    )
    url = answer.json["credentials"][0]["url"]
    assert url.startswith(f"https://models.example.com/registry{BASE}/mpu/part/")


def test_no_parts_are_an_empty_file(client):
    upload = begin(client, num_parts=0)
    assert upload["credentials"] == []
    assert complete(client, upload, []).status_code == 200
    assert stored(client) == b""


def test_an_upload_takes_the_place_of_the_file_that_was_there(client):
    client.put(f"{BASE}/artifacts/0/run/model.bin", data=b"old")
    upload = begin(client)
    sent = send(client, upload)
    assert stored(client) == b"old"
    complete(client, upload, sent)
    assert stored(client) == b"".join(BYTES)


def test_files_and_folders_of_an_upload_are_the_servers_alone(app, client):
    upload = begin(client)
    sent = send(client, upload)
    [folder] = (app.settings.artifacts / PRIVATE_FOLDER).glob("parts-*")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o600}
    complete(client, upload, sent)
    assert stat.S_IMODE((app.settings.artifacts / "0/run/model.bin").stat().st_mode) == 0o600


def test_completing_twice_is_as_good_as_once(client):
    upload = begin(client)
    sent = send(client, upload)
    assert complete(client, upload, sent).status_code == 200
    client.put(f"{BASE}/artifacts/0/run/model.bin", data=b"newer")
    assert complete(client, upload, sent).status_code == 200
    assert stored(client) == b"newer"


def test_an_aborted_upload_leaves_nothing_and_is_over(app, client):
    upload = begin(client)
    sent = send(client, upload)
    for _time in range(2):
        answer = abort(client, upload)
        assert (answer.status_code, answer.json) == (200, {})
    assert kept_apart(app) == []
    assert code(put(client, upload["credentials"][0], b"x")) == OVER
    assert code(complete(client, upload, sent)) == OVER
    assert kept_apart(app) == [] and stored(client) is None


def test_a_completed_upload_is_over_and_cannot_be_aborted_away(app, client):
    upload = begin(client)
    complete(client, upload, send(client, upload))
    assert code(put(client, upload["credentials"][0], b"x")) == OVER
    assert abort(client, upload).status_code == 200
    assert stored(client) == b"".join(BYTES)
    assert kept_apart(app, "parts") == []


def test_a_part_sent_again_counts_as_it_is_named_at_the_end(client):
    upload = begin(client)
    sent = send(client, upload)
    put(client, upload["credentials"][1], b"other")
    complete(client, upload, sent)
    assert stored(client) == b"".join(BYTES)


UNFIT = {
    "a part left out": lambda sent: sent[:2],
    "a gap": lambda sent: [sent[0], sent[2]],
    "one twice": lambda sent: [sent[0], sent[1], sent[1]],
    "one too many": lambda sent: [*sent, sent[0]],
    "a number too many": lambda sent: [*sent, {"part_number": 4, "etag": sent[0]["etag"]}],
    "from zero": lambda sent: [{**one, "part_number": one["part_number"] - 1} for one in sent],
    "another's tag": lambda sent: [{**sent[0], "etag": sent[1]["etag"]}, *sent[1:]],
    "no tag": lambda sent: [{"part_number": 1}, *sent[1:]],
    "a tag that is a path": lambda sent: [{"part_number": 1, "etag": '"/../../../secret_key"'}, *sent[1:]],
    "no parts": lambda sent: [],
    "no list": lambda sent: {"1": sent[0]},
    "no objects": lambda sent: [1, 2, 3],
    "no numbers": lambda sent: [{**one, "part_number": "one"} for one in sent],
}


def test_parts_that_do_not_fit_are_refused_and_stay(client):
    upload = begin(client)
    sent = send(client, upload)
    for way, changed in UNFIT.items():
        assert code(complete(client, upload, changed(sent))) == REFUSED, way
    assert stored(client) is None
    assert complete(client, upload, sent).status_code == 200
    assert stored(client) == b"".join(BYTES)


def test_a_part_that_never_came_is_named(client):
    upload = begin(client)
    sent = send(client, {"credentials": upload["credentials"][:2]}, BYTES[:2])
    answer = complete(client, upload, [*sent, {"part_number": 3, "etag": sent[0]["etag"]}])
    assert code(answer) == REFUSED and "Part 3" in answer.json["message"]


def test_a_number_of_parts_out_of_bounds_is_refused(app, client):
    begin(client)
    for count in (-1, 10_001, 2**62, "x", 1.5, None, [1]):
        assert code(post(client, "create", num_parts=count)) == REFUSED, count
    assert len(kept_apart(app)) == 1


def test_ten_thousand_parts_may_be_asked_for(client):
    assert len({one["url"] for one in begin(client, num_parts=10_000)["credentials"]}) == 10_000


def test_the_file_is_named_as_on_the_clients_machine(client):
    for path, name in (
        ("/home/me/model.bin", "model.bin"),
        ("model.bin", "model.bin"),
        ("C:\\Users\\me\\model.bin", "model.bin"),
        ("\\\\host\\share\\model.bin", "model.bin"),
        ("C:/a/model.bin", "model.bin"),
        ("/a/ü b.bin", "ü b.bin"),
        ("../../model.bin", "model.bin"),
        ("/a/%zz", "%zz"),
    ):
        upload = begin(client, num_parts=1, path=path)
        assert complete(client, upload, send(client, upload, [b"x"]), path=path).status_code == 200
        assert client.get(f"{BASE}/artifacts?path=0/run").json["files"][0]["path"] == name, path
        client.delete(f"{BASE}/artifacts/0")


FOLDERS = [
    "..",
    "../x",
    "0/../x",
    "0/./x",
    "0//x",
    "/etc",
    "//proc/self/root",
    "file:///etc",
    "C:/x",
    "..\\..\\x",
    "0/%252e%252e/x",
    "0/%25252e%25252e/x",
    "0/a%252f..%252fb",
    "0/a%2500b",
    "0/a%255cb",
    "0/\uff0e\uff0e/x",
    ".incoming",
    ".incoming/x",
    "0/%25c0%25ae/x",
    "http:///%3f/../..",
    "x;/../..",
    "0/a%0ab",
]
NAMES = [
    "",
    "/",
    "a/",
    "..",
    "/a/..",
    ".",
    "%2e%2e",
    "/%252e%252e",
    "/a%2f..",
    "/a%00b",
    "/\uff0e\uff0e",
    "/a\\b",
    "/a\nb",
    "C:\\",
    "/" + "a" * 256,
    "a\x00b",
    "/a%5cb",
    "/%c0%ae%c0%ae",
]


@pytest.mark.parametrize("way", ["create", "complete", "abort"])
def test_a_path_that_leads_elsewhere_is_refused_and_touches_nothing(app, client, way):
    known = begin(client)
    fields = {"num_parts": 1, "upload_id": known["upload_id"], "parts": send(client, known)}
    for folder in FOLDERS:
        assert code(post(client, way, folder, **fields)) == REFUSED, folder
    for path in NAMES:
        assert code(post(client, way, path=path, **fields)) == REFUSED, path
    assert [one.name for one in app.settings.artifacts.iterdir()] == [PRIVATE_FOLDER]
    assert len(kept_apart(app)) == 1


ELSEWHERE = [
    {"folder": "0/other"},
    {"folder": "1/run"},
    {"path": "other.bin"},
    {"folder": "0", "path": "run/model.bin"},
    {"folder": "0/run/model.bin", "path": "model.bin"},
]


def test_nobody_completes_or_aborts_an_upload_of_another_path(client):
    upload = begin(client)
    sent = send(client, upload)
    for where in ELSEWHERE:
        assert code(complete(client, upload, sent, **where)) == REFUSED, where
        assert code(abort(client, upload, **where)) == REFUSED, where
    assert complete(client, upload, sent).status_code == 200
    assert stored(client) == b"".join(BYTES)


def forgeries(token):
    yield from ("", "x", "..", "/etc/passwd", "é", token[:-1], token[1:], f"{token}x", token + token, "." * 9)
    yield token.replace(".", "!", 1)
    yield "A" + token[1:] if token[0] != "A" else "B" + token[1:]


def test_forged_upload_ids_are_refused(client):
    upload = begin(client)
    sent = send(client, upload)
    token = upload["credentials"][0]["headers"]["Greenroom-Part-Token"]
    for forged in [*forgeries(upload["upload_id"]), token, 5, None, {"a": 1}]:
        false = {"upload_id": forged}
        assert code(complete(client, false, sent)) == REFUSED, forged
        assert code(abort(client, false)) == REFUSED, forged
    assert complete(client, upload, sent).status_code == 200


def test_forged_part_tokens_are_denied_and_no_byte_is_kept(app, client):
    upload = begin(client)
    first, second, _third = upload["credentials"]
    token = first["headers"]["Greenroom-Part-Token"]
    for forged in [*forgeries(token), upload["upload_id"], second["headers"]["Greenroom-Part-Token"]]:
        headers = {"Greenroom-Part-Token": forged.encode().decode("latin-1")}
        assert code(put(client, {"url": first["url"], "headers": headers}, b"x")) == DENIED, forged
    assert code(client.put(urlsplit(first["url"]).path, data=b"x")) == DENIED
    [folder] = kept_apart(app)
    assert list((app.settings.artifacts / PRIVATE_FOLDER / folder).iterdir()) == []


def test_a_part_has_the_number_that_its_token_says(client):
    credential = begin(client)["credentials"][0]
    for tail in ("0", "2", "4", "-1", "x", "1/..", "1/../../../x", "", "9" * 400):
        url = f"{credential['url'].rpartition('/')[0]}/{tail}"
        assert code(put(client, {**credential, "url": url}, b"x"))[0] in (403, 404, 405), tail


def test_a_token_of_one_upload_opens_no_other(client):
    first, second = begin(client)["credentials"], begin(client)["credentials"]
    assert code(put(client, {**first[0], "url": second[0]["url"]}, b"x")) == DENIED


def test_after_a_day_tokens_are_worth_nothing(client, monkeypatch):
    upload = begin(client)
    sent = send(client, upload)
    later = clock.now_ms() + (LIFETIME + 2) * 1000
    monkeypatch.setattr(clock, "now_ms", lambda: later)
    assert code(put(client, upload["credentials"][0], b"x")) == DENIED
    assert code(complete(client, upload, sent)) == REFUSED
    assert code(abort(client, upload)) == REFUSED
    assert stored(client) is None


def test_a_new_upload_has_forgotten_ones_removed(app, client, monkeypatch):
    send(client, begin(client))
    [forgotten] = kept_apart(app)
    begin(client)
    assert forgotten in kept_apart(app)
    later = time.time() + LIFETIME + 2
    monkeypatch.setattr(time, "time", lambda: later)
    begin(client)
    assert forgotten not in kept_apart(app)


def test_a_part_from_another_sites_page_or_by_a_foreign_name_is_denied(client):
    credential = begin(client)["credentials"][0]
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}):
        assert (
            code(put(client, {**credential, "headers": {**credential["headers"], **headers}}, b"x")) == DENIED
        )


def test_a_folder_in_the_files_place_is_said_before_a_byte_is_sent(client):
    client.put(f"{BASE}/artifacts/0/run/model.bin/inner", data=b"x")
    assert code(post(client, "create", num_parts=1)) == REFUSED
    client.put(f"{BASE}/artifacts/0/file", data=b"x")
    assert code(post(client, "create", folder="0/file", num_parts=1)) == REFUSED


def test_sending_parts_asks_the_database_nothing(app, client):
    upload = begin(client)
    with recorded_queries(app) as statements:
        send(client, upload)
        abort(client, upload)
    assert statements == []


@pytest.mark.own_app
def test_no_database_connection_waits_while_a_part_comes_in(app, client):
    def look_somebody_up():
        db.session.execute(text("SELECT 1"))

    app.before_request(look_somebody_up)
    credential = begin(client)["credentials"][0]
    in_use = set()

    class Body(io.BytesIO):
        def readinto(self, buffer):
            in_use.add(connections_in_use())
            return super().readinto(buffer)

    path = urlsplit(credential["url"]).path
    answer = client.put(path, headers=credential["headers"], input_stream=Body(b"hello"))
    assert answer.status_code == 200
    assert in_use == {0}
