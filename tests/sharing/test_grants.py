"""Rights: given, taken, replaced, and who may do so."""

import pytest
from sqlalchemy import select

from app.accounts import accounts, credentials, groups
from app.audit.tables import Event
from app.authz.actors import LOCAL_USER
from app.authz.levels import EXPERIMENT_LEVELS, MODEL_LEVELS, Level
from app.authz.permissions import Area, Permission
from app.authz.viewer import acting_as
from app.core.errors import InvalidParameter, NotFound, PermissionDenied
from app.db.transactions import db, transaction
from app.registry import access
from app.registry import models as registered_models
from app.registry.errors import ModelNotFound
from app.sharing import grants
from app.tracking import experiments
from tests.accounts.test_accounts import events
from tests.factories.registry import make_model
from tests.support.races import all_at_once


def given(found) -> dict[str, Level]:
    return {row.principal.label: row.level for row in found}


@pytest.fixture
def churn(root):
    return make_model("churn", actor=root)


def test_a_level_takes_the_place_of_the_one_before(root, anna, churn):
    principal = grants.principal_of_account("ANNA")

    for level in (*MODEL_LEVELS, *reversed(MODEL_LEVELS), None, Level.EDIT):
        grants.set_on_model("churn", principal, level, actor=root)
        expected = {"root": Level.MANAGE} | ({} if level is None else {"anna": level})
        assert given(grants.of_model("churn")) == expected


def test_who_has_been_given_what_is_shown_highest_first(root, anna, churn):
    accounts.create("bot", kind="service", full_name="Build", actor=root)
    groups.create("team", actor=root)
    levels = {
        grants.EVERYONE: Level.READ,
        grants.principal_of_group("team"): Level.EDIT,
        grants.principal_of_account("bot"): Level.EDIT,
    }
    grants.change_on_model("churn", levels, actor=root)
    accounts.disable("bot", actor=root)

    found = grants.of_model("churn")

    assert [(row.principal.kind, row.principal.name, row.level) for row in found] == [
        ("user", "root", Level.MANAGE),
        ("group", "team", Level.EDIT),
        ("service", "bot", Level.EDIT),
        ("everyone", "everyone", Level.READ),
    ]
    assert (found[2].full_name, found[2].is_disabled) == ("Build", True)


def test_replacing_takes_from_all_who_are_not_named(root, anna, churn):
    grants.replace_on_model("churn", {grants.principal_of_account("anna"): Level.READ}, actor=root)
    assert given(grants.of_model("churn")) == {"anna": Level.READ}

    grants.replace_on_model("churn", {}, actor=root)

    assert grants.of_model("churn") == []
    assert access.check("churn", Permission.MODELS_MANAGE, root) == Level.MANAGE, (
        "an administrator stands above"
    )


def test_each_change_is_an_event_and_none_is_none(root, anna, churn):
    principal = grants.principal_of_account("anna")
    first = len(events())
    for level in (Level.READ, Level.READ, Level.MANAGE_STAGING, None, None):
        grants.set_on_model("churn", principal, level, actor=root)
    grants.set_on_area(Area.MODELS, principal, Level.EDIT, actor=root)

    assert events()[first:] == [
        ("rights.given", "root", "anna", None, "read"),
        ("rights.given", "root", "anna", "read", "manage Staging versions"),
        ("rights.removed", "root", "anna", "manage Staging versions", None),
        ("rights.given", "root", "anna", None, "edit (all models)"),
    ]
    models = db.session.execute(select(Event.model_id).where(Event.kind.like("rights.%"))).scalars().all()
    assert models[1:] == [churn.id] * 3 + [None]


def test_who_manages_gives_rights_and_who_does_not_may_not(root, anna, churn):
    principal = grants.principal_of_account("anna")
    for level in MODEL_LEVELS[:-1]:
        grants.set_on_model("churn", principal, level, actor=root)
        with acting_as(anna), pytest.raises(PermissionDenied):
            grants.set_on_model("churn", principal, Level.MANAGE, actor=anna)
        with acting_as(anna), pytest.raises(PermissionDenied):
            grants.replace_on_model("churn", {}, actor=anna)
    grants.set_on_model("churn", principal, Level.MANAGE, actor=root)

    with acting_as(anna):
        grants.set_on_model("churn", grants.EVERYONE, Level.READ, actor=anna)
        grants.set_on_model("churn", principal, None, actor=anna)
        with pytest.raises(PermissionDenied):
            grants.set_on_model("churn", principal, Level.MANAGE, actor=anna)


def test_a_model_that_one_may_not_read_has_no_rights_to_see_or_give(root, anna, churn):
    with acting_as(anna):
        for step in (
            lambda: grants.of_model("churn"),
            lambda: grants.set_on_model(
                "churn", grants.principal_of_account("anna"), Level.MANAGE, actor=anna
            ),
            lambda: grants.replace_on_model("churn", {}, actor=anna),
        ):
            with pytest.raises(ModelNotFound):
                step()


def test_rights_on_everything_are_for_administrators_to_give(root, anna, churn):
    for area in (Area.MODELS, Area.EXPERIMENTS):
        for verb in (grants.set_on_area, grants.change_on_area, grants.replace_on_area):
            arguments = (
                [area, grants.principal_of_account("anna"), Level.READ]
                if verb is grants.set_on_area
                else [area, {}]
            )
            with pytest.raises(PermissionDenied):
                verb(*arguments, actor=anna)

    grants.set_on_area(Area.MODELS, grants.EVERYONE, Level.READ, actor=root)
    with acting_as(credentials.actor_of(anna.account_id)):
        assert registered_models.get("churn").id == churn.id
    grants.replace_on_area(Area.MODELS, {}, actor=root)
    assert grants.of_area(Area.MODELS) == []
    with acting_as(credentials.actor_of(anna.account_id)), pytest.raises(NotFound):
        registered_models.get("churn")


def test_an_experiment_has_three_levels(root, anna):
    experiment_id = experiments.create("trials", actor=root)
    principal = grants.principal_of_account("anna")

    for level in EXPERIMENT_LEVELS:
        grants.set_on_experiment(experiment_id, principal, level, actor=root)
        assert given(grants.of_experiment(experiment_id))["anna"] == level
    grants.set_on_experiment(experiment_id, grants.EVERYONE, Level.READ, actor=anna)
    for level in (Level.MANAGE_STAGING, Level.NONE):
        with pytest.raises(InvalidParameter) as refused:
            grants.set_on_experiment(experiment_id, principal, level, actor=root)
        assert refused.value.field == "level"

    grants.set_on_experiment(experiment_id, principal, Level.EDIT, actor=root)
    with pytest.raises(PermissionDenied):
        grants.set_on_experiment(experiment_id, principal, Level.MANAGE, actor=anna)
    grants.set_on_experiment(experiment_id, principal, None, actor=root)
    assert principal not in [row.principal for row in grants.of_experiment(experiment_id)]


def test_an_experiment_that_one_may_not_read_has_no_rights_to_see_or_give(root, anna):
    experiment_id = experiments.create("trials", actor=root)

    with acting_as(anna):
        for step in (
            lambda: grants.of_experiment(experiment_id),
            lambda: grants.set_on_experiment(experiment_id, grants.EVERYONE, Level.READ, actor=anna),
        ):
            with pytest.raises(NotFound):
                step()


def test_models_have_no_level_of_nothing(root, anna, churn):
    with pytest.raises(InvalidParameter):
        grants.set_on_model("churn", grants.EVERYONE, Level.NONE, actor=root)


def test_two_who_give_at_once_leave_one_level(app):
    with app.app_context(), transaction():
        accounts.create("root", is_admin=True, actor=LOCAL_USER)
        make_model("churn")
    levels = [Level.READ, Level.EDIT, Level.MANAGE, Level.MANAGE]

    results = all_at_once(
        app,
        [
            lambda level=level: grants.set_on_model("churn", grants.EVERYONE, level, actor=LOCAL_USER)
            for level in levels
        ],
    )

    assert all(isinstance(result, list) and len(result) == 1 for result in results)
    with app.app_context(), transaction(read_only=True):
        assert len(grants.of_model("churn")) == 1
