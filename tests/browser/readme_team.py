"""The team whose approval the README shows: a version that beats the one in Production, and is almost approved."""

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path

from app.accounts import accounts, credentials, groups, tokens
from app.authz.actors import LOCAL_USER
from app.authz.viewer import acting_as
from app.db.transactions import db, transaction
from app.sharing import team_setup
from app.stages import rule_settings
from tests.browser.library import Library
from tests.browser.team import TeamServer, cookie
from tests.factories.accounts import PASSWORD
from tests.support.applications import migrate, start_app
from tests.support.servers import live_greenroom

MODEL = "loan-default"
REQUEST = f"/models/{MODEL}/versions/2/requests/2"
APPROVER = "ben"
DESCRIPTION = "Predicts which loans will not be paid back. Used by the credit desk in six countries."
VERSIONS = (
    "Gradient boosting on applications from 2024 and 2025.\n\nThe threshold is 0.31.",
    "Gradient boosting on applications from 2024 to June 2026.\n\nThe threshold is 0.34.",
)
WHY = "Retrained with the first half of 2026. It finds more defaults **in every country**, with fewer false alarms."
QUESTION = "Does the new threshold change how many applications go to manual review?"
ANSWER = "A little: 11.8 % instead of 12.4 % on the applications of June, @ben."
FAIRNESS = "Largest difference between age groups: 1.3 points."
SCAN = "No code found outside of scikit-learn."


@contextlib.contextmanager
def live_readme_team(instance: Path) -> Iterator[TeamServer]:
    """A running Greenroom in which `APPROVER` is signed in and `REQUEST` waits for a second approval."""
    migrate(instance)
    app = start_app(instance)
    with app.app_context():
        with transaction():
            secrets = _people()
            cookies = {APPROVER: cookie(app, APPROVER)}
        db.engine.dispose()
    with live_greenroom(instance, "--workers", "1") as running:
        _release(running.url, secrets)
        yield TeamServer(running.url, cookies)


def _people() -> dict[str, str]:
    """Sets up the accounts and the rule; returns each person's token."""
    team_setup.set_up_team("anna", PASSWORD, everyone_reads=True, actor=LOCAL_USER)
    anna = credentials.actor_of(accounts.find("anna").id)
    assert anna is not None
    with acting_as(anna):
        for name in ("ben", "clara", "emmy"):
            accounts.create(name, password=PASSWORD, actor=anna)
        accounts.create("ci", kind="service", actor=anna)
        reviewers = groups.create("reviewers", actor=anna)
        for name in ("ben", "emmy"):
            groups.add("reviewers", name, actor=anna)
        rule_settings.set_rule(
            "Production",
            approvals=2,
            approver_groups=[reviewers.id],
            checks=["fairness", "scan"],
            is_exclusive=True,
            must_request=True,
            actor=anna,
        )
        people = ("anna", "ben", "clara", "emmy", "ci")
        return {name: tokens.create(accounts.find(name).id, "readme", actor=anna)[1] for name in people}


def _release(url: str, secrets: dict[str, str]) -> None:
    """Lets clara train and request, and the others check, discuss and approve."""
    as_person = {name: _signed_in(url, secret) for name, secret in secrets.items()}
    clara = as_person["clara"]
    experiment = clara.experiment("loan-default")
    clara.model(MODEL, DESCRIPTION, {"team": "credit"})
    for number, description in enumerate(VERSIONS):
        run = _train(clara, experiment, number)
        clara.version(MODEL, run, description=description)
    _let_edit(clara, "ci")
    first, second = ({"name": MODEL, "version": version} for version in ("1", "2"))
    for version in (first, second):
        _check(as_person["ci"], version, "fairness", FAIRNESS)
        _check(as_person["ci"], version, "scan", SCAN)
    target = {"stage": "Production"}
    clara.call("POST", "transition-requests/create", **first, **target)
    for name in ("ben", "emmy"):
        as_person[name].call("POST", "transition-requests/approve", **first, **target)
    clara.call("POST", "transition-requests/create", **second, **target, comment=WHY)
    as_person["emmy"].call(
        "POST", "transition-requests/approve", **second, **target, comment="Checked by country."
    )
    as_person["ben"].call("POST", "comments/create", **second, comment=QUESTION)
    clara.call("POST", "comments/create", **second, comment=ANSWER)


def _signed_in(url: str, secret: str) -> Library:
    library = Library(url)
    library.session.headers["Authorization"] = f"Bearer {secret}"
    return library


def _let_edit(owner: Library, name: str) -> None:
    """Gives the service account `name` the level that reporting checks takes."""
    shown = owner.call("GET", "databricks/registered-models/get", name=MODEL)
    model_id = shown["registered_model_databricks"]["id"]
    granted = [{"user_name": name, "permission_level": "CAN_EDIT"}]
    owner.call("PATCH", f"../permissions/registered-models/{model_id}", access_control_list=granted)


def _check(service: Library, version: dict[str, str], check: str, summary: str) -> None:
    service.call("POST", "../greenroom/checks", **version, check=check, state="passed", summary=summary)


def _train(library: Library, experiment: str, number: int) -> str:
    """Logs the run of a version; returns its id. The second is better at everything but its log loss."""
    rounds = range(60)
    better = 0.011 * number
    metrics = {
        "val_auc": [0.842 + better - 0.25 * math.exp(-step / 9) for step in rounds],
        "val_recall": [0.613 + 2 * better - 0.3 * math.exp(-step / 12) for step in rounds],
        "val_logloss": [0.287 - better + 0.4 * math.exp(-step / 10) for step in rounds],
        "review_rate": [0.124 - 0.006 * number],
    }
    params = {"learning_rate": "0.05", "max_depth": str(6 + number), "n_estimators": str(400 + 200 * number)}
    run = library.run(experiment, ("steady-heron", "quiet-finch")[number], metrics=metrics, params=params)
    library.put_model(experiment, run)
    return run
