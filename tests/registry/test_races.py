"""Several writers at the same moment: met by design, on every database the suite runs on."""

from functools import partial

import pytest
from sqlalchemy import select

from app.audit.recorder import Kind
from app.audit.tables import Event
from app.core.errors import AlreadyExists, NotFound, StaleState
from app.db.transactions import db, transaction
from app.registry import aliases, deleted_models, models, versions
from app.stages import archive_model, transitions
from tests.factories.registry import ANNA, BEN, make_model, make_versions
from tests.support.races import all_at_once, come_late


@pytest.fixture
def churn(app):
    with app.app_context(), transaction():
        make_model()
        make_versions(2)


def read(app, function, *arguments):
    with app.app_context(), transaction(read_only=True):
        return function(*arguments)


def test_64_creates_get_64_numbers(app, churn):
    make = partial(versions.create, "churn", "s3://b/m", actor=ANNA)
    made = all_at_once(app, [make] * 64)
    assert sorted(row.number for row in made) == list(range(3, 67))


def test_of_many_who_create_one_name_one_succeeds(app):
    results = all_at_once(app, [partial(models.create, "churn", actor=ANNA)] * 16)
    refused = [result for result in results if isinstance(result, AlreadyExists)]
    assert len(refused) == 15


def test_two_renames_to_one_name_leave_one_of_them(app):
    with app.app_context(), transaction():
        make_model("a")
        make_model("b")
    results = all_at_once(app, [partial(models.rename, name, "c", actor=ANNA) for name in "ab"])
    assert [isinstance(result, AlreadyExists) for result in results].count(True) == 1
    assert read(app, models.get, "c").name == "c"


@pytest.mark.parametrize("_round", range(2))
def test_transitions_that_all_archive_the_others_leave_one_holder(app, churn, _round):
    # Two alone would seldom meet: without the lock on their model, ten rounds of two went well.
    with app.app_context(), transaction():
        make_versions(14)
    actions = [
        partial(transitions.transition, "churn", number, "Production", archive_others=True, actor=who)
        for number, who in zip(range(1, 17), [ANNA, BEN] * 8, strict=True)
    ]
    all_at_once(app, actions)
    held = sorted(read(app, versions.get, "churn", number).stage for number in range(1, 17))
    assert held == ["Archived"] * 15 + ["Production"]


def test_an_alias_moved_by_many_points_at_one_version(app, churn):
    actions = [partial(aliases.set_alias, "churn", "champion", 1 + n % 2, actor=ANNA) for n in range(16)]
    results = all_at_once(app, actions)
    assert results == [None] * 16
    assert read(app, aliases.resolve, "churn", "champion").number in (1, 2)


def test_a_tag_set_by_many_has_one_value(app, churn):
    actions = [partial(models.set_tag, "churn", "k", str(n), actor=ANNA) for n in range(16)]
    assert all_at_once(app, actions) == [None] * 16
    assert read(app, models.get, "churn").tags["k"] in {str(n) for n in range(16)}


@pytest.mark.parametrize("verb", ["model", "version"])
def test_of_two_who_set_a_tag_the_later_replaces_the_value_of_the_other(app, churn, verb):
    set_tag = partial(models.set_tag, "churn") if verb == "model" else partial(versions.set_tag, "churn", 1)
    with app.app_context(), transaction():
        set_tag("team", "growth", actor=ANNA)
    come_late(app, partial(set_tag, "team", "risk", actor=ANNA), partial(set_tag, "team", "core", actor=BEN))
    values = select(Event.before, Event.after).where(Event.subject == "team").order_by(Event.id)
    with app.app_context(), transaction(read_only=True):
        steps = [(row.before, row.after) for row in db.session.execute(values)]
    assert steps == [(None, "growth"), ("growth", "risk"), ("risk", "core")]


def test_a_version_deleted_while_it_is_moved_ends_deleted(app, churn):
    results = all_at_once(
        app,
        [
            partial(versions.delete, "churn", 1, actor=ANNA),
            partial(transitions.transition, "churn", 1, "Production", archive_others=True, actor=BEN),
            partial(aliases.set_alias, "churn", "champion", 1, actor=BEN),
        ],
    )
    assert results[0] is None
    assert all(result is None or isinstance(result, (NotFound, tuple)) for result in results)
    assert read(app, models.get, "churn").aliases == {}


@pytest.mark.parametrize("verb", ["model", "version"])
def test_of_two_edits_of_one_description_the_later_is_refused(app, churn, verb):
    describe = (
        partial(models.describe, "churn") if verb == "model" else partial(versions.describe, "churn", 1)
    )
    seen = read(app, models.get, "churn").description if verb == "model" else ""
    first, second = come_late(
        app,
        partial(describe, "Anna's words", seen=seen or "", actor=ANNA),
        partial(describe, "Ben's words", seen=seen or "", actor=BEN),
    )
    assert first.description == "Anna's words"
    assert isinstance(second, StaleState)
    kept = read(app, models.get, "churn") if verb == "model" else read(app, versions.get, "churn", 1)
    assert kept.description == "Anna's words"


def test_of_two_who_delete_a_model_one_does(app, churn):
    first, second = come_late(
        app, partial(models.delete, "churn", actor=ANNA), partial(models.delete, "churn", actor=BEN)
    )
    assert first is None
    assert isinstance(second, NotFound)


def test_of_two_who_restore_a_model_one_does(app, churn):
    with app.app_context(), transaction():
        model_id = models.get("churn").id
        models.delete("churn", actor=ANNA)
    first, second = come_late(
        app,
        partial(deleted_models.restore, model_id, actor=ANNA),
        partial(deleted_models.restore, model_id, actor=BEN),
    )
    assert first == "churn"
    assert isinstance(second, NotFound)


def test_of_two_renames_of_a_model_the_later_is_of_the_new_name(app, churn):
    first, second = come_late(
        app,
        partial(models.rename, "churn", "leavers", actor=ANNA),
        partial(models.rename, "churn", "stayers", actor=BEN),
    )
    assert first.name == "leavers"
    assert isinstance(second, NotFound)


def test_who_archives_all_meets_what_somebody_moved_a_moment_before(app, churn):
    come_late(
        app,
        partial(transitions.transition, "churn", 1, "Production", actor=ANNA, archive_others=False),
        partial(archive_model.archive_all, "churn", actor=BEN),
    )
    with app.app_context(), transaction(read_only=True):
        moves = select(Event.before, Event.after).where(Event.kind == Kind.VERSION_TRANSITIONED.value)
        told = sorted(tuple(row) for row in db.session.execute(moves))
    assert told == [("None", "Archived"), ("None", "Production"), ("Production", "Archived")]
