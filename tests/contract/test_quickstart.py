"""Unchanged MLflow clients, each from an environment of its own, against a live Greenroom."""

import pytest

from tests.contract.conftest import ENVIRONMENTS

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("client", ENVIRONMENTS)
def test_every_line_of_the_quickstart_works(client, run_client, greenroom):
    run_client(client, "quickstart.py", greenroom.url)


@pytest.mark.parametrize("client", ENVIRONMENTS)
def test_what_teams_do_with_a_tracking_server_works(client, run_client, greenroom):
    run_client(client, "tour.py", greenroom.url, f"tour with {client}")
