"""Bringing back a deleted version."""

import pytest

from app.accounts.actors import Actor
from app.accounts.viewing import acting_as
from app.audit import events
from app.errors import InvalidState, NotFound, PermissionDenied
from app.registry import aliases, deleted_versions, history, registered_models, stages, versions
from tests.factories.accounts import make_account
from tests.factories.registry import ANNA, BEN, make_model, make_versions


@pytest.fixture
def churn(work):
    """Version 2, with all that a version can have, is deleted while it is in Production."""
    model = make_model()
    make_versions(3)
    versions.describe("churn", 2, "Deeper.", actor=ANNA)
    versions.set_tag("churn", 2, "data", "march", actor=ANNA)
    stages.transition("churn", 2, "Production", actor=ANNA)
    aliases.set_alias("churn", "champion", 2, actor=ANNA)
    versions.delete("churn", 2, actor=ANNA)
    return model


def test_it_comes_back_in_none_without_aliases_and_with_all_else(churn):
    [gone] = deleted_versions.newest("churn")
    assert (gone.number, gone.stage, gone.description) == (2, "Production", "Deeper.")
    back = deleted_versions.restore("churn", 2, actor=BEN)
    assert (back.stage, back.aliases, back.description, back.tags) == (
        "None",
        [],
        "Deeper.",
        {"data": "march"},
    )
    assert versions.get("churn", 2) == back
    assert deleted_versions.newest("churn") == []
    assert make_versions(1)[0].number == 4
    moment = events.timeline(version_id=back.id)[0]
    assert (moment.kind, moment.actor, moment.after) == ("version.restored", "ben", "2")


def test_its_history_has_a_gap_and_goes_on(churn):
    back = deleted_versions.restore("churn", 2, actor=BEN)
    stays = [(stay.stage, stay.to_at is None, stay.actor) for stay in history.of_version(back.id)]
    assert stays == [("None", False, "anna"), ("Production", False, "anna"), ("None", True, "ben")]
    assert history.former_holders(churn.id, "Production") == [2]
    stages.transition("churn", 2, "Staging", actor=ANNA)


def test_what_is_not_deleted_or_never_was_cannot_be_brought_back(churn):
    for number, error in ((1, InvalidState), (9, NotFound), ("2", None), (2, InvalidState)):
        if error is None:
            deleted_versions.restore("churn", number, actor=BEN)
            continue
        with pytest.raises(error):
            deleted_versions.restore("churn", number, actor=BEN)
    with pytest.raises(NotFound):
        deleted_versions.find("churn", 2)


def test_a_deleted_model_keeps_its_deleted_versions_to_itself(churn):
    registered_models.delete("churn", actor=ANNA)
    for read in (
        lambda: deleted_versions.newest("churn"),
        lambda: deleted_versions.find("churn", 2),
        lambda: deleted_versions.restore("churn", 2, actor=ANNA),
    ):
        with pytest.raises(NotFound):
            read()


def test_only_who_manages_the_model_brings_a_version_back(churn):
    stranger = make_account("stranger")
    with (
        acting_as(Actor("stranger", account_id=stranger.id)) as actor,
        pytest.raises((NotFound, PermissionDenied)),
    ):
        deleted_versions.restore("churn", 2, actor=actor)
    assert [one.number for one in deleted_versions.newest("churn")] == [2]
