"""Settings: what is made where nothing is said, and one sentence that names the variable at fault."""

import stat

import pytest

from app.config import ConfigError, Settings


@pytest.fixture
def read(tmp_path):
    """Settings from variables, with the instance below the test's folder unless one is given."""

    def read(**variables: str) -> Settings:
        return Settings.from_environ({"GREENROOM_INSTANCE": str(tmp_path / "instance")} | variables)

    return read


def test_everything_lies_in_the_instance_when_nothing_else_is_said(read, tmp_path):
    settings = read()

    instance = tmp_path / "instance"
    assert settings.instance == instance
    assert settings.database_url == f"sqlite:///{instance}/greenroom.db"
    assert settings.artifacts == instance / "artifacts"
    assert settings.allowed_hosts == frozenset()


def test_the_secret_key_is_made_once_and_is_readable_by_its_owner_alone(read):
    first, second = read(), read()

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) == 64
    assert stat.S_IMODE((first.instance / "secret_key").stat().st_mode) == 0o600


def test_two_instances_have_different_keys(tmp_path):
    keys = {
        Settings.from_environ({"GREENROOM_INSTANCE": str(tmp_path / name)}).secret_key for name in ("a", "b")
    }
    assert len(keys) == 2


def test_the_secret_key_and_a_databases_password_do_not_show_in_a_log(read):
    settings = read(GREENROOM_DATABASE_URL="postgresql://u:hidden@host/db")

    assert settings.secret_key not in repr(settings)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_is_spoken_to_through_the_driver_that_is_installed(read, scheme):
    url = read(GREENROOM_DATABASE_URL=f"{scheme}://u:p%40ss@host:5433/db").database_url

    assert url == "postgresql+psycopg://u:p%40ss@host:5433/db"


@pytest.mark.parametrize("value", ["{}/files", "file://{}/files", "file://localhost{}/files"])
def test_artifacts_may_lie_in_any_folder(read, tmp_path, value):
    assert read(GREENROOM_ARTIFACTS_URL=value.format(tmp_path)).artifacts == tmp_path / "files"


def test_names_of_hosts_are_read_with_commas_whatever_their_case(read):
    assert read(GREENROOM_ALLOWED_HOSTS=" Models.example.com, ,b ").allowed_hosts == {
        "models.example.com",
        "b",
    }


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GREENROOM_DATABASE_URL", "not an address"),
        ("GREENROOM_DATABASE_URL", "mysql://host/db"),
        ("GREENROOM_DATABASE_URL", "sqlite:///:memory:"),
        ("GREENROOM_DATABASE_URL", "sqlite://"),
        ("GREENROOM_ARTIFACTS_URL", "ftp://host/files"),
        ("GREENROOM_ARTIFACTS_URL", "file://elsewhere/files"),
        ("GREENROOM_ARTIFACTS_URL", "file:///files?x=1"),
        ("GREENROOM_ARTIFACTS_URL", "/dev/null/files"),
        ("GREENROOM_INSTANCE", "/dev/null"),
        ("GREENROOM_INSTANCE", "/dev/null/below"),
    ],
)
def test_an_unusable_value_is_named_in_one_sentence(read, variable, value):
    with pytest.raises(ConfigError) as refusal:
        read(**{variable: value})

    sentence = str(refusal.value)
    assert sentence.startswith(variable)
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_a_key_too_short_to_protect_anything_is_refused(read, tmp_path):
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "secret_key").write_text("short")

    with pytest.raises(ConfigError, match="GREENROOM_INSTANCE holds a secret_key that is too short"):
        read()
