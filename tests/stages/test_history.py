"""What held which stage when: written by whatever changes a stage, and not lost with anything."""

from importlib import import_module

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.errors import NotFound
from app.db.transactions import db
from app.registry import former_names, models, queries, versions
from app.stages import history, transitions
from tests.factories.registry import ANNA, BEN, make_model, make_versions

MIGRATION = import_module("app.db.migrations.versions.0005_approvals")
START = 1_800_000_000_000


@pytest.fixture
def tick(monkeypatch):
    """Set the clock to so many milliseconds after the start."""

    def set_clock(after: int) -> int:
        monkeypatch.setattr(clock, "now_ms", lambda: START + after)
        return START + after

    set_clock(0)
    return set_clock


@pytest.fixture
def churn(work, tick):
    make_model()
    make_versions(2)


def stays(number):
    version_id = queries.version("churn", number).id
    return [
        (one.stage, one.from_at - START, one.to_at and one.to_at - START, one.actor)
        for one in history.of_version(version_id)
    ]


def holders(name, at):
    return [(one.stage, one.number) for one in history.held_at(name, at)]


def test_every_stay_is_a_row_that_ends_where_the_next_begins(churn, tick):
    tick(10)
    transitions.transition("churn", 1, "Staging", actor=BEN)
    tick(20)
    transitions.transition("churn", 1, "Production", actor=ANNA)
    assert stays(1) == [("None", 0, 10, "anna"), ("Staging", 10, 20, "ben"), ("Production", 20, None, "anna")]


def test_moving_a_version_to_where_it_is_begins_nothing(churn, tick):
    transitions.transition("churn", 1, "None", actor=BEN)
    assert stays(1) == [("None", 0, None, "anna")]


def test_what_a_successor_archived_is_remembered(churn, tick):
    tick(10)
    transitions.transition("churn", 1, "Production", actor=ANNA)
    tick(20)
    transitions.transition("churn", 2, "Production", archive_others=True, actor=BEN)
    assert stays(1)[1:] == [("Production", 10, 20, "anna"), ("Archived", 20, None, "ben")]
    assert holders("churn", START + 19) == [("Production", 1)]
    assert holders("churn", START + 20) == [("Production", 2), ("Archived", 1)]


def test_a_clock_that_was_set_back_makes_no_stay_that_ends_before_it_began(churn, tick):
    tick(10)
    transitions.transition("churn", 1, "Staging", actor=ANNA)
    tick(5)
    transitions.transition("churn", 1, "Production", actor=ANNA)
    assert stays(1)[1:] == [("Staging", 10, 10, "anna"), ("Production", 10, None, "anna")]


def test_a_deleted_version_ends_its_stay_and_is_remembered(churn, tick):
    tick(10)
    transitions.transition("churn", 1, "Production", actor=ANNA)
    tick(30)
    versions.delete("churn", 1, actor=ANNA)
    assert holders("churn", START + 29) == [("Production", 1)]
    assert holders("churn", START + 30) == []
    assert [one.is_deleted for one in history.held_at("churn", START + 29)] == [True]


def test_a_renamed_model_takes_its_history_along(churn, tick):
    tick(10)
    transitions.transition("churn", 1, "Production", actor=ANNA)
    models.rename("churn", "churn-eu", actor=ANNA)
    assert holders("churn-eu", START + 10) == [("Production", 1)]


def test_a_deleted_model_is_remembered_until_then_beside_the_next_of_its_name(churn, tick):
    tick(10)
    transitions.transition("churn", 1, "Production", actor=ANNA)
    tick(20)
    models.delete("churn", actor=ANNA)
    assert holders("churn", START + 15) == [("Production", 1)]
    assert holders("churn", START + 20) == []
    tick(30)
    make_model()
    make_versions(1)
    transitions.transition("churn", 1, "Staging", actor=ANNA)
    assert holders("churn", START + 15) == [("Production", 1)]
    assert holders("churn", START + 40) == [("Staging", 1)]


def test_a_model_that_never_was_has_no_history(work):
    with pytest.raises(NotFound):
        history.held_at("nobody", START)


def test_a_stranger_is_told_nothing_of_it(team):
    with pytest.raises(NotFound):
        team.see("carl", history.held_at, "churn", clock.now_ms())


def test_the_last_arrival_is_who_brought_it_there(churn, tick):
    tick(10)
    transitions.transition("churn", 1, "Staging", actor=BEN)
    row = queries.version("churn", 1)
    assert history.arrivals([row.id]) == {row.id: history.Arrival(row.id, START + 10, "ben")}
    assert history.arrivals([]) == {}


def test_former_holders_are_those_one_can_return_to_the_last_first(churn, tick):
    make_versions(1)
    for number in (1, 2, 3):
        tick(10 * number)
        transitions.transition("churn", number, "Production", archive_others=True, actor=ANNA)
    model_id = queries.model_id("churn")
    assert history.previous_versions(model_id, "Production") == [2, 1]
    versions.delete("churn", 2, actor=ANNA)
    assert history.previous_versions(model_id, "Production") == [1]


def test_a_clock_that_was_set_back_does_not_change_who_left_last(churn, tick):
    make_versions(1)
    for number, at in ((1, 3_000), (2, 2_000), (3, 1_000)):
        tick(at)
        transitions.transition("churn", number, "Production", archive_others=True, actor=ANNA)
    tick(500)
    transitions.transition("churn", 3, "Archived", actor=ANNA)
    assert history.previous_versions(queries.model_id("churn"), "Production") == [3, 2, 1]


def test_lanes_show_what_reaches_into_the_time_asked_for(churn, tick):
    tick(10)
    transitions.transition("churn", 1, "Staging", actor=ANNA)
    tick(20)
    transitions.transition("churn", 1, "Production", actor=ANNA)
    model_id = queries.model_id("churn")
    assert [one.stage for one in history.periods(model_id)] == ["Staging", "Production"]
    assert [one.stage for one in history.periods(model_id, since=START + 20)] == ["Production"]
    assert [one.stage for one in history.periods(model_id, limit=1)] == ["Production"]


def test_the_events_of_an_older_greenroom_become_history(churn, tick):
    """The migration's own reading of the events, on rows as an older Greenroom left them."""
    tick(10)
    transitions.transition("churn", 1, "Production", actor=ANNA)
    tick(20)
    transitions.transition("churn", 2, "Production", archive_others=True, actor=BEN)
    tick(30)
    versions.delete("churn", 1, actor=ANNA)
    version_ids = [1, 2]
    written = [history.of_version(version_id) for version_id in version_ids]
    connection = db.session.connection()
    connection.execute(text("DELETE FROM stage_interval"))

    MIGRATION._fill_history(connection)

    def told(stays):
        return [(one.number, one.stage, one.from_at, one.to_at, one.actor) for one in stays]

    assert [told(history.of_version(one)) for one in version_ids] == [told(stays) for stays in written]


def test_a_version_that_no_event_speaks_of_holds_what_its_row_says(churn, tick):
    tick(10)
    transitions.transition("churn", 1, "Production", actor=ANNA)
    connection = db.session.connection()
    for statement in ("DELETE FROM stage_interval", "DELETE FROM event"):
        connection.execute(text(statement))
    MIGRATION._fill_history(connection)
    assert [stay[:3] for stay in stays(1)] == [("None", 0, 10), ("Production", 10, None)]
    assert [stay[:3] for stay in stays(2)] == [("None", 0, None)]


def test_a_clock_that_was_set_back_does_not_change_who_had_a_name_last(work, tick):
    for at, name in ((3_000, "first"), (2_000, "second")):
        tick(at)
        make_model()
        models.rename("churn", name, actor=ANNA)
    assert former_names.leads_to("churn") == "second"
    tick(1_000)
    make_model()
    third = queries.model_id("churn")
    models.delete("churn", actor=ANNA)
    holders = [holder.id for holder in former_names.earlier_holders("churn", [])]
    assert holders == [third, queries.model_id("second"), queries.model_id("first")]
