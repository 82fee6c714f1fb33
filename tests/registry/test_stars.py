"""Stars of one's own."""

import pytest

from app.activity import timeline
from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.viewer import acting_as
from app.core.errors import NotFound
from app.registry import models as registered_models
from app.registry import stars
from tests.factories.accounts import make_account
from tests.factories.registry import make_model


@pytest.fixture
def models(work):
    return {name: make_model(name).id for name in ("a", "b", "c")}


def names(**search) -> list[str]:
    return [model.name for model in stars.search(**search)[0]]


@pytest.fixture
def people(work):
    return [
        Actor(made.name, account_id=made.id, models_level=Level.READ)
        for made in (make_account("ada"), make_account("ben"))
    ]


def test_each_person_finds_what_they_have_starred(models, people):
    ada, ben = people
    stars.add("a", actor=ada)
    stars.add("b", actor=ben)
    stars.add("c", actor=Actor("local user"))
    for person, expected in ((ada, ["a"]), (ben, ["b"])):
        with acting_as(person):
            assert names() == expected
            assert stars.among(models.values()) == {models[expected[0]]}
    assert names() == ["c"]


def test_a_star_twice_is_one_and_taking_none_away_is_fine(models, people):
    stars.add("a", actor=people[0])
    stars.add("a", actor=people[0])
    stars.take("a", actor=people[0])
    stars.take("a", actor=people[0])
    with acting_as(people[0]):
        assert names() == []


def test_starred_models_are_searched_sorted_and_paged_like_all(models):
    for name in models:
        stars.add(name, actor=Actor("local user"))
    assert names(filter="name != 'b'", order_by=["name DESC"]) == ["c", "a"]
    first, token = stars.search(order_by=["name ASC"], max_results=2)
    rest, end = stars.search(order_by=["name ASC"], max_results=2, page_token=token)
    assert [model.name for model in first + rest] == ["a", "b", "c"]
    assert end is None


def test_a_deleted_model_is_starred_no_more_than_it_is_there(models):
    stars.add("a", actor=Actor("local user"))
    registered_models.delete("a", actor=Actor("local user"))
    assert names() == []
    with pytest.raises(NotFound):
        stars.add("a", actor=Actor("local user"))


def test_what_one_may_not_read_cannot_be_starred_nor_found(models, work):
    made = make_account("eve")
    eve = Actor(made.name, account_id=made.id)
    with acting_as(eve), pytest.raises(NotFound):
        stars.add("a", actor=eve)
    stars._ADD.run(account_id=made.id, model_id=models["a"])
    with acting_as(eve):
        assert names() == []


def test_a_star_leaves_no_trace_in_the_history(models):
    stars.add("a", actor=Actor("local user"))
    assert [moment.kind for moment in timeline.timeline(model_id=models["a"])] == ["model.created"]
