"""Where a client may want artifacts kept: remote stores, and nothing of this machine."""

import pytest

from app.authz.actors import Actor
from app.core.errors import InvalidParameter
from app.tracking import artifact_locations, experiments, runs

ANN = Actor("ann")


@pytest.mark.parametrize(
    "location",
    [
        "s3://bucket/a/b",
        "gs://bucket",
        "wasbs://container@account.blob.core.windows.net/x",
        "dbfs:/models/x",
        "mlflow-artifacts:/team/x",
        "mlflow-artifacts:///team/x",
        "s3://bucket/a?versionId=3",
        "s3://bucket/a..b",
    ],
)
def test_remote_stores_are_taken_as_they_are_written(location):
    assert artifact_locations.check(location) == location


@pytest.mark.parametrize(
    "location",
    [
        # files of this machine
        "/etc",
        "etc",
        "file:///etc",
        # what a browser would run or open
        "javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "FILE:///etc",
        "file://./etc",
        "file://localhost/etc",
        "//proc/self/root",
        "C:/x",
        "C:\\x",
        "\\\\host\\share",
        "..\\..\\x",
        "../x",
        "s3:\\\\b",
        # ways out, in every part and under every escape
        "s3://b/../c",
        "s3://b/./c",
        "s3://b/..",
        "s3://b/%2e%2e/c",
        "s3://b/%252e%252e/c",
        "s3://b/%25252e%25252e/c",
        "s3://b/x?q=../y",
        "s3://b/?/../..",
        "s3://b/x;/../..",
        "s3://b/x#/../..",
        "s3://b/..%2fc",
        "s3://b/..%5cc",
        "dbfs:/x/a%3f/../..",
        "mlflow-artifacts:/x/../y",
        "mlflow-artifacts://evil/x",
        "mlflow-artifacts:/x?y",
        "MLFLOW-ARTIFACTS:/x",
        "mlflow-artifacts:x",
        "s3://b/a%00b",
        "s3://b/a\nb",
        # pointers, and hosts to connect to
        "runs:/abc/x",
        "models:/m/1",
        "http://h/x",
        "https://h/x",
        "ftp://h/x",
        "sftp://h/x",
        "hdfs://h/x",
        "abfss://c@h/x",
        "http:///?/../..",
        # what MLflow refuses
        "gs://b/x#f",
        "s3://b/" + "x" * 2048,
        "s3://[b/x",
    ],
)
def test_whatever_is_no_remote_store_is_refused(location):
    with pytest.raises(InvalidParameter):
        artifact_locations.check(location)


def test_a_refused_location_makes_no_experiment(work):
    with pytest.raises(InvalidParameter):
        experiments.create("thief", artifact_location="file:///etc", actor=ANN)
    assert "thief" not in {row.name for row in experiments.search()[0]}


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("s3://bucket/a", "s3://bucket/a/{}/artifacts"),
        ("s3://bucket/a/", "s3://bucket/a/{}/artifacts"),
        ("s3://bucket/a?versionId=3", "s3://bucket/a/{}/artifacts?versionId=3"),
    ],
)
def test_a_run_keeps_its_artifacts_below_its_experiments_location(work, location, expected):
    experiment = experiments.create("far", artifact_location=location, actor=ANN)
    run = runs.create(experiment, actor=ANN).run
    assert run.artifact_uri == expected.format(run.uuid)
