"""Whose approval counts, asked for one rule or for the approvers of a whole list: the same people."""

import pytest
from sqlalchemy import insert, update

from app.authz.levels import Level
from app.authz.tables import Account, Grant, Group
from app.core import clock
from app.db.transactions import db, transaction
from app.registry import queries
from app.stages import approver_groups
from tests.factories.registry import make_model


def give(level, model=None, **principal):
    model_id = queries.model_id(model) if model else None
    db.session.execute(
        insert(Grant.__table__).values(area="models", model_id=model_id, level=int(level), **principal)
    )


@pytest.fixture
def crowd(team):
    """The team, with a second model, rights through groups and on everything, and people who left."""
    keepers, ops, gone = team.group("keepers", "carl"), team.group("ops", "rita"), team.group("gone", "rolf")
    for name in ("disabled", "deleted"):
        team.add(name, Level.MANAGE)
    team.group("ops", "disabled")
    with team.app.app_context(), transaction():
        make_model("other")
        give(Level.MANAGE_STAGING, "other")  # to everybody
        give(Level.MANAGE_PRODUCTION, "other", group_id=ops)
        give(Level.READ, group_id=keepers)
        give(Level.MANAGE, group_id=gone)
        give(Level.EDIT, account_id=team.ids["sven"])
        now = clock.now_ms()
        for name, column in (("disabled", "disabled_at"), ("deleted", "deleted_at")):
            db.session.execute(
                update(Account).where(Account.id == team.ids[name]).values({column: now, "is_admin": True})
            )
        db.session.execute(update(Group).where(Group.id == gone).values(deleted_at=now))
        db.session.execute(update(Group).where(Group.id == keepers).values(is_admin=True))
    return team


def test_a_list_knows_the_same_approvers_as_one_rule(crowd):
    with crowd.acting("ada"):
        models = [queries.model_id(name) for name in ("churn", "other")]
        known = approver_groups.Standing(crowd.ids.values(), models)
        for model_id in models:
            for level in (
                Level.READ,
                Level.EDIT,
                Level.MANAGE_STAGING,
                Level.MANAGE_PRODUCTION,
                Level.MANAGE,
            ):
                found = {one for one in crowd.ids.values() if known.level(one, model_id) >= level}
                assert found == approver_groups.with_level(model_id, level), (model_id, level)
        for group_ids in ([group] for group in crowd.groups.values()):
            found = {one for one in crowd.ids.values() if known.is_in(one, group_ids)}
            assert found == approver_groups.members(group_ids)
        assert not known.is_in(crowd.ids["disabled"], crowd.groups.values())
        assert known.level(crowd.ids["carl"], models[0]) == Level.MANAGE  # an administrator by group
