"""Verbs that give, take and give up the names that clients load by: they ask the rules of stages first.

Clients go by names, so a rule holds for a name as well. A name is kept for the managers of a model that had it
and ever held a stage with a rule, or has a rule of its own: only they and administrators can take it again, and
the model's own rules are in force there. A model with a version in a stage that has to be requested cannot be
renamed or deleted by somebody who may not move that version directly.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, select
from sqlalchemy import delete as sql_delete

from app.authz import access_queries
from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.permissions import Permission
from app.core.ids import RegisteredModelId
from app.db.statements import Statement
from app.db.transactions import db
from app.registry import access, deleted_models, former_names, models, queries, versions
from app.registry.errors import NameForwards
from app.registry.names import check_new_model_name
from app.registry.queries import ModelRow, VersionRow
from app.registry.tables import ARCHIVED, ARCHIVED_ID, NONE, NONE_ID, Stage, StageInterval
from app.stages import definitions, policy, rules
from app.stages.definitions import StageRow, Stages
from app.stages.errors import ModelInGuardedStage, NameKept, StageWouldFallBack
from app.stages.governed import aliases as governed_aliases
from app.stages.governed import tags as governed_tags
from app.stages.rules import EffectiveRule
from app.stages.tables import RuleGroup, StageRule

_INTERVAL = StageInterval.__table__.c
_EVER_HELD = Statement(
    select(queries.STAGE.name)
    .distinct()
    .join_from(StageInterval.__table__, Stage.__table__, queries.STAGE.id == _INTERVAL.stage_id)
    .where(
        _INTERVAL.model_id == bindparam("model_id"),
        _INTERVAL.stage_id != NONE_ID,
        _INTERVAL.stage_id != ARCHIVED_ID,
        queries.STAGE.removed_at.is_(None),
    )
)
_LEVEL = Statement(
    select(access_queries.MODELS.level(queries.MODEL.id)).where(queries.MODEL.id == bindparam("model_id"))
)
_DELETED_AT = Statement(select(queries.MODEL.deleted_at).where(queries.MODEL.id == bindparam("model_id")))
_OLDER_HOLDER = Statement(
    select(queries.VERSION.number)
    .where(
        queries.VERSION.model_id == bindparam("model_id"),
        queries.VERSION.stage_id == bindparam("stage_id"),
        queries.VERSION.deleted_at.is_(None),
        queries.VERSION.id != bindparam("version_id"),
    )
    .order_by(queries.VERSION.number.desc())
)


def create(
    name: str, *, description: str | None = None, tags: Mapping[str, str] | None = None, actor: Actor
) -> ModelRow:
    """Creates an empty registered model, under the own rules of the model that the name is kept for, if any.

    Raises as `app.registry.models.create`, `NameKept` where the name is kept for others, and `NameForwards`
    where it leads clients to a renamed model.
    """
    if former_names.is_forwarding(name):
        raise NameForwards(name)
    row = models.create(name, description=description, tags=tags, actor=actor)
    # After the name is taken: of two who meet at a name, the second sees what the first left.
    _take_name(row.id, name, "name", Level.MANAGE, actor)
    governed_tags.check_all(name, tags or (), actor=actor)
    return row


def rename(name: str, new_name: str, *, forwards: bool = False, actor: Actor) -> ModelRow:
    """Renames the model, as `app.registry.models.rename`.

    Raises as that, `ModelInGuardedStage`, `NameKept`, and `NameForwards` as `create`.
    """
    check_new_model_name(new_name, "new_name")
    level = access.check(name, Permission.MODELS_MANAGE, actor)
    model_id = queries.locked_model_id(name)
    _check_stages(name, model_id, model_id, level, actor)
    if former_names.is_forwarding(new_name, but=model_id):
        raise NameForwards(new_name, "new_name")
    row = models.rename(name, new_name, forwards=forwards, actor=actor)
    if new_name != name:
        _take_name(model_id, new_name, "new_name", level, actor)
    return row


def delete(name: str, *, actor: Actor) -> None:
    """Deletes the model, as `app.registry.models.delete`. Raises as that, and `ModelInGuardedStage`."""
    level = access.check(name, Permission.MODELS_MANAGE, actor)
    model_id = queries.locked_model_id(name)
    _check_stages(name, model_id, model_id, level, actor)
    models.delete(name, actor=actor)


def delete_version(name: str, number: int | str, *, actor: Actor) -> None:
    """Deletes the version, as `app.registry.versions.delete`. Raises as that, and `StageWouldFallBack`."""
    level = access.check(name, Permission.MODELS_MANAGE, actor)
    row = queries.locked_version(name, number)
    definitions.lock_list_shared()
    check_no_fallback(row, Stages()[row.stage.lower()], level, actor)
    if row.aliases:
        governed_aliases.check_carried_away(name, row.model_id, level, actor, version_id=row.id)
    versions.delete(name, number, actor=actor)
    governed_aliases.settle(row.model_id, actor=actor)


def restore(model_id: RegisteredModelId, *, actor: Actor) -> str:
    """Restores a deleted model as `app.registry.deleted_models.restore`, its aliases as the rules have them now.

    Raises as that, and as `rename` where another model had the name since.
    """
    deleted_at = _DELETED_AT.scalar(model_id=model_id) or 0
    name = deleted_models.restore(model_id, actor=actor)
    definitions.lock_list_shared()
    _take_name(model_id, name, "name", access.level_on(model_id), actor, since=deleted_at)
    governed_aliases.settle(model_id, actor=actor)
    return name


def check_no_fallback(row: VersionRow, present: StageRow, level: int, actor: Actor) -> None:
    """Raises `StageWouldFallBack` where an older version would be served as soon as this one leaves its stage.

    That is so where both are in a stage that has to be requested, and the actor, of that level on the model, may
    not move a version there directly.
    """
    if present.name in (NONE, ARCHIVED) or not policy.is_bound(actor):
        return
    others = _OLDER_HOLDER.scalars(model_id=row.model_id, stage_id=present.id, version_id=row.id)
    if not others or others[0] > row.number:
        return
    rule = rules.in_force(present, row.model_id)
    if rule.must_request and not policy.may_move_directly(present, rule, level, actor):
        raise StageWouldFallBack(row.name, row.number, present.name, others[0])


def _check_stages(
    name: str, model_id: RegisteredModelId, under: RegisteredModelId, level: int, actor: Actor
) -> None:
    """Raises `ModelInGuardedStage` where the model has a version in a stage that the actor has to request, and
    `AliasRequestNeeded` where it has such an alias.

    The rules are those in force for the model `under`.
    """
    if not policy.is_bound(actor):
        return
    known = Stages()
    held = [
        row
        for row in queries.latest_per_stage([model_id]).get(model_id, [])
        if row.stage not in (NONE, ARCHIVED)
    ]
    if under == model_id:
        governed_aliases.check_carried_away(name, model_id, level, actor)
    for row in held:
        stage = known[row.stage.lower()]
        rule = rules.in_force(stage, under)
        if rule.must_request and not policy.may_move_directly(stage, rule, level, actor):
            raise ModelInGuardedStage(name, row.number, row.stage, rules.describe(rule, stage))


def _take_name(
    model_id: RegisteredModelId, name: str, field: str, level: int, actor: Actor, since: int = 0
) -> None:
    """Puts the model, which has the name now, under what the name is kept for. Raises as `create` and `rename`.

    With `since`, a time in milliseconds, only those who gave the name up after it count.
    """
    keepers = [
        (holder.id, own)
        for holder in former_names.earlier_holders(name, but=[model_id])
        if holder.until_at >= since
        for is_guarded, own in [_guards(holder.id)]
        if is_guarded
    ]
    if policy.is_bound(actor) and not all(_manages(keeper, actor) for keeper, _ in keepers):
        raise NameKept(name, field)
    for keeper, own in keepers:
        if own:
            _check_stages(name, model_id, keeper, level, actor)
            _copy_rules(own, model_id)
            governed_aliases.check_brought_along(name, model_id, level, actor)
            governed_aliases.settle(model_id, actor=actor)
            break  # the rules of whoever had the name last


def _guards(model_id: RegisteredModelId) -> tuple[bool, list[StageRule]]:
    """Returns whether the model's name is to be kept, and the rules that are its own."""
    own = list(db.session.scalars(select(StageRule).where(StageRule.model_id == model_id)))
    known = Stages()
    held = [known[stage.lower()] for stage in _EVER_HELD.scalars(model_id=model_id)]
    return bool(own) or any(rule.id is not None for rule in _rules_of(held, model_id)), own


def _rules_of(stages: Sequence[StageRow], model_id: RegisteredModelId) -> list[EffectiveRule]:
    return rules.of_each([(stage, model_id) for stage in stages]) if stages else []


def _manages(model_id: RegisteredModelId, actor: Actor) -> bool:
    """Returns whether the actor manages a model, living or deleted."""
    if actor.may_all:
        return True
    level = _LEVEL.scalar(model_id=model_id, **access_queries.MODELS.parameters_of(actor)) or 0
    return max(level, access_queries.MODELS.level_on_all(actor)) >= Level.MANAGE


def _copy_rules(own: Sequence[StageRule], model_id: RegisteredModelId) -> None:
    """Puts the model under these rules, in place of its own for the same stages."""
    for rule in own:
        for replaced in db.session.scalars(
            select(StageRule).where(StageRule.model_id == model_id, StageRule.stage_id == rule.stage_id)
        ).all():
            db.session.execute(sql_delete(RuleGroup).where(RuleGroup.rule_id == replaced.id))
            db.session.delete(replaced)
        db.session.flush()
        columns = [attribute.key for attribute in StageRule.__mapper__.column_attrs]
        copy = StageRule(**{key: getattr(rule, key) for key in columns if key not in ("id", "model_id")})
        copy.model_id = model_id
        db.session.add(copy)
        db.session.flush()
        parts = db.session.scalars(select(RuleGroup).where(RuleGroup.rule_id == rule.id)).all()
        db.session.add_all(
            RuleGroup(rule_id=copy.id, role=part.role, group_id=part.group_id) for part in parts
        )
        db.session.flush()
