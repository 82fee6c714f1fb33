"""`greenroom users`, `groups` and `tokens`: what they do, what they print, and how they refuse."""

import re

import pytest
import requests
from click.testing import CliRunner
from sqlalchemy import select

from app.accounts import accounts, credentials, groups, tokens
from app.audit.tables import Event
from app.authz.actors import LOCAL_USER
from app.authz.permissions import Scope
from app.cli import main
from app.cli.tokens import expiry_time
from app.cli.users import users as users_commands
from app.core import clock
from app.core.errors import NotFound
from app.db.transactions import db, transaction
from app.sharing import token_models
from tests.factories.registry import make_model
from tests.support.servers import ROOT, live_greenroom

PASSWORD = "correct horse battery"
DAY = 24 * 3600 * 1000


@pytest.fixture
def greenroom(app, monkeypatch):
    """Run a command on the application's database; `input` is its standard input."""
    monkeypatch.setenv("GREENROOM_INSTANCE", str(app.settings.instance))
    monkeypatch.setenv("GREENROOM_DATABASE_URL", app.settings.database_url)

    def run(*words: str, input: str | bytes = "", status: int = 0):
        result = CliRunner().invoke(main, words, input=input)
        assert result.exit_code == status, result.output
        return result

    return run


@pytest.fixture
def root(greenroom):
    greenroom("users", "create", "root", "--admin", "--password-stdin", input=PASSWORD + "\n")


@pytest.fixture
def look(app):
    """Call something in a transaction of its own."""

    def call(read, *arguments, **values):
        with app.app_context(), transaction():
            return read(*arguments, **values)

    return call


def signs_in(name: str, password: str) -> bool:
    return credentials.VerifiedPasswordCache().by_password(name, password, "") is not None


def sentence(result) -> str:
    """What was refused, said in one line and nothing on standard output."""
    assert result.stdout == ""
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: ")
    return last


def test_the_first_account_signs_in_with_the_password_from_standard_input(greenroom, look):
    result = greenroom("users", "create", "Root", "--admin", "--password-stdin", input=PASSWORD + "\r\n")

    assert result.stdout == "Created Root, an administrator.\n"
    assert look(signs_in, "root", PASSWORD)


def test_commands_start_on_an_instance_that_was_never_served(tmp_path, monkeypatch):
    monkeypatch.setenv("GREENROOM_INSTANCE", str(tmp_path / "new"))
    monkeypatch.delenv("GREENROOM_DATABASE_URL", raising=False)

    result = CliRunner().invoke(main, ["users", "create", "root", "--admin"])

    assert result.exit_code == 0, result.output
    assert "no password" in result.stderr


def test_the_first_account_must_administer(greenroom):
    assert "first account" in sentence(greenroom("users", "create", "anna", status=1))


def test_what_is_refused_is_said_in_a_sentence(greenroom, root, look):
    for words, status, what in (
        (("users", "create", "ROOT"), 1, "named ROOT already"),
        (("users", "create", "a b"), 2, "1 to 128 letters"),
        (("users", "disable", "nobody"), 1, "no account named nobody"),
        (("users", "disable", "root"), 1, "last administrator"),
        (("users", "delete", "root"), 1, "last administrator"),
        (("users", "set-admin", "root", "--off"), 1, "last administrator"),
        (("users", "set-password", "root"), 2, "--password-stdin"),
        (("groups", "create", "everyone"), 2, "everyone"),
        (("groups", "add", "team", "root"), 1, "no group named team"),
        (("tokens", "create", "--user", "nobody"), 1, "no account named nobody"),
        (("tokens", "create", "--user", "root", "--model", "churn"), 1, "There is no model named churn"),
        (("tokens", "create", "--user", "root", "--scope", "everything"), 2, "everything"),
        (("tokens", "create", "--user", "root", "--expires", "soon"), 2, "--expires soon"),
        (("tokens", "create", "--user", "root", "--expires", "2020-01-31"), 2, "future"),
        (("tokens", "revoke", "77"), 1, "no such token"),
        (("tokens", "revoke", str(10**30)), 1, "no such token"),
    ):
        assert what in sentence(greenroom(*words, status=status))
    assert look(tokens.of_account, 1) == []


@pytest.mark.parametrize("password", ["\n", "short\n", "password1234\n", b"\xff" * 20])
def test_a_password_that_is_no_good_is_refused_and_not_repeated(greenroom, root, look, password):
    for words in (("users", "create", "anna"), ("users", "set-password", "root")):
        refused = greenroom(*words, "--password-stdin", input=password, status=2)
        assert "assword" in sentence(refused)
        assert "short" not in refused.output and "password1234" not in refused.output
    with pytest.raises(NotFound):
        look(accounts.find, "anna")


def test_an_account_is_changed_and_listed(greenroom, root, look):
    greenroom("users", "create", "anna", "--full-name", "Anna Schmidt", "--password-stdin", input=PASSWORD)
    assert "tokens create --user bot" in greenroom("users", "create", "bot", "--service").stderr
    greenroom("users", "set-admin", "anna")
    greenroom("users", "disable", "bot")

    lines = greenroom("users", "list").stdout.splitlines()

    assert re.match(r"NAME +ROLE +STATE +LAST SEEN +FULL NAME", lines[0])
    assert re.match(r"anna +administrator +active +- +Anna Schmidt", lines[1])
    assert re.match(r"bot +service +disabled +-", lines[2])
    assert re.match(r"root +administrator +active", lines[3])

    greenroom("users", "set-admin", "anna", "--off")
    greenroom("users", "enable", "bot")
    greenroom("users", "set-password", "anna", "--password-stdin", input="another fine long one\n")
    greenroom("users", "delete", "bot")
    assert not look(accounts.find, "anna").administers
    assert look(signs_in, "anna", "another fine long one")
    assert not look(signs_in, "anna", PASSWORD)
    assert "bot" not in greenroom("users", "list").stdout


def test_an_account_is_prepared_for_single_sign_on(greenroom, root, look):
    greenroom("users", "create", "Anna", "--password-stdin", input=PASSWORD)

    said = greenroom("users", "prepare", "Anna").stdout
    assert said.startswith("Prepared Anna: the next single sign-on under that name")
    assert not look(signs_in, "Anna", PASSWORD)
    row = look(accounts.find, "Anna")
    assert not row.has_password and row.issuer is None
    assert "There is no account" in sentence(greenroom("users", "prepare", "nobody", status=1))


def test_groups_are_made_filled_and_listed(greenroom, root, look):
    greenroom("users", "create", "anna")
    greenroom("groups", "create", "team", "--description", "Data science")
    greenroom("groups", "create", "chiefs", "--admin")
    greenroom("groups", "add", "team", "anna", "root")

    lines = greenroom("groups", "list").stdout.splitlines()
    assert re.match(r"chiefs +0 +yes", lines[1])
    assert re.match(r"team +2 +no +Data science", lines[2])
    assert [line.split()[0] for line in greenroom("groups", "list", "TEAM").stdout.splitlines()] == [
        "NAME",
        "anna",
        "root",
    ]

    greenroom("groups", "add", "chiefs", "anna", "nobody", status=1)
    assert look(groups.find, "chiefs").members == 0, "all or none"
    greenroom("groups", "remove", "team", "anna")
    assert look(groups.find, "team").members == 1
    greenroom("groups", "delete", "team")
    with pytest.raises(NotFound):
        look(groups.find, "team")


def test_a_token_is_printed_alone_and_works(greenroom, root, look):
    result = greenroom("tokens", "create", "--user", "Root")

    assert re.fullmatch(r"grn_\S{20,}\n", result.stdout)
    assert result.stderr == ""
    known = look(credentials.by_token, result.stdout.strip())
    assert (known.actor.name, known.actor.scopes, known.actor.is_limited) == ("root", None, False)


def test_a_token_is_as_narrow_as_asked_and_revoked_at_once(greenroom, root, look):
    look(make_model, "churn", actor=LOCAL_USER)
    made = greenroom(
        "tokens",
        "create",
        "--user",
        "root",
        "--name",
        "nightly",
        "--scope",
        "read",
        "--scope",
        "stage",
        "--expires",
        "90d",
        "--model",
        "churn",
    )
    secret = made.stdout.strip()
    (row,) = look(tokens.of_account, 1)

    assert (row.name, row.scopes) == ("nightly", {Scope.READ, Scope.STAGE})
    assert look(token_models.names_by_token, [row]) == {row.id: ("churn",)}
    assert 90 * DAY - 60_000 < row.expires_at - clock.now_ms() <= 90 * DAY
    listed = greenroom("tokens", "list", "--user", "root").stdout
    assert re.search(rf"{row.id} +{row.hint} +active .*read,stage +churn +nightly", listed)
    assert secret not in listed

    greenroom("tokens", "revoke", str(row.id))

    assert look(credentials.by_token, secret) is None
    assert "revoked" in greenroom("tokens", "list", "--user", "root").stdout


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("12h", DAY // 2),
        ("90d", 90 * DAY),
        ("4w", 28 * DAY),
        ("1970-01-03", 2 * DAY),
        ("1970-01-03T00:00:00+00:00", 2 * DAY),
        ("1970-01-03T02:00:00+02:00", 2 * DAY),
    ],
)
def test_when_a_token_expires_is_a_length_of_time_or_a_date(text, after):
    assert expiry_time(text, 0) == after


def test_the_history_says_that_it_was_the_operator(greenroom, root, look):
    greenroom("users", "create", "anna")
    greenroom("tokens", "create", "--user", "anna")

    def told():
        query = select(Event.kind, Event.actor, Event.actor_id, Event.subject).order_by(Event.id)
        return [tuple(row) for row in db.session.execute(query)]

    shell = "operator's shell"
    assert look(told) == [
        ("account.created", shell, None, "root"),
        ("rights.given", shell, None, "everyone"),
        ("account.created", shell, None, "anna"),
        ("token.created", shell, None, "from the shell"),
    ]


def test_a_running_server_asks_for_signing_in_once_there_is_an_account(app, client, greenroom, monkeypatch):
    monkeypatch.setattr(app.sign_in.team, "LOOK_AGAIN", 0.0)
    path = "/api/2.0/mlflow/registered-models/search"
    assert client.get(path).status_code == 200

    greenroom("users", "create", "root", "--admin", "--password-stdin", input=PASSWORD)

    assert client.get(path).status_code == 401
    assert client.get(path, auth=("root", PASSWORD)).status_code == 200
    secret = greenroom("tokens", "create", "--user", "root", "--scope", "read").stdout.strip()
    assert client.get(path, headers={"Authorization": f"Bearer {secret}"}).status_code == 200


def test_with_accounts_the_server_may_be_reached_from_other_machines(greenroom):
    words = ("serve", "--host", "192.0.2.1", "--port", "0")
    assert "users create" in sentence(greenroom(*words, status=2))

    greenroom("users", "create", "root", "--admin")

    assert "not an address of this machine" in sentence(greenroom(*words, status=2))


def test_a_server_with_accounts_says_so_and_asks_for_them(app, greenroom, root):
    url = app.settings.database_url
    with live_greenroom(app.settings.instance, "--workers", "1", GREENROOM_DATABASE_URL=url) as server:
        assert "Sign-in is required" in server.output()
        address = f"{server.url}/api/2.0/mlflow/registered-models/search"
        assert requests.get(address, timeout=30).status_code == 401
        assert requests.get(address, auth=("root", PASSWORD), timeout=30).status_code == 200


def test_every_command_explains_itself(greenroom):
    for group in ("users", "groups", "tokens"):
        assert group in greenroom("--help").stdout
        commands = greenroom(group, "--help").stdout
        for name in users_commands.commands if group == "users" else ():
            assert name in commands
            assert "Usage:" in greenroom(group, name, "--help").stdout


def test_the_documentation_names_every_command_and_no_other():
    text = (ROOT / "docs" / "accounts.md").read_text()
    there = {
        f"{group} {name}"
        for group in ("users", "groups", "tokens")
        for name in main.commands[group].commands  # type: ignore[attr-defined]
    }

    assert set(re.findall(r"greenroom ((?:users|groups|tokens) [a-z-]+)", text)) == there
    options = {
        option
        for group in ("users", "groups", "tokens", "serve")
        for command in getattr(main.commands[group], "commands", {"": main.commands[group]}).values()
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) <= options


def test_a_token_of_the_shell_has_the_greatest_lifetime_too(greenroom, root, look, monkeypatch):
    monkeypatch.setenv("GREENROOM_TOKEN_MAX_DAYS", "30")
    greenroom("tokens", "create", "--user", "root")
    greenroom("tokens", "create", "--user", "root", "--expires", "30d")
    refused = greenroom("tokens", "create", "--user", "root", "--expires", "31d", status=2)

    assert "at most 30 days" in sentence(refused)
    made = look(tokens.of_account, 1)
    assert [row.expires_at - row.created_at <= 30 * tokens.DAY for row in made] == [True, True]
