"""A team at a live Greenroom: people, services and groups with rights, and what strains the pages about them."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask.sessions import SecureCookieSessionInterface

from app.accounts import accounts, credentials, groups, sessions, tokens
from app.authz.actors import LOCAL_USER, Actor
from app.authz.levels import Level
from app.authz.permissions import Area, Scope
from app.authz.viewer import acting_as
from app.core import clock
from app.db.transactions import db, transaction
from app.http.application import Greenroom
from app.http.authentication import SESSION_KEY
from app.registry import models, versions
from app.sharing import grants, team_setup, token_models
from app.stages import transitions
from app.tracking import experiments
from tests.browser import team_approvals
from tests.browser.visitor import Visitor
from tests.factories.accounts import PASSWORD
from tests.support.applications import migrate, start_app
from tests.support.servers import live_greenroom

SIGNED_IN = ("anna", "ben", "clara", "dmitri", "zoe")
DAY = 24 * 3600 * 1000
LONG = "maria-magdalena.von-und-zu-hohenlohe-schillingsfuerst+ml-platform@analytics.example-company.com"
# Offered on the page to sign in; nobody goes there.
SINGLE_SIGN_ON = {
    "GREENROOM_OIDC_ISSUER": "https://login.example.com",
    "GREENROOM_OIDC_CLIENT_ID": "greenroom",
    "GREENROOM_OIDC_CLIENT_SECRET": "for nobody",
    "GREENROOM_OIDC_NAME": "Example Ltd",
}
BROWSERS = {
    "192.0.2.7": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "2001:db8:85a3::8a2e:370:7334": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/605.1",
    "198.51.100.23": "curl/8.14 " + "with-a-very-long-name-of-its-own/" * 6,
}
PEOPLE = {
    "ben": "Ben Okafor",
    "clara": "Clara Immerwahr",
    "dmitri": None,
    "emmy": "Emmy Noether",
    "felix": "Felix Hausdorff",
    "grace": "مريم بنت علي",
    LONG: "Maria Magdalena Fürstin von und zu " * 3,
}


@dataclass(frozen=True)
class TeamServer:
    """A running Greenroom of a team, and the cookie with which each of `SIGNED_IN` is signed in."""

    url: str
    cookies: Mapping[str, str]

    def sign_in(self, visitor: Visitor, name: str) -> None:
        """Let the visitor's browser be signed in already."""
        visitor.context.add_cookies([{"name": "greenroom", "value": self.cookies[name], "url": self.url}])


@contextlib.contextmanager
def live_team(instance: Path) -> Iterator[TeamServer]:
    """A running Greenroom whose instance is a team's; see `fill` for who is there."""
    migrate(instance)
    app = start_app(instance)
    with app.app_context():
        with transaction():
            fill()
            cookies = {name: cookie(app, name) for name in SIGNED_IN}
        db.engine.dispose()
    with live_greenroom(instance, "--workers", "1", **SINGLE_SIGN_ON) as running:
        yield TeamServer(running.url, cookies)


def cookie(app: Greenroom, name: str) -> str:
    """Begins a session for the account; returns the value of its cookie."""
    secret = sessions.begin(accounts.find(name).id, user_agent=BROWSERS["192.0.2.7"], address="192.0.2.80")
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    return serializer.dumps({SESSION_KEY: secret})


def fill() -> None:
    """anna and zoe administer, ben manages the model churn-classifier, clara may read it, dmitri nothing.

    What is asked, decided and said is about a model of its own: see `tests.browser.team_approvals`.
    """
    team_setup.set_up_team("anna", PASSWORD, full_name="Anna Arendt", actor=LOCAL_USER)
    anna = credentials.actor_of(accounts.find("anna").id)
    assert anna is not None
    with acting_as(anna):
        _people(anna)
        _groups(anna)
        _things(anna)
        _rights(anna)
        team_approvals.fill(anna)
        _tokens(anna)
        _sessions(anna)


def _people(anna: Actor) -> None:
    for name, full_name in PEOPLE.items():
        password = PASSWORD if name in ("ben", "clara", "dmitri") else None
        accounts.create(name, full_name=full_name, password=password, actor=anna)
    accounts.create("zoe", full_name="Zoe Zuse", is_admin=True, actor=anna)
    accounts.disable("felix", actor=anna)
    accounts.create("nightly-training", kind="service", full_name="Trains every model at night", actor=anna)
    accounts.create("scoring-server." + "eu-central-1." * 5, kind="service", actor=anna)


def _groups(anna: Actor) -> None:
    groups.create("risk", description="Answers for every model that decides about money.", actor=anna)
    groups.create("keepers", description="Keep the registry.", is_admin=True, actor=anna)
    groups.create("group-of-" + "everybody-who-ever-" * 5, description="long " * 60, actor=anna)
    groups.create("empty", actor=anna)
    for name in ("ben", "emmy", "felix", LONG, "nightly-training"):
        groups.add("risk", name, actor=anna)
    groups.add("keepers", "zoe", actor=anna)


def _things(anna: Actor) -> None:
    models.create(
        "churn-classifier", description="Who leaves, and **why**.", tags={"team": "risk"}, actor=anna
    )
    for stage in ("Production", "Staging", None):
        made = versions.create("churn-classifier", "s3://models/churn", actor=anna)
        if stage:
            transitions.transition("churn-classifier", made.number, stage, actor=anna)
    models.create("quarterly_revenue_forecast_for_all_regions_" * 5, actor=anna)
    experiments.create("churn", actor=anna)


def _rights(anna: Actor) -> None:
    for name, level in (
        ("ben", Level.MANAGE),
        ("clara", Level.READ),
        (LONG, Level.MANAGE_PRODUCTION),
        ("nightly-training", Level.EDIT),
        ("felix", Level.MANAGE_STAGING),
    ):
        grants.set_on_model("churn-classifier", grants.principal_of_account(name), level, actor=anna)
    grants.set_on_model(
        "churn-classifier", grants.principal_of_group("risk"), Level.MANAGE_STAGING, actor=anna
    )
    grants.set_on_model("churn-classifier", grants.EVERYONE, Level.READ, actor=anna)
    grants.set_on_model("churn-classifier", grants.EVERYONE, None, actor=anna)
    grants.set_on_experiment(1, grants.principal_of_account("ben"), Level.MANAGE, actor=anna)
    grants.set_on_experiment(1, grants.EVERYONE, Level.READ, actor=anna)
    grants.set_on_area(Area.MODELS, grants.principal_of_group("empty"), Level.EDIT, actor=anna)
    grants.set_on_area(
        Area.EXPERIMENTS, grants.principal_of_account("nightly-training"), Level.EDIT, actor=anna
    )


def _tokens(anna: Actor) -> None:
    now, own = clock.now_ms(), anna.account_id or 0
    token_models.create(own, "laptop", actor=anna)
    _, nightly = token_models.create(
        own,
        "nightly training of everything that has to do with churn, in all regions",
        scopes={Scope.READ, Scope.WRITE},
        expires_at=now + 30 * DAY,
        actor=anna,
    )
    limited = ["churn-classifier", "quarterly_revenue_forecast_for_all_regions_" * 5]
    token_models.create(
        own, "dashboard", scopes={Scope.READ}, expires_at=now + 300 * DAY, models=limited, actor=anna
    )
    revoked, _ = token_models.create(own, "lost-laptop", actor=anna)
    tokens.revoke(revoked.id, actor=anna)
    service = accounts.find("nightly-training").id
    _, cluster = token_models.create(service, "cluster", scopes={Scope.WRITE}, actor=anna)
    for key, secret in (("trained", nightly), ("checked", cluster)):
        known = credentials.by_token(secret)
        assert known is not None
        with acting_as(known.actor):
            models.set_tag("churn-classifier", key, "tonight", actor=known.actor)


def _sessions(anna: Actor) -> None:
    for address, user_agent in BROWSERS.items():
        sessions.begin(anna.account_id or 0, user_agent=user_agent, address=address)
