"""Unchanged MLflow clients that are told to send large files in parts."""

import re

import pytest

from app.artifacts.paths import PRIVATE_FOLDER
from tests.contract.conftest import ENVIRONMENTS
from tests.support.servers import live_greenroom

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    return tmp_path_factory.mktemp("parts")


@pytest.fixture(scope="module")
def greenroom(instance):
    with live_greenroom(instance, "--access-log") as server:
        yield server


@pytest.fixture
def new_lines(greenroom):
    """What the server wrote since the test began."""
    before = len(greenroom.output())
    return lambda: greenroom.output()[before:]


def kept_apart(instance):
    return [
        one.name
        for one in (instance / "artifacts" / PRIVATE_FOLDER).iterdir()
        if not one.name.startswith("joined-")
    ]


@pytest.mark.parametrize("client", ENVIRONMENTS)
def test_a_file_sent_in_parts_arrives_whole(client, run_client, greenroom, instance, new_lines):
    run_client(client, "parts.py", greenroom.url, "whole")
    assert len(re.findall(r"PUT /api/2\.0/mlflow-artifacts/mpu/part/\S+", new_lines())) == 2 * 6
    assert kept_apart(instance) == []


@pytest.mark.parametrize("client", ENVIRONMENTS)
def test_an_upload_that_the_client_gives_up_leaves_nothing(
    client, run_client, greenroom, instance, new_lines
):
    run_client(client, "parts.py", greenroom.url, "torn")
    assert "/mlflow-artifacts/mpu/abort/" in new_lines()
    assert kept_apart(instance) == []
