"""What somebody may not do is not offered to them, and refused in a sentence where they go there anyway."""

import pytest

from app.authz.levels import Level
from app.registry import aliases, models, versions
from app.sharing import grants
from app.tracking import experiments, runs
from tests.factories.accounts import make_account, require_sign_in, sign_in

MODEL = "/models/churn"
VERSION = f"{MODEL}/versions/1"
EDITS = (
    f"{MODEL}/description",
    f"{MODEL}/tags",
    f"{MODEL}/aliases",
    f"{VERSION}/description",
    f"{VERSION}/tags",
    f"{VERSION}/aliases",
)
MANAGES = (f"{MODEL}/rename", f"{MODEL}/delete", f"{VERSION}/delete")


@pytest.fixture
def model(do):
    """A model with a version, a tag and an alias, made before there was any account."""
    do(models.create, "churn", tags={"team": "risk"})
    do(versions.create, "churn", "s3://models/churn", tags={"data": "2026"})
    do(aliases.set_alias, "churn", "champion", 1)


@pytest.fixture
def someone(app, client, do, model):
    """Sign the client in as somebody of that level on the model."""

    def begin(level: Level | None) -> None:
        made = do(lambda actor: make_account("anna"))
        if level is not None:
            do(grants.set_on_model, "churn", grants.Principal("user", "anna", account_id=made.id), level)
        require_sign_in(app)
        sign_in(app, client, made.id)

    return begin


def offered(pages, url: str) -> set[str]:
    """Where the links and forms of the page's main part lead."""
    main = pages.get(url).root.find(".//main")
    return {e.get("href") or e.get("action") or "" for e in main.iter() if e.tag in ("a", "form")}


def test_a_reader_is_offered_no_change_and_refused_each(pages, someone):
    someone(Level.READ)

    for url in (MODEL, VERSION):
        assert offered(pages, url).isdisjoint({*EDITS, *MANAGES, f"{VERSION}/stage", f"{MODEL}/tags/remove"})
        assert "team" in pages.get(MODEL).text and "@champion" in pages.get(url).text
    for url in (*EDITS, *MANAGES):
        assert (
            "anna does not have permission to do this to the model churn" in pages.get(url, status=403).text
        )
    assert "permission to move version 1" in pages.get(f"{VERSION}/stage", status=403).text


def test_an_editor_is_offered_edits(pages, someone):
    someone(Level.EDIT)

    assert offered(pages, MODEL) | offered(pages, VERSION) >= set(EDITS)
    assert (offered(pages, MODEL) | offered(pages, VERSION)).isdisjoint({*MANAGES, f"{VERSION}/stage"})
    for url in EDITS:
        pages.get(url)
    for url in MANAGES:
        pages.get(url, status=403)


@pytest.mark.parametrize(
    ("level", "stages"),
    [
        (Level.MANAGE_STAGING, ["Staging", "Archived"]),
        (Level.MANAGE_PRODUCTION, ["Staging", "Production", "Archived"]),
    ],
)
def test_the_stages_that_one_manages_are_offered_and_no_other(pages, someone, level, stages):
    someone(level)
    page = pages.get(VERSION)

    [select] = page.all("select")
    assert [option.get("value") for option in select.iter("option")] == stages
    pages.get(f"{VERSION}/stage")


def test_a_stage_that_one_does_not_manage_is_refused(pages, client, someone):
    someone(Level.MANAGE_STAGING)
    fields = {**pages.get(VERSION).form(f"{VERSION}/stage"), "stage": "Production"}

    assert client.post(f"{VERSION}/stage", data=fields).status_code == 403


def test_a_manager_is_offered_everything(pages, someone):
    someone(Level.MANAGE)

    assert offered(pages, MODEL) | offered(pages, VERSION) >= {*EDITS, *MANAGES, f"{VERSION}/stage"}


@pytest.mark.parametrize("url", [MODEL, VERSION, *EDITS, *MANAGES, f"{VERSION}/stage"])
def test_to_a_stranger_the_model_is_missing(pages, someone, url):
    someone(None)
    page = pages.get(url, status=404)

    assert page.h1 == "Page not found"
    assert MODEL not in pages.get("/models").links().values()


def test_the_local_user_is_offered_everything(pages, model):
    assert offered(pages, MODEL) | offered(pages, VERSION) >= {*EDITS, *MANAGES, f"{VERSION}/stage"}


def test_a_run_that_one_may_not_read_is_missing_on_the_page_of_its_version(app, client, pages, do):
    def log(actor):
        number = experiments.create("secret plans", actor=actor)
        return runs.create(number, name="hidden-run", user_id="x", start_time=1, actor=actor).run

    run = do(log)
    do(models.create, "churn")
    do(versions.create, "churn", "s3://models/churn", run_uuid=run.uuid)
    made = do(lambda actor: make_account("anna"))
    anna = grants.Principal("user", "anna", account_id=made.id)
    do(grants.set_on_model, "churn", anna, Level.READ)
    require_sign_in(app)
    sign_in(app, client, made.id)

    page = pages.get(VERSION)

    assert "hidden-run" not in page.html and "secret plans" not in page.html
    assert f"/runs/{run.uuid}" not in page.links().values()
    assert pages.get(f"/runs/{run.uuid}", status=404)


def test_the_name_of_a_model_that_one_may_not_read_is_not_on_the_page_of_its_run(app, client, pages, do):
    def log(actor):
        number = experiments.create("open", actor=actor)
        return runs.create(number, name="run", user_id="x", start_time=1, actor=actor).run

    run = do(log)
    do(models.create, "secret model")
    do(versions.create, "secret model", "s3://models/churn", run_uuid=run.uuid)
    made = do(lambda actor: make_account("anna"))
    anna = grants.Principal("user", "anna", account_id=made.id)
    do(grants.set_on_experiment, run.experiment_id, anna, Level.READ)
    require_sign_in(app)
    sign_in(app, client, made.id)

    assert "secret model" not in pages.get(f"/runs/{run.uuid}").html
