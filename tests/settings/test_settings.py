"""Settings: what is made where nothing is said, and one sentence that names the variable at fault."""

import stat

import pytest

from app.settings.env import ConfigError
from app.settings.settings import Settings


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
        ("GREENROOM_PREFIX", "greenroom"),
        ("GREENROOM_PREFIX", "//host"),
        ("GREENROOM_PREFIX", "/a//b"),
        ("GREENROOM_PREFIX", "/a/../b"),
        ("GREENROOM_PREFIX", "/a b"),
        ("GREENROOM_PREFIX", "https://example.com/greenroom"),
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
        ("GREENROOM_TRUSTED_PROXIES", "all"),
        ("GREENROOM_TRUSTED_PROXIES", "-1"),
        ("GREENROOM_SESSION_HOURS", "0"),
        ("GREENROOM_SESSION_HOURS", "8785"),
        ("GREENROOM_SESSION_HOURS", "two weeks"),
        ("GREENROOM_TOKEN_MAX_DAYS", "0"),
        ("GREENROOM_TOKEN_MAX_DAYS", "3651"),
        ("GREENROOM_TOKEN_MAX_DAYS", "a month"),
        ("GREENROOM_PASSWORDS", "no"),
        ("GREENROOM_PASSWORDS", "off"),  # and no provider either
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


# --- The OpenID provider ---

PROVIDER = {
    "GREENROOM_OIDC_ISSUER": "https://login.example.com/realms/ours",
    "GREENROOM_OIDC_CLIENT_ID": "greenroom",
    "GREENROOM_OIDC_CLIENT_SECRET": "much hidden",
}


def test_nothing_is_known_of_a_provider_when_nothing_is_said(read):
    assert read().oidc is None
    assert read(GREENROOM_OIDC_ISSUER=" ").oidc is None


def test_a_provider_needs_three_settings_and_the_rest_has_defaults(read):
    oidc = read(**PROVIDER).oidc

    assert oidc.discovery_url == "https://login.example.com/realms/ours/.well-known/openid-configuration"
    assert (oidc.client_id, oidc.client_secret) == ("greenroom", "much hidden")
    assert (oidc.name, oidc.scopes, oidc.groups_claim) == ("single sign-on", "openid profile email", "groups")
    assert (oidc.groups, oidc.admin_group, oidc.allowed_groups) == ({}, None, frozenset())


def test_everything_about_a_provider_can_be_said(read):
    oidc = read(
        **PROVIDER,
        GREENROOM_OIDC_NAME=" Example Ltd ",
        GREENROOM_OIDC_SCOPES="openid  roles",
        GREENROOM_OIDC_GROUPS_CLAIM="https://example.com/roles",
        GREENROOM_OIDC_GROUPS="/team a=risk, cn=b=fraud,",
        GREENROOM_OIDC_ADMIN_GROUP="/ops",
        GREENROOM_OIDC_ALLOWED_GROUPS="/ops, /team a",
        GREENROOM_OIDC_SESSION_HOURS="9",
    ).oidc

    assert (oidc.name, oidc.scopes, oidc.groups_claim) == (
        "Example Ltd",
        "openid roles",
        "https://example.com/roles",
    )
    assert oidc.groups == {"/team a": "risk", "cn=b": "fraud"}
    assert (oidc.admin_group, oidc.allowed_groups) == ("/ops", {"/ops", "/team a"})
    assert oidc.session_hours == 9


def test_the_clients_secret_may_lie_in_a_file(read, tmp_path):
    (tmp_path / "secret").write_text("from a file\n")
    settings = PROVIDER | {"GREENROOM_OIDC_CLIENT_SECRET": ""}

    oidc = read(**settings, GREENROOM_OIDC_CLIENT_SECRET_FILE=str(tmp_path / "secret")).oidc

    assert oidc.client_secret == "from a file"


def test_the_clients_secret_does_not_show_in_a_log(read):
    assert "much hidden" not in repr(read(**PROVIDER))


@pytest.mark.parametrize(
    "issuer", ["http://127.0.0.1:8080", "http://[::1]:8080/x", "http://localhost:8080", "http://id.localhost"]
)
def test_a_provider_on_this_machine_may_do_without_https(read, issuer):
    assert read(**PROVIDER | {"GREENROOM_OIDC_ISSUER": issuer}).oidc.issuer == issuer


def test_passwords_can_be_switched_off_where_a_provider_takes_their_place(read):
    assert read().passwords
    assert read(GREENROOM_PASSWORDS="on").passwords
    assert not read(**PROVIDER, GREENROOM_PASSWORDS="Off").passwords


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GREENROOM_OIDC_ISSUER", ""),
        ("GREENROOM_OIDC_ISSUER", "login.example.com"),
        ("GREENROOM_OIDC_ISSUER", "http://login.example.com"),
        ("GREENROOM_OIDC_ISSUER", "http://10.0.0.1"),
        ("GREENROOM_OIDC_ISSUER", "http://localhost.example.com"),
        ("GREENROOM_OIDC_ISSUER", "https://login.example.com/?realm=ours"),
        ("GREENROOM_OIDC_ISSUER", "https://me@login.example.com"),
        ("GREENROOM_OIDC_ISSUER", "https://login.example.com:port"),
        ("GREENROOM_OIDC_ISSUER", "https://"),
        ("GREENROOM_OIDC_CLIENT_ID", ""),
        ("GREENROOM_OIDC_CLIENT_ID", "grün"),
        ("GREENROOM_OIDC_CLIENT_SECRET", " "),
        ("GREENROOM_OIDC_CLIENT_SECRET", "two\nlines"),
        ("GREENROOM_OIDC_CLIENT_SECRET_FILE", "/dev/null"),
        ("GREENROOM_OIDC_CLIENT_SECRET_FILE", "/dev/null/secret"),
        ("GREENROOM_OIDC_SCOPES", "profile"),
        ("GREENROOM_OIDC_GROUPS", "theirs"),
        ("GREENROOM_OIDC_GROUPS", "=ours"),
        ("GREENROOM_OIDC_GROUPS", "theirs="),
        ("GREENROOM_OIDC_GROUPS", "theirs=a,theirs=b"),
    ],
)
def test_an_unusable_word_about_the_provider_is_named_in_one_sentence(read, variable, value):
    given = PROVIDER | {variable: value}
    if variable.endswith("_FILE"):
        given["GREENROOM_OIDC_CLIENT_SECRET"] = ""

    with pytest.raises(ConfigError) as refusal:
        read(**given)

    sentence = str(refusal.value)
    assert variable in sentence
    assert sentence.startswith("GREENROOM_OIDC_")
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_a_secret_given_twice_is_refused(read, tmp_path):
    with pytest.raises(ConfigError, match="both set"):
        read(**PROVIDER, GREENROOM_OIDC_CLIENT_SECRET_FILE=str(tmp_path / "secret"))
