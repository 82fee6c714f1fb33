"""Setting the rules of stages, for all models or for one. For administrators."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select

from app.accounts import groups
from app.accounts import queries as queries_of_accounts
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.administrators import check_configures
from app.core import clock
from app.core.errors import NotFound
from app.core.ids import RegisteredModelId
from app.core.key_rules import check_key
from app.db.transactions import db
from app.registry import queries
from app.registry.tables import ARCHIVED, NONE, Stage
from app.stages import approver_groups, definitions, open_requests, rules
from app.stages import checks as version_checks
from app.stages.checks import CheckReporter
from app.stages.definitions import ALIAS_MARK, TAG_MARK, StageRow
from app.stages.errors import (
    InvalidApprovalCount,
    RuleChanged,
    RuleNotSatisfiable,
    StageNotExclusive,
    TooManyNames,
    UnknownGroup,
    UnknownReporter,
    UnknownRollbackChoice,
    UnknownStage,
)
from app.stages.governed import aliases as governed_aliases
from app.stages.governed import targets
from app.stages.governed.errors import FollowingPattern, FollowsOrBound
from app.stages.rules import EffectiveRule
from app.stages.tables import REASON, REFUSE, RuleGroup, StageRule

MAX_APPROVALS = 20
MAX_NAMES = 50


def set_rule(
    stage: str,
    model: str | None = None,
    *,
    approvals: int = 1,
    approver_groups: Sequence[int] = (),
    requester_counts: bool = False,
    must_request: bool = False,
    direct_groups: Sequence[int] = (),
    emergency_groups: Sequence[int] = (),
    checks: Sequence[str] = (),
    reporters: Mapping[str, str] | None = None,
    tags: Sequence[str] = (),
    needs_description: bool = False,
    needs_schema: bool = False,
    is_exclusive: bool = False,
    bound_to: str | None = None,
    follows: str | None = None,
    rollback_changed: str = REFUSE,
    seen: str | None = None,
    seen_etag: str | None = None,
    actor: Actor,
) -> EffectiveRule:
    """Sets the rule of a stage, or with `model` that model's own for the stage, in place of what was there.

    `stage` is the name of a stage, of an alias or a pattern of aliases (`@champion`, `@prod-*`), or of a tag
    (`#approved`). An alias can be bound to a stage (`bound_to`) or follow one (`follows`).

    It applies from the next decision on, to requests that are open already, too. The fields are those of
    `app.stages.rules.EffectiveRule`; groups are given by id, and `reporters` by the names of a check and of the
    account or group that alone reports it (none given: who does now stays). Raises `PermissionDenied`, `ModelNotFound`,
    `UnknownStage`, `InvalidParameter` for a rule that cannot be, `RuleNotSatisfiable` for one that the people
    there are cannot satisfy, and `RuleChanged` where the description of the rule is no longer the one that was
    `seen`, or its `app.stages.rules.etag` the one that was.
    """
    check_configures(actor)
    if stage.startswith((ALIAS_MARK, TAG_MARK)):
        targets.ensure(stage)
    if follows is not None and "*" in stage:
        raise FollowingPattern
    if follows is not None and bound_to is not None:
        raise FollowsOrBound
    model_id, before = locked_rule(stage, model, seen)
    if seen_etag is not None and seen_etag != rules.etag(before):
        raise RuleChanged(before.stage.name)
    names = _names(checks)
    after = before._replace(
        id=None,
        model_id=model_id,
        approvals=approvals,
        requester_counts=requester_counts,
        must_request=must_request,
        is_exclusive=is_exclusive,
        gives_way=False,
        needs_description=needs_description,
        needs_schema=needs_schema,
        checks=names,
        reporters=_reporters(names, reporters, before),
        tags=_names(tags),
        approver_groups=_ids(approver_groups),
        direct_groups=_ids(direct_groups),
        emergency_groups=_ids(emergency_groups),
        bound_stage=None if bound_to is None else _real_stage(bound_to, "bound_to"),
        followed_stage=None if follows is None else _real_stage(follows, "follows"),
        rollback_changed=rollback_changed,
    )
    _check(after)
    is_own = before.model_id == model_id
    if is_own and before.id is not None and after._replace(id=before.id) == before:
        return before
    return put_in_place(before, after, actor=actor)


def put_in_place(before: EffectiveRule, after: EffectiveRule, *, actor: Actor) -> EffectiveRule:
    """Writes a rule that was checked in place of the one that was locked. Asks nobody."""
    rule = after._replace(id=_store(after, _own_id(after)))
    recorder.record(
        Kind.RULE_SET,
        actor=actor,
        model_id=rule.model_id,
        subject=rule.stage.name,
        before=rules.describe(before),
        after=rules.describe(rule),
    )
    governed_aliases.settle_all(rule, actor=actor)
    return rule


def remove_rule(stage: str, model: str | None = None, *, actor: Actor) -> EffectiveRule:
    """Removes the rule, if there is one; returns the one in force then. Raises as `set_rule`."""
    check_configures(actor)
    model_id, before = locked_rule(stage, model, None)
    if before.id is None or before.model_id != model_id:
        return before
    return take_away(before, actor=actor)


def take_away(before: EffectiveRule, *, actor: Actor) -> EffectiveRule:
    """Removes a rule that was locked; returns the one in force then. Asks nobody."""
    assert before.id is not None
    model_id = before.model_id
    _delete_parts(before.id)
    db.session.delete(db.session.get_one(StageRule, before.id))
    db.session.flush()
    after = rules.of(before.stage, model_id)
    recorder.record(
        Kind.RULE_REMOVED,
        actor=actor,
        model_id=model_id,
        subject=before.stage.name,
        before=rules.describe(before),
        after=rules.describe(after),
    )
    if before.is_of_alias:
        if after.id is None:
            _close_requests(before.stage, model_id, actor)
        governed_aliases.settle_all(after._replace(model_id=model_id), actor=actor)
    return after


def _close_requests(target: StageRow, model_id: RegisteredModelId | None, actor: Actor) -> None:
    """Closes the requests for aliases that the target no longer governs: nobody could decide them."""
    now = clock.now_ms()
    if model_id is not None:
        open_requests.supersede_all(model_id, target.id, actor=actor, now=now)
    elif not rules.overrides(target):
        open_requests.drop_stage(target.id, actor=actor, now=now, reason="The rule was removed.")


def locked_rule(
    stage: str, model: str | None, seen: str | None = None
) -> tuple[RegisteredModelId | None, EffectiveRule]:
    """Returns the model's key, if one is named, and the rule in force, which nobody else changes any more."""
    if stage.startswith(ALIAS_MARK):
        definitions.lock_list()  # nobody sets it, or moves what it follows, until it is settled
    row = targets.exact(stage) if stage.startswith((ALIAS_MARK, TAG_MARK)) else definitions.find(stage)
    if row is None:
        raise UnknownStage(stage, definitions.names())
    model_id = None if model is None else queries.model_id(model)
    definitions.lock(row)
    before = rules.of(row, model_id)
    if seen is not None and seen != rules.describe(before):
        raise RuleChanged(row.name)
    return model_id, before


def _own_id(rule: EffectiveRule) -> int | None:
    """Returns the key of the row that has exactly this rule's stage and model: one that gives way is not in force."""
    same_model = (
        StageRule.model_id.is_(None) if rule.model_id is None else StageRule.model_id == rule.model_id
    )
    return db.session.scalar(select(StageRule.id).where(StageRule.stage_id == rule.stage.id, same_model))


def _store(rule: EffectiveRule, rule_id: int | None) -> int:
    """Writes the rule into the row of that key, or a new one; returns the key."""
    if rule_id is None:
        stored = StageRule(stage_id=rule.stage.id, model_id=rule.model_id)
        db.session.add(stored)
    else:
        stored = db.session.get_one(StageRule, rule_id)
        _delete_parts(rule_id)
    stored.approvals = rule.approvals
    stored.requester_counts = rule.requester_counts
    stored.must_request = rule.must_request
    stored.is_exclusive = rule.is_exclusive
    stored.gives_way = rule.gives_way
    stored.needs_description = rule.needs_description
    stored.needs_schema = rule.needs_schema
    stored.checks = version_checks.write_checks(rule.checks, rule.reporters)
    stored.tags = json.dumps(rule.tags)
    stored.rollback_changed = rule.rollback_changed
    stored.bound_stage_id = _stage_id(rule.bound_stage)
    stored.followed_stage_id = _stage_id(rule.followed_stage)
    db.session.flush()
    parts = (
        ("approves", rule.approver_groups),
        ("moves", rule.direct_groups),
        ("emergency", rule.emergency_groups),
    )
    db.session.add_all(
        RuleGroup(rule_id=stored.id, role=role, group_id=group_id)
        for role, group_ids in parts
        for group_id in group_ids
    )
    db.session.flush()
    return stored.id


def _real_stage(name: str, field: str) -> str:
    """Returns the name of a stage that an alias can be bound to. Raises `UnknownStage`."""
    known = {stage.name.lower(): stage.name for stage in definitions.all_stages()}
    if name.lower() not in known or known[name.lower()] in (NONE, ARCHIVED):
        offered = [stage for stage in known.values() if stage not in (NONE, ARCHIVED)]
        raise UnknownStage(name, offered, field)
    return known[name.lower()]


def _stage_id(name: str | None) -> int | None:
    return None if name is None else definitions.find(name).id


def _delete_parts(rule_id: int) -> None:
    db.session.execute(delete(RuleGroup).where(RuleGroup.rule_id == rule_id))


def _names(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def _reporters(
    checks: Sequence[str], named: Mapping[str, str] | None, before: EffectiveRule
) -> tuple[CheckReporter, ...]:
    """Returns who alone reports which of the checks. Raises `UnknownReporter` for a name that nobody has."""
    if named is None:
        return tuple(reporter for reporter in before.reporters if reporter.check in checks)
    return tuple(_reporter(check, named[check]) for check in checks if check in named)


def _reporter(check: str, name: str) -> CheckReporter:
    try:
        account = queries_of_accounts.find(name)
        return CheckReporter(check, account.name, account_id=account.id)
    except NotFound:
        pass
    try:
        group = groups.find(name)
    except NotFound as error:
        raise UnknownReporter(check, name) from error
    return CheckReporter(check, group.name, group_id=group.id)


def _ids(group_ids: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted(set(group_ids)))


def _check(rule: EffectiveRule) -> None:
    if not 1 <= rule.approvals <= MAX_APPROVALS:
        raise InvalidApprovalCount(MAX_APPROVALS)
    if rule.rollback_changed not in (REFUSE, REASON):
        raise UnknownRollbackChoice(rule.rollback_changed)
    if rule.is_exclusive and rule.stage.name in (NONE, ARCHIVED):
        raise StageNotExclusive(rule.stage.name)
    for field, names, check in (
        ("checks", rule.checks, version_checks.check_name),
        ("tags", rule.tags, check_key),
    ):
        if len(names) > MAX_NAMES:
            raise TooManyNames(MAX_NAMES, field)
        for name in names:
            check(name, field)
    known = approver_groups.group_names(rule.all_groups)
    for field in ("approver_groups", "direct_groups", "emergency_groups"):
        if any(group_id not in known for group_id in getattr(rule, field)):
            raise UnknownGroup(field)
    _check_people(rule, known)


def _check_people(rule: EffectiveRule, names: Mapping[int, str]) -> None:
    """Raises `RuleNotSatisfiable` where fewer accounts in use can approve than the rule wants.

    Where it names no groups, those are asked for who manage the stage on the model; of a rule for all models that
    is not known, and each model may have others. Before there are accounts nobody is bound.
    """
    if rule.approver_groups:
        members = {group_id: approver_groups.members([group_id]) for group_id in rule.approver_groups}
        people = set().union(*members.values())
        counts = {names[group_id]: len(found) for group_id, found in members.items()}
    elif rule.model_id is not None:
        people, counts = approver_groups.with_level(rule.model_id, rules.highest_level(rule.stage)), {}
    else:
        return
    if len(people) < rule.approvals and queries_of_accounts.exist():
        raise RuleNotSatisfiable(rule.approvals, len(people), counts)


def stages_with(group_id: int) -> list[str]:
    """Returns the stages in whose rules, for all models or for one, the group has a part.

    Whoever deletes the group wants to know.
    """
    query = (
        select(Stage.name)
        .join(StageRule, StageRule.stage_id == Stage.id)
        .join(RuleGroup, RuleGroup.rule_id == StageRule.id)
        .where(RuleGroup.group_id == group_id, Stage.removed_at.is_(None))
        .order_by(Stage.position, Stage.id)
    )
    return list(dict.fromkeys(db.session.scalars(query)))
