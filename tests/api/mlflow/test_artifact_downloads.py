"""Downloads: exact lengths, ranges as RFC 9110 has them, and headers that keep a browser from running a file."""

import pytest

from app.api.mlflow.artifact_responses import content_disposition, content_type

FILE = "/api/2.0/mlflow-artifacts/artifacts/0/data.bin"
DATA = bytes(range(256)) * 8192  # two pieces of a mebibyte


@pytest.fixture
def stored(client):
    assert client.put(FILE, data=DATA).status_code == 200
    return client


@pytest.mark.parametrize(
    "asked, first, last",
    [
        ("bytes=0-0", 0, 0),
        ("bytes=5-9", 5, 9),
        ("bytes=1048570-1048580", 1048570, 1048580),
        ("bytes=2097000-", 2097000, len(DATA) - 1),
        ("bytes=-7", len(DATA) - 7, len(DATA) - 1),
        ("bytes=0-", 0, len(DATA) - 1),
        ("bytes=10-99999999999", 10, len(DATA) - 1),
        ("bytes=-99999999999", 0, len(DATA) - 1),
    ],
)
def test_one_range_is_sent_as_exactly_these_bytes(stored, asked, first, last):
    answer = stored.get(FILE, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.data == DATA[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(DATA)}"
    assert answer.content_length == last + 1 - first


@pytest.mark.parametrize("asked", ["bytes=2097152-", "bytes=99999999-999999999"])
def test_a_range_beyond_the_end_is_refused_with_the_length(stored, asked):
    answer = stored.get(FILE, headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(DATA)}"
    assert answer.json["error_code"] == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes", "bytes=--1"]
)
def test_a_range_that_is_none_or_many_gets_the_whole_file(stored, asked):
    answer = stored.get(FILE, headers={"Range": asked})
    assert (answer.status_code, answer.content_length) == (200, len(DATA))
    assert answer.data == DATA


def test_a_range_of_a_file_that_changed_since_is_the_whole_new_file(stored):
    before = stored.get(FILE)
    tag, date = before.headers["ETag"], before.headers["Last-Modified"]
    wanted = {"Range": "bytes=0-3", "If-Range": tag}
    assert stored.get(FILE, headers=wanted).status_code == 206
    assert stored.get(FILE, headers=wanted | {"If-Range": date}).status_code == 206
    stored.put(FILE, data=DATA[::-1])
    answer = stored.get(FILE, headers=wanted)
    assert (answer.status_code, answer.data) == (200, DATA[::-1])
    old = wanted | {"If-Range": "Thu, 01 Jan 2026 00:00:00 GMT"}
    assert stored.get(FILE, headers=old).status_code == 200


def test_who_has_the_file_already_gets_no_bytes(stored):
    tag = stored.get(FILE).headers["ETag"]
    answer = stored.get(FILE, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.data) == (304, b"")
    assert stored.get(FILE, headers={"If-None-Match": '"other"'}).status_code == 200


def test_head_tells_the_length_and_sends_nothing(stored):
    answer = stored.head(FILE)
    assert (answer.status_code, answer.content_length, answer.data) == (200, len(DATA), b"")
    assert stored.head(FILE, headers={"Range": "bytes=0-4"}).content_length == len(DATA), "ranges are for GET"


def test_an_empty_file_is_sent_as_empty(client):
    client.put(FILE, data=b"")
    answer = client.get(FILE)
    assert (answer.status_code, answer.content_length, answer.data) == (200, 0, b"")
    assert client.get(FILE, headers={"Range": "bytes=0-"}).status_code == 416


# Attachments in a sandbox that say what they are.
WITH_A_TYPE = {"x.html": ["text/html"], "x.htm": ["text/html"], "x.pdf": ["application/pdf"]}


@pytest.mark.parametrize(
    "name", ["x.html", "x.svg", "x.js", "x.xml", "x.xhtml", "x.htm", "x.mht", "x.swf", "x.pdf"]
)
def test_no_download_is_shown_or_run_by_a_browser(client, name):
    client.put(f"/api/2.0/mlflow-artifacts/artifacts/0/{name}", data=b"<script>alert(1)</script>")
    answer = client.get(f"/api/2.0/mlflow-artifacts/artifacts/0/{name}")
    harmless = ("text/plain", "application/octet-stream")
    assert answer.mimetype in WITH_A_TYPE.get(name, harmless)
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_plain_things_keep_a_type_of_their_own():
    types = {"a.json": "application/json", "a.png": "image/png", "a.csv": "text/csv"}
    assert {name: content_type(name) for name in types} == types
    for name in ("MLmodel", "a.txt", "a.py", "conda.yaml", "a.md"):
        assert content_type(name) == "text/plain; charset=utf-8"
    assert content_type("model.pkl") == "application/octet-stream"


@pytest.mark.parametrize(
    "name, header",
    [
        ("model.pkl", "attachment; filename=model.pkl"),
        ("a b.txt", "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt"),
        (
            '"; filename=x.html',
            "attachment; filename=\"__ filename_x.html\"; filename*=UTF-8''%22%3B%20filename%3Dx.html",
        ),
        (
            "a\r\nSet-Cookie: b",
            "attachment; filename=\"aSet-Cookie_ b\"; filename*=UTF-8''aSet-Cookie%3A%20b",
        ),
        ("gpj\u202e.exe", "attachment; filename=gpj.exe"),
        ("über.txt", "attachment; filename=\"uber.txt\"; filename*=UTF-8''%C3%BCber.txt"),
        ("日本", "attachment; filename=\"download\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC"),
        ("a%2f..", "attachment; filename=\"a_2f..\"; filename*=UTF-8''a%252f.."),
        ("\u202e", "attachment; filename=download"),
    ],
)
def test_a_download_name_cannot_break_its_header_or_hide_what_it_is(name, header):
    assert content_disposition(name) == header
