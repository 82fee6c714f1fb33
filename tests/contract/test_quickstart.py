"""Unchanged MLflow clients, each from an environment of its own, against a live Greenroom."""

import re

import pytest

from tests.contract.conftest import ENVIRONMENTS
from tests.support.source import ROOT

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("client", ENVIRONMENTS)
def test_every_line_of_the_quickstart_works(client, run_client, greenroom):
    run_client(client, "quickstart.py", greenroom.url)


@pytest.mark.parametrize("client", ENVIRONMENTS)
def test_the_quickstart_of_the_readme_runs_as_printed(client, run_client, greenroom, tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    script = tmp_path / "readme.py"
    script.write_text(code)

    output = run_client(client, script, MLFLOW_TRACKING_URI=greenroom.url)

    assert re.search(r"^\[ *-?[\d.]+ +-?[\d.]+ +-?[\d.]+\]$", output, re.MULTILINE), output


@pytest.mark.parametrize("client", ENVIRONMENTS)
def test_what_teams_do_with_a_tracking_server_works(client, run_client, greenroom):
    run_client(client, "tour.py", greenroom.url, f"tour with {client}")


def test_an_evaluation_ends_well_and_keeps_its_metrics(run_client, greenroom):
    run_client("mlflow 3", "evaluation.py", greenroom.url)
