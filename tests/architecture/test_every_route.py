"""Every route, by every address and method: for who has not signed in, a stranger, a reader, and who may.

Whatever the owner made carries MARK, or an id that nobody can guess: neither may be in an answer to
somebody who may not read it, unless they sent it themselves.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.accounts import groups, passwords
from app.accounts.tables import Token
from app.authz.actors import LOCAL_USER
from app.authz.levels import Level
from app.authz.permissions import FOR_ADMINISTRATORS, PERMISSION_SPECS, Permission
from app.authz.tables import Account
from app.db import transactions
from app.db.transactions import db, transaction
from app.http.authentication import SESSION_KEY
from tests.factories.accounts import sign_in
from tests.support import routes
from tests.support.answers import FILES, done
from tests.support.pages import Page, inspect
from tests.support.queries import recorded_queries
from tests.support.routes import Call
from tests.support.team import Person, Team

MARK = "sekrit"
LAB, SHELF = f"{MARK}-lab", f"{MARK}-shelf"  # what is of the experiment, what is of the model
PASSWORD = "an old password of the owner's"
BYTES = f"{MARK}: bytes".encode()

# What who may do it is answered, where that is not that it is done.
ANSWERS = {
    "accounts.prepare": 404,
    "artifacts_presigned_download": 501,
    "manifests_report_digest": 400,  # of files that are held here
    "owned_artifacts_presigned_download_url": 400,
    "owned_artifacts_presigned_upload_url": 400,
    # There are no traces.
    "traces_get_old_trace_info": 404,
    "traces_get_trace": 404,
    "traces_get_trace_info": 404,
}
# Who may do it, where that is neither the owner nor, of what administers, the administrator.
WHO = {
    "transition_requests_approve_request": "root",
    "transition_requests_reject_request": "root",
    "transition_requests.decide": "root",
    "users_get": "root",
    "users_update_password": "root",
}

# Pages for the author of a comment, whom any reader can be.
OF_ITS_AUTHOR = {"transition_requests.deleted_comment", "transition_requests.edit_comment"}

# How many statements a page takes at most, and those that take more.
MOST_STATEMENTS = 12
STATEMENTS = {
    "home.show": 17,
    "members.of_model": 15,
    "model_settings.archive": 14,
    "models.show": 22,  # the rules of Production and of @champion among them
    "runs.show": 20,
    "stage_history.show": 13,  # the periods of aliases beside those of stages
    "stage_rules.of_model": 13,  # the rules of aliases and tags beside those of stages
    "stage_settings.index": 17,  # the same
    "transition_requests.show": 24,
    "stage_history.return_to": 16,  # what the version was in the stage, and what it is
    "versions.show": 40,  # of its run, data, requests, rules, checks, comments and history one or two each
}


@pytest.fixture
def world(team) -> dict[str, str]:
    """Names and ids of one of everything, made by the owner; the reader may read the model and the experiment."""
    # Tokens of forms have tests of their own; here a form without one must not hide a missing right.
    team.app.config["WTF_CSRF_ENABLED"] = False
    owner = team.owner
    world = {
        "name": f"{SHELF}-churn",
        "experiment name": f"{LAB}-work",
        "alias": f"{SHELF}-alias",
        "tag": f"{MARK}-tag",
        "metric": f"{LAB}-metric",
        "upload file": "/home/me/big",
        "asked stage": "Production",
        "reader": "reader",
        "owner": "owner",
        "group": "risk",
        "password": PASSWORD,
    }
    _add_experiment(owner, world)
    _add_model(owner, world)
    team.give(Level.READ, team.reader, model=world["name"])
    _add_deleted_model(team, world)
    team.give(Level.READ, team.reader, experiment=world["experiment"])
    team.give(Level.READ, team.reader, experiment=world["deleted experiment"])
    with team.app.app_context(), transaction():
        groups.create(world["group"], actor=LOCAL_USER)
        of_owner = select(Token.id).where(Token.account_id == owner.id)
        world["token"] = str(db.session.execute(of_owner).scalar_one())
        hashed = update(Account.__table__).values(password_hash=passwords.hash(PASSWORD))
        db.session.execute(hashed.where(Account.__table__.c.id == owner.id))
    return world


def _add_experiment(owner: Person, world: dict[str, str]) -> None:
    tag = {"key": world["tag"], "value": f"{LAB}-value"}
    made = owner.post("experiments/create", name=world["experiment name"], tags=[tag])
    world["experiment"] = experiment = done(made)["experiment_id"]
    made = owner.post("runs/create", experiment_id=experiment, run_name=f"{LAB}-run", tags=[tag])
    world["run"] = run = done(made)["run"]["info"]["run_id"]
    done(
        owner.post(
            "runs/log-batch",
            run_id=run,
            params=[{"key": f"{LAB}-param", "value": LAB}],
            metrics=[{"key": world["metric"], "value": 0.5, "timestamp": 1}],
        )
    )
    dataset = {"name": f"{LAB}-data", "digest": LAB, "source_type": LAB, "source": "{}"}
    done(owner.post("runs/log-inputs", run_id=run, datasets=[{"dataset": dataset}]))
    made = owner.post(
        "logged-models", experiment_id=experiment, name=f"{LAB}-model", source_run_id=run, tags=[tag]
    )
    world["model"] = done(made)["model"]["info"]["model_id"]
    for what, verb in (("experiment", "experiments"), ("run", "runs")):
        fields = {"name": f"{LAB}-gone"} if what == "experiment" else {"experiment_id": experiment}
        gone = done(owner.post(f"{verb}/create", **fields))
        key = gone["experiment_id"] if what == "experiment" else gone["run"]["info"]["run_id"]
        done(owner.post(f"{verb}/delete", **{f"{what}_id": key}))
        world[f"deleted {what}"] = key
    world["folder"] = f"{experiment}/{run}/artifacts"
    world["file"] = f"{world['folder']}/model/MLmodel"
    world["upload"] = put_files(owner, world)


def put_files(owner: Person, world: dict[str, str]) -> str:
    """Store what there is of files, and begin an upload; its id."""
    for file in (world["file"], f"{world['experiment']}/models/{world['model']}/artifacts/MLmodel"):
        assert owner.send("PUT", f"{FILES}artifacts/{file}", data=BYTES).status_code == 200
    upload = owner.post(f"{FILES}mpu/create/{world['folder']}", path=world["upload file"], num_parts=0)
    return done(upload)["upload_id"]


def _add_model(owner: Person, world: dict[str, str]) -> None:
    name, tag = world["name"], {"key": world["tag"], "value": f"{SHELF}-value"}
    done(owner.post("registered-models/create", name=name, tags=[tag], description=f"{SHELF} words"))
    done(
        owner.post(
            "model-versions/create",
            name=name,
            source=f"runs:/{world['run']}/model",
            run_id=world["run"],
            tags=[tag],
            description=f"{SHELF} words",
        )
    )
    done(
        owner.post(
            "model-versions/create", name=name, source=f"models:/{world['model']}", model_id=world["model"]
        )
    )
    done(
        owner.post(
            "model-versions/create", name=name, source=f"models:/{world['model']}", model_id=world["model"]
        )
    )
    done(owner.ask("DELETE", "model-versions/delete", name=name, version="3"))
    for stage in ("Staging", "None"):  # a former holder to return to, whose files may be written
        done(owner.post("model-versions/transition-stage", name=name, version="2", stage=stage))
    done(owner.post("registered-models/alias", name=name, alias=world["alias"], version="1"))
    this = {"name": name, "version": "1"}
    done(owner.post("transition-requests/create", **this, stage="Production", comment=f"{SHELF} request"))
    made = done(owner.post("comments/create", **this, comment=f"{SHELF} comment"))
    world["comment"] = made["comment"]["id"]
    made = done(owner.post("comments/create", **this, comment=f"{SHELF} deleted comment"))
    done(owner.ask("DELETE", "comments/delete", id=made["comment"]["id"]))
    world["deleted comment"], world["deleted comment id"] = "2", made["comment"]["id"]
    shown = done(owner.get("databricks/registered-models/get", name=name))
    world["model key"] = shown["registered_model_databricks"]["id"]


def _add_deleted_model(team: Team, world: dict[str, str]) -> None:
    name = f"{MARK}-retired"
    done(team.owner.post("registered-models/create", name=name))
    shown = done(team.owner.get("databricks/registered-models/get", name=name))
    world["deleted model"] = shown["registered_model_databricks"]["id"]
    team.give(Level.READ, team.reader, model=name)
    done(team.owner.ask("DELETE", "registered-models/delete", name=name))


def is_json(call: Call) -> bool:
    return call.path.startswith(
        (
            "/api/",
            "/ajax-api/",
            "/get-artifact",
            "/model-versions/get-artifact",
            "/logged-models/get-artifact",
        )
    )


@pytest.fixture
def answer_to(team):
    """What a person gets: a form comes from a browser that opened its page, all else with a token."""
    secrets = {}
    for person in (team.owner, team.reader, team.root, team.editor):
        secrets[person.name] = sign_in(team.app, team.app.test_client(), person.id)

    def send(person: Person, call: Call) -> TestResponse:
        if not (call.is_page and call.changes):
            return person.send(call.method, call.path, **call.options())
        browser = team.app.test_client()
        with browser.session_transaction() as kept:
            kept[SESSION_KEY] = secrets[person.name]
        untouched = form_on(browser.get(call.path), call.path)
        return browser.open(call.path, method=call.method, data={**untouched, **call.data})

    return send


def form_on(page: TestResponse, action: str) -> dict[str, str]:
    """The page's form to that address as it comes; nothing where there is none, or one in each row."""
    if page.status_code != 200:
        return {}
    shown = Page(page)
    forms = [one for one in shown.all("form") if (one.get("action"), one.get("method")) == (action, "post")]
    return shown.form(action) if len(forms) == 1 else {}


def leaks(call: Call, text: str, secrets: Iterable[str]) -> bool:
    """Whether the answer holds any of these that the request did not hold."""
    for sent in call.sent():
        text = text.replace(sent, "")
    return any(secret in text for secret in secrets)


def all_of(world: dict[str, str]) -> list[str]:
    """What tells that something is the owner's."""
    return [MARK, world["run"], world["model"], world["deleted run"], world["upload"]]


def seen_by(owner: Person, team: Team, world: dict[str, str]) -> dict[str, str]:
    """What the owner is shown by the calls that read, without the moment that an answer is about: now."""
    return {
        str(call): re.sub(r'^{"at":\d+', "", owner.send(call.method, call.path, **call.options()).text)
        for call in routes.calls(team.app, world)
        if call.method == "GET" and call.path.startswith("/api/")
    }


@contextlib.contextmanager
def nothing_kept(monkeypatch) -> Iterator[None]:
    """Let all that is done be undone at its end, so that it can be tried on the one world."""
    with monkeypatch.context() as patch:
        patch.setattr(transactions._Unit, "commit", transactions._roll_back)
        yield


def test_every_route_can_be_walked(app):
    wrong = routes.unknown(app)
    assert not wrong, "\n".join(["", *wrong])


def test_nothing_else_is_public(app):
    public = {
        routes.name_of(rule)
        for rule in app.url_map.iter_rules()
        if app.view_functions[rule.endpoint].permission is Permission.PUBLIC
    }
    assert public == routes.PUBLIC


def test_who_has_not_signed_in_is_shown_nothing_but_the_way_in(team, world):
    nobody = team.app.test_client(use_cookies=False)
    wrong = []
    for call in routes.calls(team.app, world):
        answer = nobody.open(call.path, method=call.method, **call.options())
        sent_on = call.method in ("GET", "HEAD") and not is_json(call)
        is_right = answer.status_code == 401
        if sent_on:
            is_right = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in?")
        if call.path.startswith(("/api/", "/ajax-api/")):
            is_right = is_right and answer.headers["WWW-Authenticate"].startswith("Basic ")
        if not is_right or leaks(call, answer.text, all_of(world)):
            wrong.append(f"{call}: {answer.status_code} {answer.text[:200]}")
    assert not wrong, "\n".join(["", *wrong])


def test_a_stranger_is_shown_nothing_of_the_owners_and_changes_nothing(team, world):
    before = seen_by(team.owner, team, world)
    own = (Permission.ACCOUNT, Permission.MODELS_CREATE, Permission.EXPERIMENTS_CREATE)
    wrong = []
    for call in routes.calls(team.app, world):
        answer = team.stranger.send(call.method, call.path, **call.options())
        is_refused = answer.status_code in (403, 404, 501) or (
            answer.status_code == 400 and call.endpoint in ("model_versions_create",)
        )
        may_be_done = call.permission in own or not call.changes
        if (
            leaks(call, answer.text, all_of(world))
            or answer.status_code == 500
            or not (is_refused or may_be_done)
        ):
            wrong.append(f"{call} ({call.endpoint}): {answer.status_code} {answer.text[:300]}")
    assert not wrong, "\n".join(["", *wrong])
    assert seen_by(team.owner, team, world) == before


def test_a_reader_reads_and_changes_nothing(team, world, answer_to, monkeypatch):
    before = seen_by(team.owner, team, world)
    wrong = []
    for call in routes.calls(team.app, world):
        takes_more = (
            PERMISSION_SPECS[call.permission].level > Level.READ or call.permission in FOR_ADMINISTRATORS
        )
        if takes_more and call.changes:
            answer = answer_to(team.reader, call)
            is_right = answer.status_code == 403
        else:
            with nothing_kept(monkeypatch):
                answer = answer_to(team.reader, call)
            is_read = not (call.changes or takes_more or call.permission is Permission.ACCOUNT)
            is_right = answer.status_code in good_answers(call) if is_read else answer.status_code < 500
            if call.endpoint in OF_ITS_AUTHOR and not call.changes:
                is_right = answer.status_code == 403
        if not is_right:
            wrong.append(f"{call} ({call.endpoint}): {answer.status_code} {answer.text[:300]}")
    assert not wrong, "\n".join(["", *wrong])
    assert seen_by(team.owner, team, world) == before


@pytest.mark.parametrize(
    ("given", "hidden"), [("name", LAB), ("experiment", SHELF)], ids=["model", "experiment"]
)
def test_who_reads_one_is_shown_nothing_of_the_other(team, world, answer_to, monkeypatch, given, hidden):
    """A version names its run, and a logged model its versions: the names lead no further."""
    what = "model" if given == "name" else "experiment"
    team.give(Level.READ, team.editor, **{what: world[given]})
    wrong = []
    for call in routes.calls(team.app, world):
        with nothing_kept(monkeypatch):
            answer = answer_to(team.editor, call)
        if leaks(call, answer.text, [hidden]) or answer.status_code == 500:
            wrong.append(f"{call} ({call.endpoint}): {answer.status_code} {answer.text[:300]}")
    assert not wrong, "\n".join(["", *wrong])


def test_the_calls_are_good_ones_for_who_may_make_them(team, world, answer_to, monkeypatch):
    """Or the others would be refused for what they sent, and not for who they are."""
    wrong = []
    for call in routes.calls(team.app, world):
        person = getattr(team, WHO.get(call.endpoint, "owner"))
        if call.permission in FOR_ADMINISTRATORS:
            person = team.root
        with nothing_kept(monkeypatch):
            answer = answer_to(person, call)
        if answer.status_code not in good_answers(call):
            wrong.append(f"{call} ({call.endpoint}): {answer.status_code} {answer.text[:300]}")
        if call.endpoint.startswith(("artifacts_", "multipart_uploads_")) and call.changes:
            world["upload"] = put_files(team.owner, world)  # what is done to files is not undone
    assert not wrong, "\n".join(["", *wrong])


def test_every_page_is_valid_and_asks_the_database_no_more_often_than_is_known(team, world, answer_to):
    """With one of everything; that no list asks for each of its rows is what the pages' own tests see to."""
    found: dict[str, int] = {}
    for call in routes.calls(team.app, world):
        if call.is_page and not call.changes:
            person = team.root if call.permission in FOR_ADMINISTRATORS else team.owner
            with recorded_queries(team.app) as statements:
                answer = answer_to(person, call)
            if call.method == "GET" and (answer.mimetype, answer.status_code) == ("text/html", 200):
                inspect(answer, call.path)
            found[call.endpoint] = max(len(statements), found.get(call.endpoint, 0))
    assert len(found) > 50, "nothing was asked for"
    assert {
        page: count for page, count in found.items() if count > STATEMENTS.get(page, MOST_STATEMENTS)
    } == {}


def good_answers(call: Call) -> set[int]:
    """The statuses that say that it was done."""
    if call.endpoint == "not_offered_mlflow_traces":
        return {501, 404}  # a GET there asks for one trace
    if call.endpoint.startswith(("not_offered", "api_not_offered")):
        return {501}
    return {ANSWERS[call.endpoint]} if call.endpoint in ANSWERS else {200, 303}
