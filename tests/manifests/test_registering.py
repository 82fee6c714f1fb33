"""A version has its manifest in the call that registers it, whatever its files are."""

import hashlib
import os

import pytest

from app import manifests
from app.artifacts import parse, store
from app.manifests import contents, reading
from app.manifests.contents import ManifestFile
from app.registry import versions
from app.registry.errors import ReservedTag
from app.registry.queries import VersionRow
from tests.factories.registry import ANNA, make_model, make_versions
from tests.manifests.conftest import folder, put, register

FILES = {"MLmodel": b"flavors: {}\n", "data/model.pkl": b"\x80\x04K\x01."}


def listed(row: VersionRow) -> dict[str, str]:
    """The digests of a version's files by their paths."""
    key = manifests.of_version(row.id).key
    assert key is not None
    return {file.path: file.sha256 for file in manifests.files(key)}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_folder(run):
    put(run, FILES)
    row = register(run)
    manifest = manifests.of_version(row.id)
    assert listed(row) == {path: sha256(data) for path, data in FILES.items()}
    assert (manifest.state, manifest.file_count, manifest.total_size) == ("ready", 2, 17)
    assert manifest.made_at == manifest.verified_at
    assert row.tags == versions.get("churn", 1).tags == {"greenroom.digest": manifest.digest}


def test_a_single_file(run):
    put(run, {"model.pkl": b"1"}, below="out")
    row = register(run, "out/model.pkl")
    assert listed(row) == {".": sha256(b"1")}


def test_a_place_without_files_has_no_digest(run):
    row = register(run, "nothing")
    manifest = manifests.of_version(row.id)
    assert (manifest.state, manifest.digest, manifest.key) == ("ready", None, contents.EMPTY.key)
    assert row.tags == {}


def test_files_elsewhere(run):
    [row] = make_versions(1)
    manifest = manifests.of_version(row.id)
    assert (manifest.state, manifest.key, manifest.digest) == ("elsewhere", None, None)


def test_a_prompt_has_no_files(work):
    tag = {"mlflow.prompt.is_prompt": "true"}
    make_model("greeting", tags=tag)
    row = versions.create("greeting", "dummy-source", tags=tag, actor=ANNA)
    assert manifests.of_version(row.id).state == "ready"


def test_a_copy_has_what_the_other_has(run):
    put(run, FILES)
    original = register(run)
    make_model("copies")
    # A client that copies a version sends its tags along.
    copy = versions.create("copies", "models:/churn/1", tags=original.tags, actor=ANNA)
    assert manifests.of_version(copy.id) == manifests.of_version(original.id)
    assert versions.get("copies", 1).tags == original.tags


def test_names_that_no_client_could_upload_count_as_well(run, app):
    put(run, FILES)
    before = manifests.of_version(register(run).id)
    (app.settings.artifacts / folder(run) / "model" / "x:").write_bytes(b"!")
    row = register(run)
    assert listed(row)["x:"] == sha256(b"!")
    assert manifests.of_version(row.id).digest != before.digest


def test_a_file_beyond_the_five_hundredth_counts(run):
    put(run, {f"{number:04}": b"" for number in range(600)})
    put(run, {"0599": b"other"})
    assert listed(register(run))["0599"] == sha256(b"other")


def test_a_digest_that_was_taken_at_upload_is_used(run, monkeypatch):
    put(run, FILES)
    for path, data in FILES.items():
        at = parse(f"{folder(run)}/model/{path}")
        with store().download(at).file:
            manifests.record_upload(at, store().download(at).tag, len(data), sha256(data))
    monkeypatch.setattr(reading, "take", lambda *_: pytest.fail("a file was read again"))
    assert listed(register(run)) == {path: sha256(data) for path, data in FILES.items()}


def test_a_digest_is_not_used_once_its_file_was_replaced(run):
    put(run, FILES)
    register(run)
    put(run, {"MLmodel": b"flavors: []\n"})
    assert listed(register(run))["MLmodel"] == sha256(b"flavors: []\n")


def test_hard_links_share_the_digests_of_what_they_were_made_of(run, app, monkeypatch):
    put(run, FILES)
    register(run)
    root = app.settings.artifacts
    for path in FILES:
        (root / "copy" / path).parent.mkdir(parents=True, exist_ok=True)
        os.link(root / folder(run) / "model" / path, root / "copy" / path)
    monkeypatch.setattr(reading, "take", lambda *_: pytest.fail("a file was read again"))
    seen = reading.look("copy", copied_from=f"{folder(run)}/model")
    assert seen.digests == {path: sha256(data) for path, data in FILES.items()}


def test_what_cannot_be_read_has_no_digest(run, monkeypatch):
    put(run, FILES)

    def fail(*_args):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(type(store()), "digest", fail)
    row = register(run)
    manifest = manifests.of_version(row.id)
    assert (manifest.state, manifest.key) == ("unreadable", None)
    assert manifest.problem is not None and "Input/output error" in manifest.problem
    assert row.tags == {}


def test_an_artifact_root_that_is_not_mounted_is_no_empty_one(run, app):
    put(run, FILES)
    root = app.settings.artifacts
    root.rename(root.with_name("away"))
    root.mkdir()
    try:
        assert manifests.of_version(register(run).id).state == "unreadable"
    finally:
        root.rmdir()
        root.with_name("away").rename(root)


@pytest.mark.parametrize(
    "bound", ["MAX_FILES_IN_CALL", "MAX_FILES_HASHED_IN_CALL", "MAX_BYTES_HASHED_IN_CALL"]
)
def test_what_would_take_long_is_left_for_later(run, monkeypatch, bound):
    put(run, FILES)
    monkeypatch.setattr(reading, bound, 1)
    row = register(run)
    assert manifests.of_version(row.id).state == "pending"
    assert row.tags == {}


@pytest.mark.parametrize("key", ["greenroom.digest", "greenroom.other"])
def test_clients_neither_set_nor_remove_the_tags_of_the_server(run, key):
    put(run, FILES)
    row = register(run)
    with pytest.raises(ReservedTag):
        versions.set_tag("churn", 1, key, "mine", actor=ANNA)
    with pytest.raises(ReservedTag):
        versions.remove_tag("churn", 1, key, actor=ANNA)
    assert versions.get("churn", 1).tags == row.tags


def test_people_say_which_way_a_metric_gets_better(run):
    row = versions.create("churn", "s3://b/m", tags={"greenroom.metric.direction.cost": "lower"}, actor=ANNA)
    versions.remove_tag("churn", row.number, "greenroom.metric.direction.cost", actor=ANNA)


def test_a_new_version_does_not_bring_a_digest_of_its_own(run):
    row = versions.create("churn", "s3://b/m", tags={"greenroom.digest": "0" * 64}, actor=ANNA)
    assert row.tags == {}
    with pytest.raises(ReservedTag):
        versions.create("churn", "s3://b/m", tags={"greenroom.other": "1"}, actor=ANNA)


def test_several_versions_are_read_at_once(run):
    put(run, FILES)
    rows = [register(run), *make_versions(1)]
    found = manifests.of_versions([row.id for row in rows])
    assert [found[row.id].state for row in rows] == ["ready", "elsewhere"]
    assert manifests.files("0" * 64) == []
    assert ManifestFile("MLmodel", 12, sha256(FILES["MLmodel"])) in manifests.files(
        found[rows[0].id].key or ""
    )
