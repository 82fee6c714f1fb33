"""What of the registry an owner, teammates and a stranger reach by its calls."""

import pytest

from app.accounts import accounts, groups
from app.authz.actors import LOCAL_USER
from app.authz.levels import Level
from app.authz.permissions import Area
from app.db.transactions import transaction
from app.sharing import grants, token_models
from tests.support.answers import DENIED, HIDDEN, done, refusal

NAME = "churn"
SECRET = "s3://secret-place/model"
ALIAS = "champion"


@pytest.fixture
def churn(team):
    """A model of the owner's with a version in a stage, tags and an alias; teammates may edit and read it."""
    owner = team.owner
    done(owner.post("registered-models/create", name=NAME, tags=[{"key": "colour", "value": "green"}]))
    done(owner.post("model-versions/create", name=NAME, source=SECRET))
    done(owner.post("model-versions/transition-stage", name=NAME, version="1", stage="Staging"))
    done(owner.post("registered-models/alias", name=NAME, alias=ALIAS, version="1"))
    team.give(Level.EDIT, team.editor, model=NAME)
    team.give(Level.READ, team.reader, model=NAME)
    return team


# method, path, fields: what reads the one model, by each way there is
READS = (
    ("GET", "registered-models/get", {"name": NAME}),
    ("GET", "registered-models/get-latest-versions", {"name": NAME}),
    ("POST", "registered-models/get-latest-versions", {"name": NAME, "stages": ["Staging"]}),
    ("GET", "registered-models/alias", {"name": NAME, "alias": ALIAS}),
    ("GET", "registered-models/alias", {"name": NAME, "alias": "latest"}),
    ("GET", "model-versions/get", {"name": NAME, "version": "1"}),
    ("GET", "model-versions/get-download-uri", {"name": NAME, "version": "1"}),
)

CHANGES = (
    ("PATCH", "registered-models/update", {"name": NAME, "description": "x"}),
    ("POST", "registered-models/set-tag", {"name": NAME, "key": "a", "value": "b"}),
    ("DELETE", "registered-models/delete-tag", {"name": NAME, "key": "colour"}),
    ("POST", "registered-models/alias", {"name": NAME, "alias": "other", "version": "1"}),
    ("DELETE", "registered-models/alias", {"name": NAME, "alias": "other"}),
    ("POST", "model-versions/create", {"name": NAME, "source": "s3://b/c"}),
    ("PATCH", "model-versions/update", {"name": NAME, "version": "1", "description": "x"}),
    ("POST", "model-versions/set-tag", {"name": NAME, "version": "1", "key": "a", "value": "b"}),
    ("DELETE", "model-versions/delete-tag", {"name": NAME, "version": "1", "key": "a"}),
)

MANAGED = (
    ("POST", "registered-models/rename", {"name": NAME, "new_name": "churn-2"}),
    ("DELETE", "model-versions/delete", {"name": NAME, "version": "1"}),
    ("DELETE", "registered-models/delete", {"name": NAME}),
)

STAGED = (("POST", "model-versions/transition-stage", {"name": NAME, "version": "1", "stage": "Production"}),)


def ids(calls) -> list[str]:
    return [f"{method} {path}" for method, path, _fields in calls]


@pytest.mark.parametrize(("method", "path", "fields"), READS, ids=ids(READS))
def test_readers_read_and_to_a_stranger_it_looks_missing(churn, method, path, fields):
    for person in (churn.root, churn.owner, churn.editor, churn.reader):
        assert NAME in done_text(person.ask(method, path, **fields)) or SECRET in done_text(
            person.ask(method, path, **fields)
        )
    hidden = churn.stranger.ask(method, path, **fields)
    missing = churn.stranger.ask(method, path, **{**fields, "name": "there-is-none"})
    assert refusal(hidden) == HIDDEN
    assert hidden.text == missing.text.replace("there-is-none", NAME)


def done_text(answer) -> str:
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize(("method", "path", "fields"), CHANGES, ids=ids(CHANGES))
def test_editors_edit_readers_are_refused_and_strangers_find_nothing(churn, method, path, fields):
    assert refusal(churn.reader.ask(method, path, **fields)) == DENIED
    hidden = churn.stranger.ask(method, path, **fields)
    assert refusal(hidden) == HIDDEN
    missing = churn.stranger.ask(method, path, **{**fields, "name": "there-is-none"})
    assert hidden.text == missing.text.replace("there-is-none", NAME)
    done(churn.editor.ask(method, path, **fields))


@pytest.mark.parametrize(("method", "path", "fields"), MANAGED, ids=ids(MANAGED))
def test_only_who_manages_it_renames_and_deletes(churn, method, path, fields):
    assert refusal(churn.editor.ask(method, path, **fields)) == DENIED
    assert refusal(churn.reader.ask(method, path, **fields)) == DENIED
    assert refusal(churn.stranger.ask(method, path, **fields)) == HIDDEN
    done(churn.owner.ask(method, path, **fields))


@pytest.mark.parametrize(("method", "path", "fields"), STAGED, ids=ids(STAGED))
def test_only_who_may_move_versions_moves_them(churn, method, path, fields):
    for person in (churn.editor, churn.reader):
        assert refusal(person.ask(method, path, **fields)) == DENIED
    assert refusal(churn.stranger.ask(method, path, **fields)) == HIDDEN
    churn.give(Level.MANAGE_PRODUCTION, churn.editor, model=NAME)
    done(churn.editor.ask(method, path, **fields))


def test_what_was_refused_changed_nothing(churn):
    before = churn.owner.get("registered-models/get", name=NAME).text
    for method, path, fields in (*CHANGES, *MANAGED, *STAGED):
        churn.reader.ask(method, path, **fields)
        churn.stranger.ask(method, path, **fields)
    assert churn.owner.get("registered-models/get", name=NAME).text == before


SEARCHES = (
    ("registered-models/search", "registered_models"),
    ("model-versions/search", "model_versions"),
)


@pytest.mark.parametrize(("path", "what"), SEARCHES)
def test_searches_find_what_the_asker_may_read(churn, path, what):
    for filter in ("", f"name = '{NAME}'", "name LIKE '%'", "name != 'x'"):
        for person in (churn.root, churn.owner, churn.editor, churn.reader):
            assert [one["name"] for one in done(person.get(path, filter=filter))[what]] == [NAME]
        assert done(churn.stranger.get(path, filter=filter)) == {}


@pytest.mark.parametrize(("path", "what"), SEARCHES)
def test_pages_hold_and_count_only_what_the_asker_may_read(team, path, what):
    """Ten models in turn of two people: each page is full, and the last has no token after it."""
    for at in range(10):
        person = (team.owner, team.stranger)[at % 2]
        done(person.post("registered-models/create", name=f"m{at}"))
        done(person.post("model-versions/create", name=f"m{at}", source=SECRET))

    for person, own in ((team.owner, [0, 2, 4, 6, 8]), (team.stranger, [1, 3, 5, 7, 9])):
        pages, token = [], None
        while token != "":
            page = done(person.get(path, max_results=2, order_by="name", page_token=token or ""))
            pages.append([one["name"] for one in page[what]])
            token = page.get("next_page_token", "")
        assert [len(page) for page in pages] == [2, 2, 1]
        assert sum(pages, []) == [f"m{at}" for at in own]


@pytest.mark.parametrize(("path", "what"), SEARCHES)
def test_a_page_token_of_somebody_else_shows_no_more_than_ones_own(churn, path, what):
    done(churn.owner.post("registered-models/create", name="churn-b"))
    done(churn.owner.post("model-versions/create", name="churn-b", source=SECRET))
    token = done(churn.owner.get(path, max_results=1, order_by="name"))["next_page_token"]

    theirs = churn.stranger.get(path, max_results=1, order_by="name", page_token=token)
    assert theirs.status_code != 200 or theirs.json == {}


def test_the_same_search_of_two_people_in_turn_shows_each_their_own(team):
    """A statement that was compiled for one is run for the other."""
    for person in (team.owner, team.stranger):
        done(person.post("registered-models/create", name=f"of-{person.name}"))
        done(person.post("model-versions/create", name=f"of-{person.name}", source=SECRET))
    for path, what in SEARCHES:
        for filter in ("", "name LIKE 'of-%'"):
            for person in (team.owner, team.stranger, team.owner, team.root, team.stranger, team.owner):
                found = [one["name"] for one in done(person.get(path, filter=filter, order_by="name"))[what]]
                everything = ["of-owner", "of-stranger"]
                assert found == (everything if person is team.root else [f"of-{person.name}"])


def test_a_right_given_and_taken_counts_from_the_next_call_on(churn):
    stranger = churn.stranger
    churn.give(Level.READ, stranger, model=NAME)
    done(stranger.get("model-versions/get", name=NAME, version="1"))
    assert len(done(stranger.get("registered-models/search"))["registered_models"]) == 1
    churn.give(None, stranger, model=NAME)
    assert refusal(stranger.get("model-versions/get", name=NAME, version="1")) == HIDDEN
    assert done(stranger.get("registered-models/search")) == {}


@pytest.mark.parametrize("way", ["delete", "rename"])
def test_a_new_model_of_an_old_name_inherits_nothing(churn, way):
    if way == "delete":
        done(churn.owner.ask("DELETE", "registered-models/delete", name=NAME))
    else:
        done(churn.owner.post("registered-models/rename", name=NAME, new_name="moved"))
    done(churn.stranger.post("registered-models/create", name=NAME))

    for person in (churn.owner, churn.editor, churn.reader):
        assert refusal(person.get("registered-models/get", name=NAME)) == HIDDEN
    found = done(churn.stranger.get("registered-models/get", name=NAME))["registered_model"]
    assert "aliases" not in found and "tags" not in found and "latest_versions" not in found
    assert refusal(churn.stranger.get("model-versions/get", name=NAME, version="1")) == HIDDEN
    if way == "rename":
        done(churn.reader.get("registered-models/get", name="moved"))
        assert refusal(churn.stranger.get("registered-models/get", name="moved")) == HIDDEN


def sees(person) -> bool:
    """Whether the person sees the model; each way to look gives the same answer."""
    found = {
        person.get("registered-models/get", name=NAME).status_code == 200,
        person.get("model-versions/get-download-uri", name=NAME, version="1").status_code == 200,
        bool(done(person.get("registered-models/search"))),
        bool(done(person.get("model-versions/search"))),
    }
    assert len(found) == 1
    return found.pop()


def test_what_a_group_was_given_its_members_reach_for_as_long_as_they_are_in_it(churn):
    def change(verb, *args):
        with churn.app.app_context(), transaction():
            verb(*args, actor=LOCAL_USER)

    change(groups.create, "night-shift")
    with churn.app.app_context(), transaction():
        night_shift = grants.principal_of_group("night-shift")
    change(grants.set_on_model, NAME, night_shift, Level.READ)
    for verb, expected in ((groups.add, True), (groups.remove, False), (groups.add, True)):
        change(verb, "night-shift", "stranger")
        assert sees(churn.stranger) is expected
    change(groups.delete, "night-shift")
    assert not sees(churn.stranger)


def test_what_everyone_was_given_everybody_reaches(churn):
    for level in (Level.READ, None):
        with churn.app.app_context(), transaction():
            grants.set_on_model(NAME, grants.EVERYONE, level, actor=LOCAL_USER)
        assert sees(churn.stranger) is bool(level)
    for level in (Level.READ, None):
        with churn.app.app_context(), transaction():
            stranger = grants.principal_of_account("stranger")
            grants.set_on_area(Area.MODELS, stranger, level, actor=LOCAL_USER)
        assert sees(churn.stranger) is bool(level)


def test_an_account_that_is_off_reaches_nothing(churn):
    assert sees(churn.reader)
    for verb, status in ((accounts.disable, 401), (accounts.enable, 200), (accounts.delete, 401)):
        with churn.app.app_context(), transaction():
            verb("reader", actor=LOCAL_USER)
        assert churn.reader.get("registered-models/get", name=NAME).status_code == status


def test_a_token_for_a_model_is_not_one_for_the_next_of_that_name(churn):
    done(churn.owner.post("registered-models/create", name="other"))
    with churn.app.app_context(), transaction():
        _row, secret = token_models.create(churn.owner.id, "ci", models=[NAME], actor=LOCAL_USER)
    limited = churn.owner._replace(secret=secret)

    assert sees(limited)
    assert refusal(limited.get("registered-models/get", name="other")) == HIDDEN
    assert [one["name"] for one in done(limited.get("registered-models/search"))["registered_models"]] == [
        NAME
    ]
    assert refusal(limited.post("registered-models/create", name="third")) == DENIED
    assert refusal(limited.post("experiments/create", name="third")) == DENIED
    done(limited.ask("PATCH", "registered-models/update", name=NAME, description="by a token"))
    done(churn.owner.ask("DELETE", "registered-models/delete", name=NAME))
    done(churn.owner.post("registered-models/create", name=NAME))
    done(churn.owner.post("model-versions/create", name=NAME, source=SECRET))
    assert sees(churn.owner)
    assert not sees(limited)
