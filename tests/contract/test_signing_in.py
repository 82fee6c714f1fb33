"""Unchanged MLflow clients that sign in by the variables they know, against a Greenroom with accounts."""

import subprocess

import pytest

from tests.contract.conftest import ENVIRONMENTS, run_script
from tests.support.servers import GREENROOM, clean_environment, live_greenroom

pytestmark = pytest.mark.contract

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    return tmp_path_factory.mktemp("team")


@pytest.fixture(scope="module")
def command(instance):
    """Run `greenroom` beside the server, as its operator does; what it prints."""

    def run(*words: str, given: str = "") -> str:
        done = subprocess.run(
            [str(GREENROOM), *words],
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=clean_environment(GREENROOM_INSTANCE=str(instance)),
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def greenroom(instance, command):
    with live_greenroom(instance, "--workers", "2") as server:
        command("users", "create", "anna", "--admin", "--password-stdin", given=PASSWORD)
        command("users", "create", "ben", "--password-stdin", given=PASSWORD)
        command("users", "create", "cleo", "--password-stdin", given=PASSWORD)
        yield server


@pytest.fixture(scope="module")
def token_of(command):
    return lambda name, *words: command("tokens", "create", "--user", name, *words).strip()


@pytest.fixture(scope="module")
def ways(token_of):
    """The variables for each way to sign in as ben."""
    token = token_of("ben")
    return {
        "password": {"MLFLOW_TRACKING_USERNAME": "ben", "MLFLOW_TRACKING_PASSWORD": PASSWORD},
        "token as password": {"MLFLOW_TRACKING_USERNAME": "ben", "MLFLOW_TRACKING_PASSWORD": token},
        "bearer": {"MLFLOW_TRACKING_TOKEN": token},
    }


@pytest.mark.parametrize("way", ["password", "token as password", "bearer"])
@pytest.mark.parametrize("client", ENVIRONMENTS)
def test_a_member_works_as_in_a_registry_of_their_own(client, way, run_client, greenroom, ways):
    run_client(client, "member.py", greenroom.url, f"{client} {way}", **ways[way])


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def kept(request, greenroom, ways, tmp_path_factory):
    """A client with which ben logged and registered `kept {client}`."""
    folder = tmp_path_factory.mktemp("kept")
    run_script(folder, request.param, "member.py", greenroom.url, f"kept {request.param}", **ways["bearer"])
    return request.param


def test_a_stranger_finds_nothing_and_changes_nothing(kept, run_client, greenroom, token_of):
    stranger = {"MLFLOW_TRACKING_TOKEN": token_of("cleo")}
    run_client(kept, "stranger.py", greenroom.url, f"kept {kept}", **stranger)


def test_a_token_to_read_one_model_is_enough_to_deploy_it(kept, run_client, greenroom, token_of):
    name = f"kept {kept}".replace(" ", "-")
    token = token_of("ben", "--scope", "read", "--model", name)
    run_client(kept, "deploy.py", greenroom.url, name, MLFLOW_TRACKING_TOKEN=token)


@pytest.mark.parametrize("client", ENVIRONMENTS)
def test_whoever_does_not_sign_in_is_told_so(client, run_client, greenroom):
    run_client(client, "outsider.py", greenroom.url)
    run_client(client, "outsider.py", greenroom.url, MLFLOW_TRACKING_TOKEN="grn_" + "x" * 43)
