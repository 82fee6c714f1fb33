"""Pages travel packed, and are the same pages."""

import gzip

import pytest

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.mark.parametrize(
    ("url", "said"), [("/models", b"No models yet"), ("/static/css/base.css", b".masthead")]
)
def test_an_answer_travels_packed_to_whoever_can_unpack_it(client, url, said):
    plain = client.get(url)
    packed = client.get(url, headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert len(packed.data) < len(plain.data) / 2
    assert int(packed.headers["Content-Length"]) == len(packed.data)
    assert said in gzip.decompress(packed.data)


def test_a_static_file_is_byte_for_byte_the_same(client):
    url = "/static/css/components.css"
    packed = client.get(url, headers=GZIP)
    assert gzip.decompress(packed.data) == client.get(url).data
    again = client.get(url, headers=GZIP | {"If-None-Match": packed.headers["ETag"]})
    assert again.status_code == 304


def test_who_takes_no_gzip_gets_none(client):
    assert "Content-Encoding" not in client.get("/models", headers={"Accept-Encoding": "gzip;q=0"}).headers


def test_what_is_small_stays_as_it_is(client):
    assert "Content-Encoding" not in client.get("/health", headers=GZIP).headers


def test_the_length_of_a_page_tells_little_of_what_is_in_it(client):
    lengths = {len(client.get("/new-model", headers=GZIP).data) for _ in range(12)}
    assert len(lengths) > 4


def test_the_api_answers_as_ever(client):
    answer = client.get("/api/2.0/mlflow/registered-models/search", headers=GZIP)
    assert "Content-Encoding" not in answer.headers
