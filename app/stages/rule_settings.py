"""Setting the rules of stages, for all models or for one. For administrators."""

import json
from collections.abc import Sequence

from sqlalchemy import delete, insert, select, update

from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.administrators import check_administers
from app.core.errors import InvalidParameter, StaleState
from app.core.key_rules import check_key
from app.db.transactions import db
from app.registry import queries
from app.registry.tables import ARCHIVED, NONE
from app.stages import approver_groups as people
from app.stages import checks, definitions, rules
from app.stages.rules import RULE, RULE_GROUP, Rule
from app.stages.tables import RuleGroup, StageRule

MOST_APPROVALS = 20
MOST_NAMES = 50


def set_rule(
    stage: str,
    model: str | None = None,
    *,
    approvals: int = 1,
    approver_groups: Sequence[int] = (),
    asker_counts: bool = False,
    must_ask: bool = False,
    direct_groups: Sequence[int] = (),
    emergency_groups: Sequence[int] = (),
    checks: Sequence[str] = (),
    tags: Sequence[str] = (),
    needs_description: bool = False,
    needs_schema: bool = False,
    is_exclusive: bool = False,
    seen: str | None = None,
    actor: Actor,
) -> Rule:
    """Set the rule of a stage, or with `model` that model's own for the stage, in place of what was there.

    It counts from the next decision on, for requests that are open already, too. The fields are those of
    `app.stages.rules.Rule`; groups are given by id. Raises `PermissionDenied`, `NotFound` for the
    model, `InvalidParameter`, and `StaleState` where the words of the rule are no longer those that
    were `seen`.
    """
    check_administers(actor)
    model_id, before = _before(stage, model, seen)
    after = before._replace(
        id=None,
        model_id=model_id,
        approvals=approvals,
        asker_counts=asker_counts,
        must_ask=must_ask,
        is_exclusive=is_exclusive,
        needs_description=needs_description,
        needs_schema=needs_schema,
        checks=_names(checks),
        tags=_names(tags),
        approver_groups=_ids(approver_groups),
        direct_groups=_ids(direct_groups),
        emergency_groups=_ids(emergency_groups),
    )
    _check(after)
    own = before if before.model_id == model_id else before._replace(id=None)
    rule = after._replace(id=_write(own.id, after))
    recorder.record(
        Kind.RULE_SET,
        actor=actor,
        model_id=model_id,
        subject=rule.stage.name,
        before=rules.words(before),
        after=rules.words(rule),
    )
    return rule


def remove_rule(stage: str, model: str | None = None, *, actor: Actor) -> Rule:
    """Take the rule away; what is in force then. That there is none is no error. Raises as `set_rule`."""
    check_administers(actor)
    model_id, before = _before(stage, model, None)
    if before.id is None or before.model_id != model_id:
        return before
    db.session.execute(delete(RuleGroup.__table__).where(RULE_GROUP.rule_id == before.id))
    db.session.execute(delete(StageRule.__table__).where(RULE.id == before.id))
    after = rules.of(before.stage, model_id)
    recorder.record(
        Kind.RULE_REMOVED,
        actor=actor,
        model_id=model_id,
        subject=before.stage.name,
        before=rules.words(before),
        after=rules.words(after),
    )
    return after


def _before(stage: str, model: str | None, seen: str | None) -> tuple[int | None, Rule]:
    row = definitions.find(stage)
    model_id = None if model is None else queries.model_id(model)
    definitions.lock(row)
    before = rules.of(row, model_id)
    if seen is not None and seen != rules.words(before):
        raise StaleState(f"The rule of {row.name} was changed by somebody else in the meantime.")
    return model_id, before


def _write(rule_id: int | None, rule: Rule) -> int:
    values = {
        name: getattr(rule, name)
        for name in (
            "model_id",
            "approvals",
            "asker_counts",
            "must_ask",
            "is_exclusive",
            "needs_description",
            "needs_schema",
        )
    }
    values |= {"stage_id": rule.stage.id, "checks": json.dumps(rule.checks), "tags": json.dumps(rule.tags)}
    table = StageRule.__table__
    if rule_id is None:
        rule_id = db.session.execute(insert(table).values(**values).returning(RULE.id)).scalar_one()
    else:
        db.session.execute(update(table).where(RULE.id == rule_id).values(**values))
        db.session.execute(delete(RuleGroup.__table__).where(RULE_GROUP.rule_id == rule_id))
    parts = (
        ("approves", rule.approver_groups),
        ("moves", rule.direct_groups),
        ("emergency", rule.emergency_groups),
    )
    rows = [
        {"rule_id": rule_id, "role": role, "group_id": group_id}
        for role, group_ids in parts
        for group_id in group_ids
    ]
    if rows:
        db.session.execute(insert(RuleGroup.__table__).values(rows))
    return rule_id


def _names(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def _ids(group_ids: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted(set(group_ids)))


def _check(rule: Rule) -> None:
    if not 1 <= rule.approvals <= MOST_APPROVALS:
        raise InvalidParameter(f"A rule takes 1 to {MOST_APPROVALS} approvals.", field="approvals")
    if rule.is_exclusive and rule.stage.name in (NONE, ARCHIVED):
        raise InvalidParameter(f"Many versions are in {rule.stage.name} at once.", field="is_exclusive")
    for field, names, check in (("checks", rule.checks, checks.check_name), ("tags", rule.tags, check_key)):
        if len(names) > MOST_NAMES:
            raise InvalidParameter(f"A rule names at most {MOST_NAMES} {field}.", field=field)
        for name in names:
            check(name, field)
    known = people.group_names(rule.all_groups)
    for field in ("approver_groups", "direct_groups", "emergency_groups"):
        if any(group_id not in known for group_id in getattr(rule, field)):
            raise InvalidParameter("One of these groups does not exist (any more).", field=field)


def stages_with(group_id: int) -> list[str]:
    """The stages in whose rules, for all models or for one, the group has a part; whoever deletes it wants to know."""
    query = (
        select(queries.STAGE.name)
        .join_from(RULE_GROUP.rule_id.table, RULE.id.table, RULE.id == RULE_GROUP.rule_id)
        .join(queries.STAGE.id.table, queries.STAGE.id == RULE.stage_id)
        .where(RULE_GROUP.group_id == group_id, queries.STAGE.removed_at.is_(None))
    )
    named = set(db.session.scalars(query))
    return [stage.name for stage in definitions.every() if stage.name in named]
