"""`greenroom check`, as an operator runs it: every line, its exit code, and what it says to do."""

import json
import shutil
import subprocess
import urllib.request

import click
import pytest
from sqlalchemy import create_engine, text

from app.artifacts import store
from app.artifacts.paths import ROOT_MARKER, ArtifactPath
from app.cli.operator import operator_transaction
from tests.support.servers import GREENROOM, ServerFailed, clean_environment, live_greenroom


def run(instance, *arguments, **env):
    return subprocess.run(
        [str(GREENROOM), *arguments],
        env=clean_environment(GREENROOM_INSTANCE=str(instance), **env),
        capture_output=True,
        text=True,
        timeout=60,
    )


def states(instance, *arguments, **env):
    """The exit code, and the state of each thing that was looked at."""
    done = run(instance, "check", "--json", *arguments, **env)
    findings = json.loads(done.stdout)
    assert all(set(finding) == {"what", "state", "sentence"} for finding in findings)
    return done.returncode, {finding["what"]: finding["state"] for finding in findings}


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """The instance folder of a server that has run."""
    instance = tmp_path_factory.mktemp("check") / "instance"
    with live_greenroom(instance, "--workers", "1"):
        pass
    return instance


@pytest.fixture
def instance(started, tmp_path):
    return shutil.copytree(started, tmp_path / "instance")


def test_a_healthy_server_is_ok_throughout(instance):
    code, found = states(instance, "--deep")

    room = {name: found.pop(name) for name in ("room for artifacts", "room for instance")}
    assert "fault" not in room.values()
    assert code == 0
    assert set(found.values()) == {"ok"}
    assert {"settings", "secret key", "database", "schema", "database content", "proxy"} <= set(found)
    assert {"shared key", "artifacts of this database", "artifact folder", "upload folder"} <= set(found)


def test_settings_that_cannot_be_used_are_a_fault(instance):
    assert states(instance, GREENROOM_PASSWORDS="maybe") == (1, {"settings": "fault"})


def test_a_key_that_others_can_read_is_a_fault(instance):
    (instance / "secret_key").chmod(0o644)
    code, found = states(instance)
    assert (code, found["secret key"]) == (1, "fault")


def test_another_key_is_a_fault_until_it_is_accepted(instance):
    key = "k" * 40
    code, found = states(instance, GREENROOM_SECRET_KEY=key)
    assert (code, found["secret key"], found["shared key"]) == (1, "ok", "fault")

    with live_greenroom(instance, "--workers", "1", GREENROOM_SECRET_KEY=key) as server:
        assert "The secret key is not the one that this database's servers use" in server.output()
        assert key not in server.output()

    code, found = states(instance, "--accept", GREENROOM_SECRET_KEY=key)
    assert (code, found["shared key"]) == (0, "ok")


def test_a_key_in_a_file_of_its_own(instance, tmp_path):
    (instance / "secret_key").rename(tmp_path / "key")
    code, found = states(instance, GREENROOM_SECRET_KEY_FILE=str(tmp_path / "key"))
    assert (code, found["shared key"]) == (0, "ok")
    assert not (instance / "secret_key").exists()


def test_a_server_with_other_artifacts_does_not_start(instance, tmp_path):
    other = {"GREENROOM_ARTIFACTS_URL": str(tmp_path / "other")}
    code, found = states(instance, **other)
    assert (code, found["artifacts of this database"]) == (1, "fault")
    refused = pytest.raises(ServerFailed, match="is not the one of this database")
    with refused, live_greenroom(instance, "--workers", "1", **other):
        pass
    assert list((tmp_path / "other").iterdir()) == []

    assert states(instance, "--accept", **other)[0] == 0
    assert (tmp_path / "other" / ROOT_MARKER).read_text() == (
        instance / "artifacts" / ROOT_MARKER
    ).read_text()


def test_artifacts_of_another_installation_are_named_as_such(instance, tmp_path):
    (instance / "artifacts" / ROOT_MARKER).write_text("0" * 32)
    done = run(instance, "serve", "--port", "0")
    assert done.returncode == 1
    assert "belongs to another installation" in done.stderr


def test_a_schema_to_be_upgraded_is_a_warning_on_sqlite(tmp_path):
    code, found = states(tmp_path / "new")
    assert (code, found["schema"]) == (0, "warning")


def test_postgresql_is_read_deeply_and_its_faults_are_named(tmp_path, postgres):
    with postgres.database() as url:
        variables = {"GREENROOM_DATABASE_URL": url}
        assert states(tmp_path / "instance", **variables)[1]["schema"] == "fault"
        assert run(tmp_path / "instance", "db", "upgrade", **variables).returncode == 0
        code, found = states(tmp_path / "instance", "--deep", **variables)
        assert (code, found["database content"], found["clock"]) == (0, "ok", "ok")

        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE account ADD CONSTRAINT odd CHECK (id < 0) NOT VALID"))
        engine.dispose()
        code, found = states(tmp_path / "instance", "--deep", **variables)
        assert (code, found["database content"]) == (1, "fault")


def test_a_proxy_that_nobody_trusts_is_a_warning_until_it_is_trusted(instance):
    with live_greenroom(instance, "--workers", "1") as server:
        request = urllib.request.Request(f"{server.url}/health", headers={"X-Forwarded-For": "192.0.2.7"})
        urllib.request.urlopen(request, timeout=30).close()
        assert states(instance)[1]["proxy"] == "warning"
    assert states(instance, GREENROOM_TRUSTED_PROXIES="1")[1]["proxy"] == "ok"


def test_other_commands_do_not_take_an_unmounted_disk_for_an_empty_one(instance, monkeypatch):
    monkeypatch.setenv("GREENROOM_INSTANCE", str(instance))
    (instance / "artifacts").rename(instance / "kept")
    refused = pytest.raises(click.ClickException, match="as if its disk were not mounted")
    with refused, operator_transaction(read_only=True):
        store().all_files(ArtifactPath(()), 10)
    assert list((instance / "artifacts").iterdir()) == []
