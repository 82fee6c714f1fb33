"""Bringing back a deleted model."""

import pytest

from app.activity import timeline
from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.viewer import acting_as
from app.core.errors import NotFound, PermissionDenied
from app.registry import aliases, deleted_models, models, versions
from app.registry.errors import RestoredNameTaken
from app.sharing import grants
from app.stages import history, transitions
from tests.factories.accounts import make_account
from tests.factories.registry import ANNA, BEN, make_model, make_versions


@pytest.fixture
def churn(work):
    """A model with all that a model can have, deleted."""
    model = make_model("churn", description="Who leaves.", tags={"team": "risk"})
    make_versions(3)
    transitions.transition("churn", 2, "Production", actor=ANNA)
    versions.delete("churn", 3, actor=ANNA)
    aliases.set_alias("churn", "champion", 2, actor=ANNA)
    models.delete("churn", actor=ANNA)
    return model


def listed() -> list[str]:
    return [model.name for model in deleted_models.newest()]


def test_a_deleted_model_comes_back_with_all_it_had(churn):
    assert deleted_models.restore(churn.id, actor=BEN) == "churn"
    back = models.get("churn")
    assert (back.id, back.description, back.tags) == (churn.id, "Who leaves.", {"team": "risk"})
    assert back.aliases == {"champion": 2}
    assert [(v.number, v.stage) for v in back.latest] == [(1, "None"), (2, "Production")]
    assert make_versions(1)[0].number == 4


def test_what_was_deleted_before_stays_so(churn):
    deleted_models.restore(churn.id, actor=BEN)
    with pytest.raises(NotFound):
        versions.get("churn", 3)


def test_its_history_has_a_gap_and_goes_on(churn):
    deleted_models.restore(churn.id, actor=BEN)
    version = versions.get("churn", 2)
    stays = history.of_version(version.id)
    assert [(stay.stage, stay.to_at is None, stay.actor) for stay in stays] == [
        ("None", False, "anna"),
        ("Production", False, "anna"),
        ("Production", True, "ben"),
    ]
    moment = timeline.timeline(model_id=churn.id)[0]
    assert (moment.kind, moment.actor, moment.after) == ("model.restored", "ben", "churn")
    transitions.transition("churn", 2, "Archived", actor=ANNA)


def test_a_name_that_is_taken_meanwhile_is_said_and_nothing_happens(churn):
    make_model("churn")
    with pytest.raises(RestoredNameTaken):
        deleted_models.restore(churn.id, actor=BEN)
    assert listed() == ["churn"]
    models.rename("churn", "churn 2", actor=ANNA)
    deleted_models.restore(churn.id, actor=BEN)
    assert models.get("churn").id == churn.id


def test_what_is_not_deleted_cannot_be_brought_back(churn):
    deleted_models.restore(churn.id, actor=BEN)
    for model_id in (churn.id, 12345):
        with pytest.raises(NotFound):
            deleted_models.restore(model_id, actor=BEN)


def test_the_list_has_the_last_deleted_first(churn):
    make_model("other")
    models.delete("other", actor=ANNA)
    make_model("living")
    assert listed() == ["other", "churn"]


def test_only_who_may_manage_a_model_finds_it_and_brings_it_back(work):
    people = {
        name: Actor(made.name, account_id=made.id)
        for name in ("owner", "editor", "stranger")
        for made in [make_account(name)]
    }
    with acting_as(people["owner"]):
        model = models.create("churn", actor=people["owner"])
    grants.set_on_model("churn", grants.principal_of_account("editor"), Level.EDIT, actor=Actor("operator"))
    models.delete("churn", actor=people["owner"])
    for name, error in (("editor", PermissionDenied), ("stranger", NotFound)):
        with acting_as(people[name]):
            assert listed() == []
            with pytest.raises(error):
                deleted_models.restore(model.id, actor=people[name])
    with acting_as(people["owner"]):
        assert listed() == ["churn"]
        deleted_models.restore(model.id, actor=people["owner"])
        assert models.get("churn").id == model.id
