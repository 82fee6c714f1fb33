"""The list of stages: made, changed, ordered and removed by administrators, and what clients see of it."""

import pytest

from app.authz.levels import Level
from app.core.errors import AlreadyExists, InvalidParameter, PermissionDenied, StaleState
from app.registry import queries, versions
from app.stages import definitions, history, settings, transitions
from app.stages.errors import SuccessorStageRestricted
from tests.factories.registry import ANNA, make_model, make_versions

DEFAULT = ["None", "Staging", "Production", "Archived"]


@pytest.fixture
def churn(work):
    make_model()
    make_versions(3)


def test_the_four_stages_have_colours_and_purposes(work):
    found = {stage.name: (stage.colour, bool(stage.purpose)) for stage in definitions.all_stages()}
    assert found == {
        "None": ("grey", True),
        "Staging": ("amber", True),
        "Production": ("green", True),
        "Archived": ("violet", True),
    }


def test_a_new_stage_stands_before_archived_and_takes_versions(churn):
    made = settings.create("Canary", colour="teal", purpose="A tenth of the traffic", actor=ANNA)
    assert definitions.names() == ["None", "Staging", "Production", "Canary", "Archived"]
    assert made.level == Level.MANAGE_STAGING

    row = transitions.transition("churn", 1, "canary", actor=ANNA)

    assert row.stage == "Canary"
    assert [one.number for one in transitions.latest("churn", ["Canary"])] == [1]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("", "name"),
        ("7", "name"),
        ("latest", "name"),
        ("a/b", "name"),
        ("x" * 65, "name"),
        ("a\nb", "name"),
        (" QA", "name"),
        ("QA ", "name"),
    ],
)
def test_a_stage_that_no_client_could_name_is_refused(work, name, field):
    with pytest.raises(InvalidParameter) as refused:
        settings.create(name, actor=ANNA)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("values", "field"),
    [({"colour": "#fff"}, "colour"), ({"level": 7}, "level"), ({"purpose": "x" * 1001}, "purpose")],
)
def test_what_pages_could_not_show_is_refused(work, values, field):
    with pytest.raises(InvalidParameter) as refused:
        settings.create("QA", actor=ANNA, **values)
    assert refused.value.field == field


def test_a_name_that_differs_in_case_only_is_taken(work):
    with pytest.raises(AlreadyExists):
        settings.create("staging", actor=ANNA)


def test_a_stage_is_renamed_with_all_that_it_holds(churn):
    transitions.transition("churn", 1, "Staging", actor=ANNA)
    settings.change("Staging", name="QA", purpose="Under test", level=Level.MANAGE, actor=ANNA)
    assert versions.get("churn", 1).stage == "QA"
    assert definitions.names() == ["None", "QA", "Production", "Archived"]
    with pytest.raises(InvalidParameter):
        transitions.transition("churn", 2, "Staging", actor=ANNA)


@pytest.mark.parametrize("name", ["None", "Archived"])
def test_the_two_that_always_exist_are_neither_renamed_nor_removed(work, name):
    with pytest.raises(InvalidParameter, match=name):
        settings.change(name, name="Other", actor=ANNA)
    with pytest.raises(InvalidParameter, match=name):
        settings.remove(name, to="Staging", actor=ANNA)
    assert settings.change(name, colour="blue", actor=ANNA).colour == "blue"


def test_the_order_is_what_was_given(work):
    settings.reorder(["none", "Production", "Staging", "Archived"], actor=ANNA)
    assert definitions.names() == ["None", "Production", "Staging", "Archived"]


@pytest.mark.parametrize("names", [DEFAULT[:3], [*DEFAULT, "QA"], [*DEFAULT, "Staging"]])
def test_an_order_of_other_stages_is_stale(work, names):
    with pytest.raises(StaleState):
        settings.reorder(names, actor=ANNA)


def test_removing_a_stage_that_versions_hold_asks_where_they_go(churn):
    for number in (1, 2):
        transitions.transition("churn", number, "Staging", actor=ANNA)
    assert settings.count_versions("Staging") == 2
    with pytest.raises(InvalidParameter) as refused:
        settings.remove("Staging", actor=ANNA)
    assert refused.value.field == "to"

    assert settings.remove("Staging", to="Archived", actor=ANNA) == 2

    assert definitions.names() == ["None", "Production", "Archived"]
    assert [versions.get("churn", number).stage for number in (1, 2, 3)] == ["Archived", "Archived", "None"]
    model_id = queries.model_id("churn")
    held = [(one.number, one.stage, one.to_at is None) for one in history.periods(model_id)]
    assert sorted(held) == [
        (1, "Archived", True),
        (1, "Staging", False),
        (2, "Archived", True),
        (2, "Staging", False),
    ]


def test_a_stage_that_nothing_holds_goes_without_a_word(work):
    assert settings.remove("Staging", actor=ANNA) == 0
    assert "Staging" not in definitions.names()


def test_a_removed_name_can_be_used_again_and_the_history_tells_them_apart(churn):
    transitions.transition("churn", 1, "Staging", actor=ANNA)
    settings.remove("Staging", to="None", actor=ANNA)
    settings.create("staging", actor=ANNA)
    transitions.transition("churn", 1, "staging", actor=ANNA)
    model_id = queries.model_id("churn")
    assert [one.stage for one in history.periods(model_id)] == ["Staging (removed)", "staging"]


def test_versions_do_not_go_to_the_stage_that_is_removed(churn):
    with pytest.raises(InvalidParameter):
        settings.remove("Staging", to="staging", actor=ANNA)


@pytest.mark.parametrize("name", ["anna", "ben", "meg"])
def test_only_an_administrator_keeps_the_stages(team, name):
    for verb, *arguments in (
        (settings.create, "QA"),
        (settings.change, "Staging"),
        (settings.reorder, DEFAULT),
        (settings.remove, "Staging"),
    ):
        with pytest.raises(PermissionDenied):
            team.do(name, verb, *arguments)
    team.do("ada", settings.create, "QA")


def test_a_stage_with_a_demanding_rule_is_not_filled_by_removing_another(team):
    team.do("meg", transitions.transition, "churn", 1, "Staging")
    team.rule("Production", is_exclusive=True)
    with pytest.raises(SuccessorStageRestricted):
        team.do("ada", settings.remove, "Staging", to="Production")
    team.do("ada", settings.remove, "Staging", to="None")
