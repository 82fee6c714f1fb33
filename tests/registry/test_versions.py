import pytest

from app.activity import timeline
from app.api import error_sentences
from app.core.errors import InvalidParameter, NotFound, StaleState
from app.registry import aliases, models, versions
from app.registry.errors import AliasNotFound, InvalidVersionNumber, ModelNotFound
from app.stages import transitions
from app.stages.errors import StageNotActive, UnknownStage, VersionMoved
from tests.factories.registry import ANNA, BEN, make_model, make_versions, shown


@pytest.fixture(autouse=True)
def model(work):
    return make_model()


def test_numbers_count_up_and_a_deleted_one_does_not_come_back(model):
    assert [row.number for row in make_versions(3)] == [1, 2, 3]
    versions.delete("churn", 3, actor=ANNA)
    assert make_versions(1)[0].number == 4


def test_a_version_is_read_as_it_was_made(model):
    made = versions.create(
        "churn", "s3://bucket/m", run_link="https://ci/7", description="first", tags={"a": "1"}, actor=BEN
    )
    assert shown(versions.get("churn", 1)) == shown(made)
    assert (made.stage, made.status, made.created_by, made.tags) == ("None", "READY", "ben", {"a": "1"})


def test_a_version_of_no_model_is_not_made(model):
    with pytest.raises(ModelNotFound):
        versions.create("nobody", "s3://b/m", actor=ANNA)


@pytest.mark.parametrize("number", ["x", "1.5", "", "1" * 30])
def test_a_version_that_is_no_number_is_refused(model, number):
    with pytest.raises(InvalidVersionNumber):
        versions.get("churn", number)


def test_deleting_a_version_drops_its_aliases_and_says_so(model):
    make_versions(2)
    aliases.set_alias("churn", "champion", 2, actor=ANNA)
    aliases.set_alias("churn", "other", 1, actor=ANNA)
    versions.delete("churn", 2, actor=BEN)
    assert models.get("churn").aliases == {"other": 1}
    newest = timeline.timeline(model_id=model.id, limit=2)
    assert [(m.kind, m.subject, m.version) for m in newest] == [
        ("version.deleted", None, 2),
        ("alias.removed", "champion", 2),
    ]
    with pytest.raises(NotFound):
        versions.get("churn", 2)


def test_a_page_of_versions_starts_below_the_last_one_shown(model):
    make_versions(5)
    first, below = versions.of_model("churn", max_results=3)
    rest, end = versions.of_model("churn", max_results=3, below=below)
    assert [row.number for row in first] == [5, 4, 3]
    assert [row.number for row in rest] == [2, 1]
    assert end is None


def test_a_description_changed_by_somebody_else_is_not_overwritten(model):
    make_versions(1)
    versions.describe("churn", 1, "mine", actor=ANNA, seen="")
    with pytest.raises(StaleState):
        versions.describe("churn", 1, "theirs", actor=BEN, seen="")


def test_tags_of_a_version_are_its_own(model):
    make_versions(2)
    versions.set_tag("churn", 1, "k", "v", actor=ANNA)
    assert versions.get("churn", 1).tags == {"k": "v"}
    assert versions.get("churn", 2).tags == {}
    versions.remove_tag("churn", 1, "k", actor=ANNA)
    assert versions.get("churn", 1).tags == {}


def test_an_alias_points_at_one_version_and_can_be_moved(model):
    make_versions(2)
    aliases.set_alias("churn", "champion", 1, actor=ANNA)
    aliases.set_alias("churn", "champion", "2", actor=BEN)
    assert aliases.resolve("churn", "champion").number == 2
    assert versions.get("churn", 1).aliases == []
    moment = timeline.timeline(model_id=model.id)[0]
    assert (moment.kind, moment.subject, moment.before, moment.after) == ("alias.set", "champion", "1", "2")


def test_latest_is_an_alias_that_everybody_has(model):
    make_versions(2)
    assert aliases.resolve("churn", "Latest").number == 2


@pytest.mark.parametrize("alias", ["", "latest", "LATEST", "v1", "V22", "a b", "a.b", "x" * 256])
def test_an_alias_that_means_something_else_cannot_be_set(model, alias):
    make_versions(1)
    with pytest.raises(InvalidParameter):
        aliases.set_alias("churn", alias, 1, actor=ANNA)


def test_an_alias_cannot_point_at_nothing(model):
    with pytest.raises(NotFound):
        aliases.set_alias("churn", "champion", 9, actor=ANNA)
    with pytest.raises(AliasNotFound):
        aliases.resolve("churn", "champion")


def test_removing_an_alias_twice_is_harmless(model):
    make_versions(1)
    aliases.set_alias("churn", "champion", 1, actor=ANNA)
    aliases.remove_alias("churn", "champion", actor=ANNA)
    aliases.remove_alias("churn", "champion", actor=ANNA)
    assert models.get("churn").aliases == {}


def test_a_transition_moves_the_version_and_remembers_who_moved_it(model):
    make_versions(1)
    row = transitions.transition("churn", 1, "production", actor=BEN, comment="it is good")
    assert row.stage == versions.get("churn", 1).stage == "Production"
    moment = timeline.timeline(version_id=row.id)[0]
    assert (moment.kind, moment.actor, moment.before, moment.after, moment.comment) == (
        "version.transitioned",
        "ben",
        "None",
        "Production",
        "it is good",
    )


def test_archiving_the_others_leaves_one_holder(model):
    make_versions(3)
    for number in (1, 2):
        transitions.transition("churn", number, "Production", actor=ANNA)
    transitions.transition("churn", 3, "Production", archive_others=True, actor=BEN)
    assert [versions.get("churn", n).stage for n in (1, 2, 3)] == ["Archived", "Archived", "Production"]
    archived = [m for m in timeline.timeline(model_id=model.id) if m.kind == "version.archived_by_successor"]
    assert {(m.version, m.subject, m.actor) for m in archived} == {(1, "3", "ben"), (2, "3", "ben")}


@pytest.mark.parametrize("stage", ["None", "archived"])
def test_the_others_cannot_be_archived_from_where_everything_rests(model, stage):
    make_versions(1)
    with pytest.raises(StageNotActive) as refused:
        transitions.transition("churn", 1, stage, archive_others=True, actor=ANNA)
    assert refused.value.active == ["Staging", "Production"]
    assert f"'{stage}' is not an Active stage" in error_sentences.sentence(refused.value)


def test_a_stage_that_there_is_not_is_refused_with_those_that_there_are(model):
    make_versions(1)
    with pytest.raises(UnknownStage) as refused:
        transitions.transition("churn", 1, "Live", actor=ANNA)
    assert error_sentences.sentence(refused.value) == (
        "Invalid Model Version stage: Live. Value must be one of None, Staging, Production, Archived."
    )


def test_a_transition_seen_from_an_old_page_does_nothing(model):
    make_versions(1)
    transitions.transition("churn", 1, "Staging", actor=ANNA, seen_stage="None")
    with pytest.raises(VersionMoved, match="Staging"):
        transitions.transition("churn", 1, "Production", actor=BEN, seen_stage="None")
    assert versions.get("churn", 1).stage == "Staging"


def test_latest_versions_can_be_asked_for_some_stages(model):
    make_versions(3)
    transitions.transition("churn", 1, "Staging", actor=ANNA)
    transitions.transition("churn", 2, "Production", actor=ANNA)
    assert [row.number for row in transitions.latest("churn")] == [1, 2, 3]
    assert [row.number for row in transitions.latest("churn", ["STAGING"])] == [1]
    with pytest.raises(InvalidParameter):
        transitions.latest("churn", ["nowhere"])
