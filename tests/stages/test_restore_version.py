"""Bringing back a deleted version."""

import pytest

from app.activity import timeline
from app.authz.actors import Actor
from app.authz.viewer import acting_as
from app.core.errors import InvalidState, NotFound, PermissionDenied
from app.registry import aliases, models, versions
from app.stages import history, restore_version, transitions
from tests.factories.accounts import make_account
from tests.factories.registry import ANNA, BEN, make_model, make_versions


@pytest.fixture
def churn(work):
    """Version 2, with all that a version can have, is deleted while it is in Production."""
    model = make_model()
    make_versions(3)
    versions.describe("churn", 2, "Deeper.", actor=ANNA)
    versions.set_tag("churn", 2, "data", "march", actor=ANNA)
    transitions.transition("churn", 2, "Production", actor=ANNA)
    aliases.set_alias("churn", "champion", 2, actor=ANNA)
    versions.delete("churn", 2, actor=ANNA)
    return model


def test_it_comes_back_in_none_without_aliases_and_with_all_else(churn):
    [gone] = restore_version.newest("churn")
    assert (gone.number, gone.stage, gone.description) == (2, "Production", "Deeper.")
    back = restore_version.restore("churn", 2, actor=BEN)
    assert (back.stage, back.aliases, back.description, back.tags) == (
        "None",
        [],
        "Deeper.",
        {"data": "march"},
    )
    assert versions.get("churn", 2) == back
    assert restore_version.newest("churn") == []
    assert make_versions(1)[0].number == 4
    moment = timeline.timeline(version_id=back.id)[0]
    assert (moment.kind, moment.actor, moment.after) == ("version.restored", "ben", "2")


def test_its_history_has_a_gap_and_goes_on(churn):
    back = restore_version.restore("churn", 2, actor=BEN)
    stays = [(stay.stage, stay.to_at is None, stay.actor) for stay in history.of_version(back.id)]
    assert stays == [("None", False, "anna"), ("Production", False, "anna"), ("None", True, "ben")]
    assert history.previous_versions(churn.id, "Production") == [2]
    transitions.transition("churn", 2, "Staging", actor=ANNA)


def test_what_is_not_deleted_or_never_was_cannot_be_brought_back(churn):
    for number, error in ((1, InvalidState), (9, NotFound), ("2", None), (2, InvalidState)):
        if error is None:
            restore_version.restore("churn", number, actor=BEN)
            continue
        with pytest.raises(error):
            restore_version.restore("churn", number, actor=BEN)
    with pytest.raises(NotFound):
        restore_version.find("churn", 2)


def test_a_deleted_model_keeps_its_deleted_versions_to_itself(churn):
    models.delete("churn", actor=ANNA)
    for read in (
        lambda: restore_version.newest("churn"),
        lambda: restore_version.find("churn", 2),
        lambda: restore_version.restore("churn", 2, actor=ANNA),
    ):
        with pytest.raises(NotFound):
            read()


def test_only_who_manages_the_model_brings_a_version_back(churn):
    stranger = make_account("stranger")
    with (
        acting_as(Actor("stranger", account_id=stranger.id)) as actor,
        pytest.raises((NotFound, PermissionDenied)),
    ):
        restore_version.restore("churn", 2, actor=actor)
    assert [one.number for one in restore_version.newest("churn")] == [2]
