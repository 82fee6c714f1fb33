"""The audit log: what is in it, what narrows it down, and the file for spreadsheets."""

import csv
import io

import pytest

from app.accounts import accounts, credentials, tokens
from app.activity import log
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import LOCAL_USER
from app.core import clock
from app.db.transactions import transaction
from app.registry import models, versions
from app.web.admin.audit_form import LogForm
from tests.factories.accounts import PASSWORD, make_account, require_sign_in, sign_in

DAY = 24 * 3600 * 1000
FIRST_DAY = 1_790_035_200_000  # 2026-09-22 00:00 UTC


@pytest.fixture
def root(app, client, do):
    """An administrator who is signed in."""
    made = do(lambda actor: make_account("root", password=PASSWORD, is_admin=True))
    require_sign_in(app)
    sign_in(app, client, made.id)
    return made


@pytest.fixture
def as_somebody(app, do, work_as):
    """Create accounts and let each do something on a day of their own; their names."""
    for day, name in enumerate(("anna", "ben", "clara")):
        work_as(name, FIRST_DAY + day * DAY + 3600_000)
    return ("anna", "ben", "clara")


@pytest.fixture
def work_as(app, do, monkeypatch):
    """Let an account of that name make, tag and delete a model of its own at a moment."""

    def work(name: str, at: int) -> None:
        made = do(lambda actor: make_account(name, is_admin=True))
        with monkeypatch.context() as then, app.app_context(), transaction():
            then.setattr(clock, "now_ms", lambda: at)
            actor = credentials.actor_of(made.id)
            models.create(f"model-{name}", actor=actor)
            models.set_tag(f"model-{name}", "team", "risk", actor=actor)
            versions.create(f"model-{name}", "s3://x", actor=actor)

    return work


def shown(page) -> set[str]:
    """Who is in the list."""
    return {cell.text for cell in page.all("td") if cell.get("data-label") == "Who"}


def records(client, url: str) -> list[dict[str, str]]:
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="greenroom-audit.csv"'
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_it_says_who_did_what_to_what_and_when(pages, root, as_somebody):
    page = pages.get("/admin/audit")

    assert "2026-09-22 01:00:00 anna created the model model-anna" in page.text
    assert "ben set tag team to risk model-ben" in page.text
    assert page.links()["model-clara, version 1"] == "/models/model-clara/versions/1"


@pytest.mark.parametrize(
    ("query", "who"),
    [
        ("", {"anna", "ben", "clara"}),
        ("actor=ANNA", {"anna"}),
        ("actor=nobody-like-this", set()),
        ("model=model-ben", {"ben"}),
        ("model=none", set()),
        ("kind=model.tag_set&actor=clara", {"clara"}),
        ("kind=model", {"anna", "ben", "clara"}),
        ("kind=version.deleted", set()),
        ("since=2026-09-23", {"ben", "clara"}),
        ("until=2026-09-23", {"anna", "ben"}),
        ("since=2026-09-23&until=2026-09-23", {"ben"}),
        ("until=9999-12-31", {"anna", "ben", "clara"}),
        ("actor=%00", {"anna", "ben", "clara"}),
    ],
)
def test_it_is_narrowed_down_and_the_file_alike(pages, client, root, as_somebody, query, who):
    assert shown(pages.get(f"/admin/audit?{query}")) == who
    assert {record["actor"] for record in records(client, f"/admin/audit.csv?{query}")} == who


@pytest.mark.parametrize("query", ["since=yesterday", "until=2026-02-30", "kind=nothing.known"])
def test_what_cannot_be_asked_is_said_and_nothing_is_shown(pages, client, root, as_somebody, query):
    page = pages.get(f"/admin/audit?{query}", status=400)

    field = query.partition("=")[0]
    assert page.error_beside(field)
    assert field == "kind" or "Write it as 2026-11-23" in page.error_beside(field)
    assert shown(page) == set()
    assert records(client, f"/admin/audit.csv?{query}") == []


def test_the_form_keeps_what_was_asked_and_the_file_is_asked_the_same(pages, root, as_somebody):
    page = pages.get("/admin/audit?actor=anna&kind=model&model=&since=2026-09-22")
    fields = {e.get("name"): e.get("value") for e in page.all("input")}

    assert (fields["actor"], fields["since"], fields["model"]) == ("anna", "2026-09-22", "")
    assert page.links()["CSV"] == "/admin/audit.csv?actor=anna&kind=model&since=2026-09-22"


def test_the_pages_follow_one_another_without_a_gap(app, pages, root):
    with app.app_context(), transaction():
        for number in range(120):
            recorder.record(Kind.STAGE_CREATED, actor=LOCAL_USER, subject=f"stage-{number:03}")

    seen, url = [], "/admin/audit?kind=stage.created"
    while url:
        page = pages.get(url)
        seen += [line.text for line in page.all("b") if (line.text or "").startswith("stage-")]
        url = page.links().get("Older")
    assert seen == [f"stage-{number:03}" for number in reversed(range(120))]
    assert "Newest" in page.links()


def test_the_file_has_everything_however_much(app, client, root, monkeypatch):
    monkeypatch.setattr(log, "BATCH_SIZE", 7)
    with app.app_context(), transaction():
        for number in range(50):
            recorder.record(Kind.STAGE_CREATED, actor=LOCAL_USER, subject=f"stage-{number:03}")

    found = records(client, "/admin/audit.csv?kind=stage.created")
    assert [record["subject"] for record in found] == [f"stage-{number:03}" for number in reversed(range(50))]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\x01x", "＝1+1", "＠SUM(A1)"]
)
def test_no_cell_is_taken_for_a_formula(app, client, root, text):
    with app.app_context(), transaction():
        recorder.record(
            Kind.MODEL_TAG_SET, actor=LOCAL_USER, subject=text, after=text, comment="plain = text"
        )

    [record] = records(client, "/admin/audit.csv?kind=model.tag_set")
    assert record["subject"] == record["after"] == f"'{text}"
    assert record["comment"] == "plain = text"


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}"])
def test_whatever_is_on_record_is_text(app, pages, root, text):
    with app.app_context(), transaction():
        recorder.record(Kind.SIGN_IN_REFUSED, actor=LOCAL_USER, subject=text, comment=text)

    page = pages.get("/admin/audit")
    assert page.text.count(text) == 2 and not page.all("img")


def test_a_deleted_model_is_named_and_not_linked(pages, root, as_somebody, do):
    do(models.delete, "model-anna")
    page = pages.get("/admin/audit?model=model-anna")

    assert "model-anna, which is deleted" in page.text
    assert shown(page) == {"anna", "Ada"}


def test_an_account_deleted_and_made_anew_is_both_its_lives(pages, root, as_somebody, do, work_as):
    do(accounts.delete, "anna")
    with_both = pages.get("/admin/audit?actor=anna").text
    assert "created the model model-anna" in with_both


def test_signing_in_and_being_refused_are_on_record(app, pages, client, root):
    stranger = app.test_client()
    stranger.get("/api/2.0/mlflow/registered-models/search", headers={"Authorization": "Bearer grn_no"})
    page = pages.get("/admin/audit?kind=account.sign_in_refused")

    assert "nobody failed to sign in as nothing “from 127.0.0.1”" in page.text


def test_what_came_through_a_token_names_it_even_when_it_is_gone(app, pages, client, root, do):
    ci = do(lambda actor: make_account("ci"))
    made = [do(tokens.create, ci.id, name, actor=LOCAL_USER) for name in ("nightly", "by hand")]
    for number, (_token, secret) in enumerate(made):
        headers = {"Authorization": f"Bearer {secret}"}
        client.post("/api/2.0/mlflow/registered-models/create", json={"name": f"m{number}"}, headers=headers)
        assert app.test_client().get("/admin/audit", headers=headers).status_code == 403
    do(accounts.delete, "ci", actor=LOCAL_USER)
    do(models.create, "m2")

    nightly, by_hand = (token.hint for token, _secret in made)
    page = pages.get("/admin/audit?actor=ci")
    assert f"ci nightly {nightly}… created the model m0" in page.text
    assert f"ci by hand {by_hand}… was denied access to GET /admin/audit" in page.text
    assert not any(secret in page.html for _token, secret in made)
    url = page.links()[f"{nightly}…"]
    assert url == f"/admin/audit?actor={nightly}"
    assert "m0" in pages.get(url).text and "m1" not in pages.get(url).text
    assert "m0" in pages.get(f"{url}%E2%80%A6").text
    found = {
        one["model"]: (one["token"], one["token_prefix"])
        for one in records(client, "/admin/audit.csv?kind=model")
    }
    assert found == {"m0": ("nightly", nightly), "m1": ("by hand", by_hand), "m2": ("", "")}


@pytest.mark.parametrize("url", ["/admin/audit", "/admin/audit.csv"])
def test_it_is_for_administrators(app, client, do, root, url):
    ben = do(lambda actor: make_account("ben"))
    browser = app.test_client()
    assert browser.get(url).status_code == 303
    sign_in(app, browser, ben.id)
    answer = browser.get(url)

    assert answer.status_code == 403
    assert "root" not in answer.text


def test_the_local_user_reads_it_too(pages, do):
    do(models.create, "churn")
    page = pages.get("/models").links()["Audit log"]

    assert "Ada created the model churn" in pages.get(page).text
    assert "Users" not in pages.get(page).links()


def test_each_kind_can_be_asked_for():
    choices = {choice.value for choice in LogForm().kind.choices}

    assert {kind.value for kind in Kind} < choices
