"""Setting, moving and removing aliases, by the rules that govern them.

An alias can be protected by a rule as a stage is, bound to a stage (it only points at versions there), or follow one
(it points at the newest version there, in the transaction in which that changes). Rules are of all models or of one,
of a name or of a pattern. Who may not set it is told the rule and where to request it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select

from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.permissions import Permission
from app.core.ids import RegisteredModelId
from app.db.statements import Statement
from app.registry import access, aliases, queries
from app.registry.names import check_alias, check_model_name, check_new_alias, version_number
from app.registry.queries import VersionRow
from app.registry.tables import Alias, ModelVersion, RegisteredModel, Stage
from app.stages import definitions, policy, rules
from app.stages.definitions import ALIAS_MARK, StageRow
from app.stages.governed.errors import (
    AliasFollowsStage,
    AliasOfName,
    AliasRequestNeeded,
    VersionNotInBoundStage,
)
from app.stages.rules import EffectiveRule
from app.stages.tables import StageRule

_RULE = StageRule.__table__.c
_ANY_WITH_STAGE = Statement(
    select(_RULE.id).where(_RULE.bound_stage_id.is_not(None) | _RULE.followed_stage_id.is_not(None)).limit(1)
)


class _Pointing(NamedTuple):
    """An alias, and the stage that the version is in at which it points."""

    alias: str
    version_id: int
    stage: str


_POINTING = Statement(
    select(queries.ALIAS.name.label("alias"), queries.ALIAS.version_id, queries.STAGE.name.label("stage"))
    .join_from(Alias.__table__, ModelVersion.__table__, queries.VERSION.id == queries.ALIAS.version_id)
    .join(Stage.__table__, queries.STAGE.id == queries.VERSION.stage_id)
    .where(queries.ALIAS.model_id == bindparam("model_id")),
    _Pointing,
)
_MODELS_IN_STAGE = Statement(
    select(queries.VERSION.model_id)
    .distinct()
    .join_from(
        ModelVersion.__table__, RegisteredModel.__table__, queries.MODEL.id == queries.VERSION.model_id
    )
    .join(Stage.__table__, queries.STAGE.id == queries.VERSION.stage_id)
    .where(queries.LIVING, queries.STAGE.name == bindparam("stage"))
)
_MODELS_WITH_ALIASES = Statement(
    select(queries.ALIAS.model_id)
    .distinct()
    .join_from(Alias.__table__, RegisteredModel.__table__, queries.MODEL.id == queries.ALIAS.model_id)
    .where(queries.MODEL.deleted_at.is_(None))
)


def rule_of(alias: str, model_id: RegisteredModelId) -> EffectiveRule | None:
    """Returns the rule that governs the alias on the model: the model's own, else that which says most; or None.

    What a manager of the model set comes last.
    """
    targets = definitions.governing_alias(alias)
    if not targets:
        return None
    governing = [
        rule for rule in rules.of_each([(target, model_id) for target in targets]) if rule.id is not None
    ]
    own = [rule for rule in governing if rule.model_id is not None and not rule.gives_way]
    others = [rule for rule in governing if not rule.gives_way]
    return next(iter(own or others or governing), None)


def rule_in_force(alias: str, model_id: RegisteredModelId) -> EffectiveRule | None:
    """Returns `rule_of`, which stays so until the transaction ends; for verbs, after they have locked the model."""
    definitions.lock_list_shared()
    for target in definitions.governing_alias(alias):
        definitions.lock_shared(target)
    return rule_of(alias, model_id)


def set_alias(name: str, alias: str, number: int | str, *, actor: Actor) -> None:
    """Points the alias at the version, away from wherever it pointed.

    Raises `NotFound`, `InvalidParameter`, `AliasRequestNeeded` where the rule does not let the actor,
    `AliasFollowsStage`, `VersionNotInBoundStage`, and `RequirementsMissing` where the version lacks what it takes.
    """
    check_model_name(name)
    check_new_alias(alias)
    wanted = version_number(number)
    level = access.check(name, Permission.MODELS_EDIT, actor)
    row = queries.locked_version(name, wanted)
    if alias not in row.aliases:
        check_set(row, alias, level, actor)
    aliases.point(row, alias, actor=actor)


def remove_alias(name: str, alias: str, *, actor: Actor) -> None:
    """Removes the alias, if the model has it. Raises as `set_alias`."""
    check_model_name(name)
    check_alias(alias)
    level = access.check(name, Permission.MODELS_EDIT, actor)
    model_id = queries.locked_model_id(name)
    pointing = [row for row in _POINTING.rows(model_id=model_id) if row.alias == alias]
    if pointing:
        number = _number_of(pointing[0].version_id)
        _check_may(rule_in_force(alias, model_id), name, number, alias, level, actor)
        aliases.drop(model_id, alias, actor=actor)


def requestable(row: VersionRow, wanted: Sequence[str] = ()) -> list[EffectiveRule]:
    """Returns the rules of the aliases that can be requested for the version: those with a rule, and those `wanted`."""
    named = [target.name[1:] for target in definitions.governed("alias") if "*" not in target.name]
    found = []
    for alias in dict.fromkeys([*named, *wanted]):
        rule = rule_of(alias, row.model_id)
        is_open = rule is not None and rule.is_protected and rule.followed_stage is None
        if (
            rule is not None
            and is_open
            and alias not in row.aliases
            and rule.bound_stage in (None, row.stage)
        ):
            found.append(rule)
    return found


def check_set(row: VersionRow, alias: str, level: int, actor: Actor) -> None:
    """Raises as `set_alias` where the actor, of that level on the model, may not point the alias at the version."""
    rule = rule_in_force(alias, row.model_id)
    _check_may(rule, row.name, row.number, alias, level, actor)
    if rule is not None and policy.is_bound(actor):
        check_bound(row, rule, actor)
        policy.check_files(row)
        policy.check_requirements(row, rule)


def check_bound(row: VersionRow, rule: EffectiveRule, actor: Actor) -> None:
    """Raises `VersionNotInBoundStage` where the alias is bound to another stage than the version's."""
    if policy.is_bound(actor) and rule.bound_stage not in (None, row.stage):
        raise VersionNotInBoundStage(row.name, row.number, rule.stage.name, rule.bound_stage or "", row.stage)


def check_carried_away(
    name: str, model_id: RegisteredModelId, level: int, actor: Actor, version_id: int | None = None
) -> None:
    """Raises `AliasRequestNeeded` where deleting or renaming would take an alias from clients against its rule.

    With `version_id` it is that version alone that is deleted. An alias that follows a stage goes with it.
    """
    if not policy.is_bound(actor):
        return
    for pointing in _POINTING.rows(model_id=model_id):
        if version_id in (None, pointing.version_id):
            rule = rule_in_force(pointing.alias, model_id)
            if rule is not None and rule.followed_stage is None:
                _check_may(rule, name, _number_of(pointing.version_id), pointing.alias, level, actor)


def check_brought_along(name: str, model_id: RegisteredModelId, level: int, actor: Actor) -> None:
    """Raises `AliasOfName` where the model, which has the name and its rules now, has an alias against these."""
    if not policy.is_bound(actor):
        return
    for pointing in _POINTING.rows(model_id=model_id):
        rule = rule_in_force(pointing.alias, model_id)
        if (
            rule is not None
            and rule.followed_stage is None
            and rule.is_protected
            and not may_set(rule, level, actor)
        ):
            raise AliasOfName(name, pointing.alias, _number_of(pointing.version_id), rules.describe(rule))


def settle(model_id: RegisteredModelId, *, actor: Actor, request_id: int | None = None) -> None:
    """Points what follows a stage at the newest version there, and drops what is bound to a stage its version has left.

    For verbs that change the stages of a model's versions, in their transaction and under its lock.
    """
    if _ANY_WITH_STAGE.scalar() is None:
        return
    pointing = {row.alias: row for row in _POINTING.rows(model_id=model_id)}
    followed = _followed(model_id)
    newest = {row.stage: row for row in queries.latest_per_stage([model_id]).get(model_id, [])}
    for alias, stage in followed.items():
        holder = newest.get(stage)
        if holder is not None:
            aliases.point(holder, alias, actor=actor, request_id=request_id)
        elif alias in pointing:
            aliases.drop(model_id, alias, actor=actor)
    for alias in pointing.keys() - followed.keys():
        rule = rule_of(alias, model_id)
        if rule is not None and rule.bound_stage not in (None, pointing[alias].stage):
            aliases.drop(model_id, alias, actor=actor)


def settle_all(rule: EffectiveRule, *, actor: Actor) -> None:
    """Does what `settle` does for the models that a rule is about which was just set or removed."""
    if not rule.is_of_alias:
        return
    if rule.model_id is not None:
        models = [rule.model_id]
    else:
        stage = rule.followed_stage or rule.bound_stage or ""
        models = [*_MODELS_IN_STAGE.scalars(stage=stage), *_MODELS_WITH_ALIASES.scalars()]
    for model_id in dict.fromkeys(models):
        settle(RegisteredModelId(model_id), actor=actor)


def followers(model_id: RegisteredModelId) -> dict[str, str]:
    """Returns the aliases that follow a stage on the model, with the name of that."""
    return _followed(model_id)


def _followed(model_id: RegisteredModelId) -> dict[str, str]:
    names = [row.name[1:] for row in definitions.governed("alias") if "*" not in row.name]
    found = {alias: rule_of(alias, model_id) for alias in names}
    return {alias: rule.followed_stage for alias, rule in found.items() if rule and rule.followed_stage}


def _check_may(
    rule: EffectiveRule | None, name: str, number: int, alias: str, level: int, actor: Actor
) -> None:
    if rule is None or not policy.is_bound(actor):
        return
    if rule.followed_stage is not None:
        raise AliasFollowsStage(name, number, rule.followed_stage, alias)
    if rule.is_protected and not may_set(rule, level, actor):
        raise AliasRequestNeeded(
            model=name,
            number=number,
            stage=f"{ALIAS_MARK}{alias}",
            actor=actor.name,
            rule=rules.describe(rule),
        )


def may_set(rule: EffectiveRule, level: int, actor: Actor, groups: Sequence[int] | None = None) -> bool:
    """Returns whether the actor, of that level on the model, may set the alias without a request."""
    if not rule.is_protected:
        return level >= Level.EDIT
    return policy.may_move_directly(rule.stage, rule, level, actor, groups)


_NUMBER = Statement(select(queries.VERSION.number).where(queries.VERSION.id == bindparam("version_id")))


def _number_of(version_id: int) -> int:
    return int(_NUMBER.scalar(version_id=version_id) or 0)


def target_of(stage_id: int, name: str) -> StageRow:
    """Returns what a request for an alias is about: the pattern of that key, under the alias's name."""
    for row in definitions.governed("alias"):
        if row.id == stage_id:
            return row._replace(name=name)
    return StageRow(stage_id, name, int(Level.MANAGE_PRODUCTION))
