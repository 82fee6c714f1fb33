"""`greenroom db`: where the schema stands, and the way up; and what serve does about a schema that is behind."""

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from app.cli import main


@pytest.fixture
def empty_url(request, database, tmp_path):
    """The address of a database without any table."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    with request.getfixturevalue("postgres").database() as url:
        yield url


@pytest.fixture
def greenroom(empty_url, tmp_path, monkeypatch):
    """Run the command on the empty database."""
    monkeypatch.setenv("GREENROOM_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("GREENROOM_DATABASE_URL", empty_url)
    monkeypatch.setattr("app.server.gunicorn_app.become_server", lambda options: print("serving"))
    return lambda *words: CliRunner().invoke(main, words)


def pretend(url: str, step: str) -> None:
    """Let the database say that it is at migration `step`."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :step"), {"step": step})
    engine.dispose()


def test_upgrade_brings_an_empty_database_to_the_newest_migration(greenroom):
    assert greenroom("db", "current").output == "- (empty)\n"

    upgraded = greenroom("db", "upgrade")

    assert upgraded.exit_code == 0
    assert "is now at migration" in upgraded.output
    assert greenroom("db", "current").output.endswith(" (current)\n")
    assert greenroom("db", "check").exit_code == 0


def test_upgrading_again_changes_nothing(greenroom):
    greenroom("db", "upgrade")

    again = greenroom("db", "upgrade")

    assert again.exit_code == 0
    assert "was already" in again.output


def test_check_says_what_to_do_about_a_schema_that_is_behind(greenroom):
    result = greenroom("db", "check")

    assert result.exit_code == 1
    assert "greenroom db upgrade" in result.stderr


@pytest.mark.parametrize("words", [("db", "upgrade"), ("db", "check"), ("serve", "--port", "0")])
def test_a_schema_of_a_newer_greenroom_is_left_alone(greenroom, empty_url, words):
    greenroom("db", "upgrade")
    pretend(empty_url, "9999")

    result = greenroom(*words)

    assert result.exit_code == 1
    assert "newer" in result.stderr
    assert greenroom("db", "current").output.startswith("9999 ")


def test_serve_upgrades_a_database_of_its_own_and_asks_before_it_upgrades_a_shared_one(greenroom, database):
    result = greenroom("serve", "--port", "0")

    if database == "sqlite":
        assert result.output == "serving\n"
        assert greenroom("db", "check").exit_code == 0
    else:
        assert result.exit_code == 1
        assert "greenroom db upgrade" in result.stderr
        assert greenroom("db", "current").output == "- (empty)\n"


def test_serve_upgrades_any_database_when_told_to(greenroom):
    assert greenroom("serve", "--port", "0", "--upgrade").output == "serving\n"
    assert greenroom("db", "check").exit_code == 0
