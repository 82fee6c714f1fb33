"""`/runs/<run_id>/register`."""

import pytest

from app import artifacts
from app.artifacts import uris
from app.registry import models as registered_models
from app.registry import versions
from app.tracking import experiments, runs
from app.tracking.logged_models import models as logged_models


@pytest.fixture
def run(do):
    """A run with a folder that holds a model, and one that does not."""

    def log(actor):
        run = runs.create(
            experiments.create("weekly", actor=actor), name="boost", start_time=1, actor=actor
        ).run
        root = uris.from_uri(run.artifact_uri)
        for name in ("model/MLmodel", "plots/roc.txt"):
            artifacts.store().write(root.joined(name), [b"flavors: {}"], None)
        return run

    return do(log)


def test_it_makes_a_model_and_its_first_version(pages, run, ask):
    page = pages.get(f"/runs/{run.uuid}")
    page = pages.send(page.links()["Register this model"], name="churn", description="First")
    assert page.h1 == "Version 1 of churn"
    assert page.flashes == ["Registered as version 1 of churn."]
    row = ask(versions.get, "churn", 1)
    assert (row.source, row.run_uuid, row.description) == (f"runs:/{run.uuid}/model", run.uuid, "First")
    assert "MLmodel 11 B" in page.text


def test_names_that_the_experiment_uses_are_suggested_and_the_only_one_stands_there(pages, run, do):
    path = f"/runs/{run.uuid}/register"
    page = pages.get(path)
    assert page.form(path)["name"] == ""

    sibling = do(runs.create, run.experiment_id, start_time=2)
    for name, maker in (("churn", sibling.run), ("other", do(runs.create, 0, start_time=3).run)):
        do(registered_models.create, name)
        do(versions.create, name, "s3://models/x", run_uuid=maker.uuid)
    assert pages.get(path).form(path)["name"] == "churn"

    do(registered_models.create, "churn-eu")
    do(versions.create, "churn-eu", "s3://models/x", run_uuid=run.uuid)
    page = pages.get(path)
    assert page.form(path)["name"] == ""
    assert [one.get("value") for one in page.all("option") if one.get("value", "").startswith("churn")] == [
        "churn-eu",
        "churn",
    ]


def test_a_model_that_there_is_gets_its_next_version(pages, run, do, ask):
    do(registered_models.create, "churn")
    do(versions.create, "churn", "s3://models/x")
    assert pages.send(f"/runs/{run.uuid}/register", name="churn").h1 == "Version 2 of churn"


def test_a_logged_model_is_registered_as_what_it_is(pages, run, do, ask):
    model = do(logged_models.create, run.experiment_id, name="boosted", source_run_uuid=run.uuid).model
    do(logged_models.finalize, model.model_id, "READY")
    pages.send(f"/runs/{run.uuid}/register", name="churn", source=model.artifact_uri)
    row = ask(versions.get, "churn", 1)
    assert (row.logged_model, row.run_uuid) == (model.model_id, run.uuid)


@pytest.mark.parametrize("name", ["", "a/b"])
def test_a_name_that_cannot_be_is_refused_and_nothing_is_made(pages, run, ask, name):
    page = pages.send(f"/runs/{run.uuid}/register", status=422, name=name, description="kept")
    assert page.error_beside("name")
    assert page.form(f"/runs/{run.uuid}/register")["description"] == "kept"
    assert ask(registered_models.search)[0] == []


@pytest.mark.parametrize("source", ["file:///etc", "s3://elsewhere/model", "", "../.."])
def test_only_what_the_run_has_logged_can_be_chosen(pages, run, ask, source):
    page = pages.send(f"/runs/{run.uuid}/register", status=422, name="churn", source=source)
    assert "Choose one of the models" in page.error_beside("source")
    assert ask(registered_models.search)[0] == []


def test_a_run_without_a_model_has_nothing_to_register(pages, do):
    run = do(runs.create, 0, name="empty", start_time=1).run
    assert "Register" not in " ".join(pages.get(f"/runs/{run.uuid}").links())
    pages.get(f"/runs/{run.uuid}/register", status=404)


def test_a_model_is_found_among_many_folders_however_deep_and_at_the_root(pages, do, ask):
    def log(*names, actor):
        run = runs.create(0, name="boost", start_time=1, actor=actor).run
        for name in (*(f"plots/{n:02}/roc.txt" for n in range(60)), *names):
            artifacts.store().write(uris.from_uri(run.artifact_uri).joined(name), [b"flavors: {}"], None)
        return run

    deep = do(log, "zoo/deep/xgb/MLmodel", "zoo/deep/xgb/part/MLmodel")
    page = pages.get(f"/runs/{deep.uuid}")
    pages.send(page.links()["Register this model"], name="deep")
    assert ask(versions.get, "deep", 1).source == f"runs:/{deep.uuid}/zoo/deep/xgb"

    at_root = do(log, "MLmodel")
    page = pages.get(f"/runs/{at_root.uuid}")
    page = pages.send(page.links()["Register this model"], name="whole")
    assert page.h1 == "Version 1 of whole"
    row = ask(versions.get, "whole", 1)
    assert (row.source, row.run_uuid) == (at_root.artifact_uri, at_root.uuid)
    assert "MLmodel 11 B" in page.text
