import pytest

from app.activity import timeline
from app.core.errors import InvalidParameter, NotFound, StaleState
from app.registry import aliases, models, versions
from app.registry.errors import NameTaken
from app.stages import transitions
from tests.factories.registry import ANNA, BEN, make_model, make_versions, shown


def kinds(model_id):
    return [moment.kind for moment in reversed(timeline.timeline(model_id=model_id))]


def test_a_new_model_is_found_with_its_tags_description_and_author(work):
    made = make_model(description="who leaves", tags={"team": "risk"})
    found = models.get("churn")
    assert shown(found) == shown(made)
    assert (found.description, found.tags, found.created_by) == ("who leaves", {"team": "risk"}, "anna")
    assert kinds(found.id) == ["model.created"]


def test_a_living_name_cannot_be_taken_twice_and_the_transaction_goes_on(work):
    make_model()
    with pytest.raises(NameTaken):
        make_model()
    assert models.get("churn").name == "churn"


def test_a_deleted_name_is_free_again_and_the_new_model_starts_empty(work):
    make_model(tags={"old": "yes"})
    make_versions(2)
    aliases.set_alias("churn", "champion", 2, actor=ANNA)
    models.delete("churn", actor=ANNA)
    with pytest.raises(NotFound):
        models.get("churn")
    with pytest.raises(NotFound):
        versions.get("churn", 1)
    make_model()
    again = models.get("churn")
    assert (again.tags, again.aliases, again.latest) == ({}, {}, [])
    assert make_versions(1)[0].number == 1


def test_renaming_keeps_versions_stages_and_aliases(work):
    make_model()
    make_versions(2)
    transitions.transition("churn", 2, "Production", actor=ANNA)
    aliases.set_alias("churn", "champion", 1, actor=ANNA)
    renamed = models.rename("churn", "leavers", actor=BEN)
    assert renamed.aliases == {"champion": 1}
    assert [(row.number, row.stage, row.name) for row in renamed.latest] == [
        (1, "None", "leavers"),
        (2, "Production", "leavers"),
    ]
    moment = timeline.timeline(model_id=renamed.id)[0]
    assert (moment.kind, moment.actor, moment.before, moment.after) == (
        "model.renamed",
        "ben",
        "churn",
        "leavers",
    )


def test_a_model_cannot_be_renamed_over_another(work):
    make_model()
    make_model("leavers")
    with pytest.raises(NameTaken):
        models.rename("churn", "leavers", actor=ANNA)
    assert models.get("churn").name == "churn"


def test_renaming_to_its_own_name_changes_nothing(work):
    row = make_model()
    models.rename("churn", "churn", actor=ANNA)
    assert kinds(row.id) == ["model.created"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "  ",
        "a/b",
        "a:b",
        ".",
        "..",
        "x" * 257,
        "new\nline",
        "nul\x00",
        "left\u202eright",
        "zero\u200bwidth",
    ],
)
def test_a_name_that_pages_and_clients_could_not_tell_apart_is_refused(work, name):
    with pytest.raises(InvalidParameter) as caught:
        make_model(name)
    assert caught.value.field == "name"


@pytest.mark.parametrize(
    "name", ["a b", "a+b", "a%20b", "Größe", "模型", "👩‍💻", "what?", "c#", "&lt;", "x" * 256]
)
def test_an_unusual_name_is_kept_exactly(work, name):
    make_model(name)
    assert models.get(name).name == name


def test_a_description_changed_by_somebody_else_is_not_overwritten(work):
    make_model(description="one")
    models.describe("churn", "two", actor=BEN, seen="one")
    with pytest.raises(StaleState):
        models.describe("churn", "three", actor=ANNA, seen="one")
    assert models.get("churn").description == "two"


def test_tags_are_set_replaced_and_removed_with_their_history(work):
    row = make_model()
    models.set_tag("churn", "team", "risk", actor=ANNA)
    models.set_tag("churn", "team", "fraud", actor=BEN)
    models.set_tag("churn", "team", "fraud", actor=BEN)
    assert models.get("churn").tags == {"team": "fraud"}
    models.remove_tag("churn", "team", actor=ANNA)
    models.remove_tag("churn", "team", actor=ANNA)
    assert models.get("churn").tags == {}
    history = [(m.kind, m.before, m.after) for m in reversed(timeline.timeline(model_id=row.id))][1:]
    assert history == [
        ("model.tag_set", None, "risk"),
        ("model.tag_set", "risk", "fraud"),
        ("model.tag_removed", "fraud", None),
    ]


@pytest.mark.parametrize("key", ["a*b", "../up", "k" * 251, "a\x00b"])
def test_a_tag_key_that_mlflow_refuses_is_refused(work, key):
    make_model()
    with pytest.raises(InvalidParameter):
        models.set_tag("churn", key, "v", actor=ANNA)


def test_latest_is_the_newest_living_version_of_each_stage(work):
    make_model()
    make_versions(5)
    for number in (1, 3):
        transitions.transition("churn", number, "Staging", actor=ANNA)
    versions.delete("churn", 5, actor=ANNA)
    latest = models.get("churn").latest
    assert [(row.number, row.stage) for row in latest] == [(3, "Staging"), (4, "None")]
