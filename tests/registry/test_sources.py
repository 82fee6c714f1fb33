"""Where a version may come from: the cases that opened other registries, each refused, and the honest ones."""

import pytest

from app.core.errors import InvalidParameter, NotFound
from app.registry import models as registered_models
from app.registry import version_runs, versions
from app.registry.errors import SourceNotContained, SourceVersionMismatch
from app.tracking import runs
from app.tracking.logged_models import models as logged_models
from tests.factories.registry import ANNA, make_model

HOSTILE = [
    "file:///etc",
    "/etc",
    "//proc/self/root",
    "file://./etc",
    "file://localhost/etc",
    "FILE:///etc",
    "C:/",
    r"\\host\share",
    r"..\..\x",
    "etc/passwd",
    "",
    "mlruns/0/nobody/artifacts/m",
    "mlruns",
    "http:///?/../..",
    "http:///#/../..",
    "s3://b/;/../..",
    "s3://b/x?/../..",
    "s3://b/x#/../..",
    "s3://b/%2e%2e/x",
    "s3://b/%252e%252e/x",
    "s3://b/%25252e%25252e/x",
    "s3://b/..%2fx",
    "s3://b/..%5cx",
    "s3://b/x%00",
    "s3://b/../c",
    "dbfs:/x/a%3f/../..",
    "runs:/id/../../x",
    "runs://host/id/x",
    "runs:/id/x",
    "models:/a/1/../../b",
    "models://other-host/a/1",
    "models:/a/1/b",
    "models:/",
    "models:/nobody/1",
    "models:/m-1",
    "mlflow-artifacts://evil/x",
    "mlflow-artifacts:/0/x",
    "mlflow-artifacts:/../x",
    "http://h/x",
    "https://h/x",
    "ftp://h/x",
    "sftp://h/x",
    "hdfs://h/x",
    "abfss://a@b.c/d",
    "javascript:alert(1)",
    "s3://b/\nx",
    "foo:bar",
    "s3://[b/x",
    "%66ile:///etc",
]


@pytest.fixture(autouse=True)
def model(work):
    return make_model()


@pytest.mark.parametrize("source", HOSTILE)
def test_a_source_that_could_lead_elsewhere_is_refused(source):
    with pytest.raises((InvalidParameter, NotFound)):
        versions.create("churn", source, actor=ANNA)
    assert registered_models.get("churn").latest == []


@pytest.mark.parametrize("source", HOSTILE)
def test_calling_it_a_prompt_opens_no_other_way(source):
    for flag in ("true", "TRUE"):
        with pytest.raises(InvalidParameter):
            versions.create("churn", source, tags={"mlflow.prompt.is_prompt": flag}, actor=ANNA)


@pytest.mark.parametrize(
    "source", ["s3://bucket/a b/ü#x", "gs://bucket/key?version=1", "dbfs:/models/x", "s3://b/a..b"]
)
def test_an_object_store_is_kept_byte_for_byte_and_never_ours(source):
    row = versions.create("churn", source, actor=ANNA)
    assert (row.source, row.location, row.storage) == (source, None, None)
    assert versions.download_uri(row) == source


@pytest.fixture
def run():
    """A run that has ended: what it logged stays as it is."""
    made = runs.create(0, actor=ANNA).run
    runs.change(made.uuid, status="FINISHED", actor=ANNA)
    return made


def test_a_run_is_a_source_for_those_who_name_it(run):
    source = f"runs:/{run.uuid}/model"
    row = versions.create("churn", source, run_uuid=run.uuid, actor=ANNA)
    assert (row.source, row.storage) == (source, f"0/{run.uuid}/artifacts/model")
    with pytest.raises(SourceNotContained):
        versions.create("churn", source, actor=ANNA)


def test_artifacts_are_a_source_within_the_run_that_is_named(run):
    inside = f"mlflow-artifacts:/0/{run.uuid}/artifacts/model"
    row = versions.create("churn", inside, run_uuid=run.uuid, actor=ANNA)
    assert row.storage == f"0/{run.uuid}/artifacts/model"
    other = runs.create(0, actor=ANNA).run
    for run_uuid in (other.uuid, None, ""):
        with pytest.raises(InvalidParameter):
            versions.create("churn", inside, run_uuid=run_uuid, actor=ANNA)


@pytest.mark.parametrize("prefix", ["", "./", "/home/me/", "file:///home/me/"])
def test_a_local_path_that_names_a_known_run_means_that_runs_artifacts(run, prefix):
    row = versions.create(
        "churn", f"{prefix}mlruns/0/{run.uuid}/artifacts/model", run_uuid=run.uuid, actor=ANNA
    )
    assert row.storage == f"0/{run.uuid}/artifacts/model"
    assert versions.download_uri(row) == f"mlflow-artifacts:/0/{run.uuid}/artifacts/model"


@pytest.mark.parametrize(
    "path",
    [
        "mlruns/7/{run}/artifacts/m",
        "mlruns/0/{run}/m",
        "mlruns/0/{run}/artifacts",
        "mlruns/0/{run}/artifacts/../../x",
        "file://host/mlruns/0/{run}/artifacts/m",
        "mlruns/0/{run}/artifacts/%2e%2e/x",
    ],
)
def test_a_local_path_that_only_looks_like_a_run_is_refused(run, path):
    with pytest.raises(InvalidParameter):
        versions.create("churn", path.format(run=run.uuid), run_uuid=run.uuid, actor=ANNA)


def test_a_logged_model_of_that_run_and_name_comes_before_the_runs_own_files(run):
    logged = logged_models.create(experiment_id=0, name="model", source_run_uuid=run.uuid, actor=ANNA).model
    logged_models.finalize(logged.model_id, "READY", actor=ANNA)
    row = versions.create("churn", f"mlruns/0/{run.uuid}/artifacts/model", run_uuid=run.uuid, actor=ANNA)
    assert row.logged_model == logged.model_id
    assert row.storage == f"0/models/{logged.model_id}/artifacts"


def test_a_logged_model_is_a_source_for_those_who_name_it(run):
    logged = logged_models.create(experiment_id=0, name="model", source_run_uuid=run.uuid, actor=ANNA).model
    logged_models.finalize(logged.model_id, "READY", actor=ANNA)
    source = f"models:/{logged.model_id}"
    row = versions.create("churn", source, logged_model=logged.model_id, actor=ANNA)
    assert (row.run_uuid, row.storage) == (run.uuid, f"0/models/{logged.model_id}/artifacts")
    assert versions.download_uri(row) == logged.artifact_uri
    with pytest.raises(InvalidParameter):
        versions.create("churn", source, actor=ANNA)


def test_a_copy_leads_to_the_files_and_the_run_of_its_parent(run):
    versions.create("churn", f"runs:/{run.uuid}/model", run_uuid=run.uuid, actor=ANNA)
    make_model("copy")
    first = versions.create("copy", "models:/churn/1", actor=ANNA)
    second = versions.create("copy", "models:/copy/1", actor=ANNA)
    for row in (first, second):
        assert (row.storage, row.run_uuid) == (f"0/{run.uuid}/artifacts/model", run.uuid)
        assert versions.download_uri(row) == f"runs:/{run.uuid}/model"
    with pytest.raises(SourceVersionMismatch):
        versions.create("copy", "models:/churn/1", run_uuid="another", actor=ANNA)


def test_a_run_that_only_the_client_joins_to_the_files_is_claimed(run):
    other = runs.create(0, actor=ANNA).run.uuid
    logged = logged_models.create(experiment_id=0, name="model", source_run_uuid=run.uuid, actor=ANNA).model
    logged_models.finalize(logged.model_id, "READY", actor=ANNA)
    orphan = logged_models.create(experiment_id=0, name="orphan", actor=ANNA).model
    logged_models.finalize(orphan.model_id, "READY", actor=ANNA)
    of_logged = {"source": f"models:/{logged.model_id}", "logged_model": logged.model_id}
    by_address = {"source": logged.artifact_uri, "logged_model": logged.model_id}
    of_orphan = {"source": f"models:/{orphan.model_id}", "logged_model": orphan.model_id}
    for named, expected in (
        ({"source": f"runs:/{run.uuid}/model", "run_uuid": run.uuid}, False),
        (of_logged, False),
        ({**of_logged, "run_uuid": run.uuid}, False),
        ({**of_logged, "run_uuid": other}, True),
        ({**by_address, "run_uuid": run.uuid}, False),
        ({**by_address, "run_uuid": other}, True),
        (of_orphan, False),
        ({**of_orphan, "run_uuid": other}, True),
        ({"source": "s3://bucket/model"}, False),
        ({"source": "s3://bucket/model", "run_uuid": other}, True),
        ({"source": "s3://bucket/model", "logged_model": logged.model_id}, True),
    ):
        row = versions.create("churn", actor=ANNA, **named)
        assert version_runs.is_claimed(row.id) is expected, named
        copy = versions.create("churn", f"models:/churn/{row.number}", actor=ANNA)
        assert version_runs.is_claimed(copy.id) is expected, "a copy launders no claim"
