"""Artifact URIs: only a plain path of our own scheme means a place here."""

import pytest

from app.artifacts.paths import parse
from app.artifacts.uris import experiment_root, from_uri
from app.core.errors import InvalidParameter


@pytest.mark.parametrize(
    "uri", ["mlflow-artifacts:/0/run/artifacts/a b", "mlflow-artifacts:///0/run/artifacts/a b"]
)
def test_both_spellings_without_a_host_name_the_same_place(uri):
    assert from_uri(uri) == parse("0/run/artifacts/a b")


def test_the_uris_made_here_name_places_here():
    assert from_uri(experiment_root(7)) == parse("7")


@pytest.mark.parametrize(
    "uri",
    ["s3://b/c", "file:///etc", "/etc", "runs:/x/y", "models:/a/1", "http://[broken", "C:/", "", "dbfs:/x"],
)
def test_another_scheme_is_nobodys_place_here(uri):
    assert from_uri(uri) is None


@pytest.mark.parametrize(
    "uri",
    [
        "mlflow-artifacts://evil/x",
        "mlflow-artifacts://evil:80/x",
        "mlflow-artifacts://u@/x",
        "mlflow-artifacts:////x",
        "mlflow-artifacts://localhost/x",
        "mlflow-artifacts:x",
        "mlflow-artifacts:",
        "mlflow-artifacts:../x",
        "mlflow-artifacts:/a?/../..",
        "mlflow-artifacts:/a#/../..",
        "mlflow-artifacts:/a;/../..",
        "mlflow-artifacts:/a/..",
        "mlflow-artifacts:/%2e%2e/x",
        "mlflow-artifacts:/a%00",
        "mlflow-artifacts:/a%3f/../..",
        "mlflow-artifacts:///../x",
        "MLFLOW-ARTIFACTS:/x",
        " mlflow-artifacts:/x",
        "mlflow-arti\tfacts:/x",
        "\x00mlflow-artifacts:/x",
    ],
)
def test_a_uri_that_smuggles_something_beside_its_path_is_refused(uri):
    with pytest.raises(InvalidParameter):
        from_uri(uri)
