"""The digest of a version's files stands wherever people look at the version."""

import csv
import io

import pytest

from app import manifests
from app.approvals import requests
from app.manifests import reading
from app.registry import versions
from app.stages import transitions
from tests.factories.registry import ANNA
from tests.manifests.conftest import folder, new_run, put, register

URL = "/models/churn/versions/1"
FILES = {"MLmodel": b"flavors: {}\n", "data/model.pkl": b"\x80\x04K\x01."}


@pytest.fixture
def run(do):
    def with_files(actor):
        run = new_run()
        put(run, FILES)
        return run

    return do(with_files)


@pytest.fixture
def digest(run, do, ask) -> str:
    """The digest of version 1 of churn."""
    row = do(lambda actor: register(run))
    shown = ask(manifests.of_version, row.id).digest
    assert shown is not None
    return shown


def test_the_page_of_a_version_shows_it_with_what_it_stands_for(pages, digest):
    page = pages.get(URL)
    assert digest in page.text
    assert "SHA-256 of 2 files, 17 B" in page.text


def test_it_is_no_tag_that_somebody_could_remove(pages, digest):
    assert "greenroom.digest" not in pages.get(URL).html
    assert "greenroom.digest" not in pages.get("/models/churn").html


def test_the_page_that_decides_shows_it(pages, digest, do):
    made = do(requests.open_request, "churn", 1, "Production", actor=ANNA)
    page = pages.get(f"{URL}/requests/{made.id}")
    assert digest in page.text


def test_the_history_shows_it_and_so_does_its_call(pages, client, digest, do):
    do(transitions.transition, "churn", 1, "Production")
    page = pages.get("/models/churn/history")
    assert digest[:12] in page.text
    answer = client.get("/api/2.0/greenroom/stage-history?name=churn").get_json()
    assert [stage["digest"] for stage in answer["stages"]] == [digest]


def test_the_audit_log_shows_it_and_so_does_its_file(pages, client, digest):
    assert digest[:12] in pages.get("/admin/audit").text
    lines = list(csv.DictReader(io.StringIO(client.get("/admin/audit.csv").text)))
    assert {line["digest"] for line in lines if line["version"] == "1"} == {digest}
    assert {line["digest"] for line in lines if not line["version"]} == {""}


def test_versions_are_compared_by_it(pages, digest, run, do):
    do(lambda actor: put(run, {"MLmodel": b"flavors: []\n"}))
    other = do(lambda actor: register(run))
    page = pages.get("/compare?versions=churn:1&versions=churn:2")
    assert digest in page.text
    assert other.tags["greenroom.digest"] in page.text


@pytest.mark.parametrize(
    ("source", "said"), [("model", "Not made yet"), ("nothing", "None: this version has no files")]
)
def test_a_version_without_a_digest_says_why(pages, run, do, monkeypatch, source, said):
    monkeypatch.setattr(reading, "MAX_FILES_HASHED_IN_CALL", 0)
    do(lambda actor: register(run, source))
    assert said in pages.get(URL).text


def test_files_elsewhere_are_said_to_be(pages, run, do):
    do(versions.create, "churn", "s3://bucket/m")
    assert "Not known, because the files are stored elsewhere" in pages.get(URL).text


def test_files_that_cannot_be_read_are_said_with_the_reason(pages, run, do, monkeypatch):
    def fail(*_arguments):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("app.artifacts.local_store.LocalStore.digest", fail)
    do(lambda actor: register(run))
    assert "Input/output error" in pages.get(URL).text


def test_files_that_changed_are_marked_wherever_somebody_relies_on_them(app, pages, run, digest, do):
    made = do(requests.open_request, "churn", 1, "Production", actor=ANNA)
    (app.settings.artifacts / folder(run) / "model" / "MLmodel").write_bytes(b"")
    with app.app_context():
        manifests.verify(1)
    said = "The files of this version are no longer those that were registered."
    assert said in pages.get(URL).text
    assert said in pages.get(f"{URL}/requests/{made.id}").text
    assert "Files changed" in pages.get("/models/churn").text
    history = (
        "the server found that the files of version 1 are not those that were registered: MLmodel changed"
    )
    assert history in pages.get(URL).text


def test_a_name_that_no_client_could_give_does_not_keep_versions_from_being_compared(
    app, pages, run, digest, do
):
    do(lambda actor: put(run, FILES, below="other"))
    for below in ("model", "other"):
        (app.settings.artifacts / folder(run) / below / "x:").write_bytes(b"!")
    do(lambda actor: register(run, "other"))
    assert "x:" in pages.get("/compare?versions=churn:1&versions=churn:2&equal=1").text
