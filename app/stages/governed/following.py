"""Letting @champion of a model follow Production in one click, where a rule on Production is walked around by it.

Clients of MLflow 3 load models:/name@champion. Only administrators set rules, but this one who manages the model can
set, since it takes a right from everybody who edits it and gives nobody any. It gives way to what administrators say
of all models, then or later, and only while it is in force can it be taken back.
"""

from typing import NamedTuple

from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.registry import access
from app.registry.models import ModelRow
from app.stages import rule_settings, rules
from app.stages.definitions import ALIAS_MARK, Stages
from app.stages.governed import aliases, targets
from app.stages.governed.errors import AliasGoverned, AliasNotFollowing
from app.stages.rules import EffectiveRule

CHAMPION, PRODUCTION = "champion", "Production"


class Champion(NamedTuple):
    """The alias of a model whose Production has a rule: whether it follows, or what would become of it if it did.

    `present` is the version at which it points, `following` the one at which it would.
    """

    follows: bool
    present: int | None
    following: int | None


def state(model: ModelRow, stages: Stages) -> Champion | None:
    """Returns what can be said of the alias, or None where it has another rule or Production none."""
    rule = aliases.rule_of(CHAMPION, model.id)
    if rule is not None:
        return Champion(True, None, None) if rule.gives_way else None
    production = stages.get(PRODUCTION.lower())
    if production is None or rules.of(production, model.id).id is None:
        return None
    newest = next((version.number for version in model.latest if version.stage == production.name), None)
    return Champion(False, model.aliases.get(CHAMPION), newest)


def follow(name: str, *, actor: Actor) -> EffectiveRule:
    """Lets the alias of the model follow Production. Raises `ModelNotFound`, `PermissionDenied`, `AliasGoverned`."""
    access.check(name, Permission.MODELS_MANAGE, actor)
    target = f"{ALIAS_MARK}{CHAMPION}"
    targets.ensure(target)
    model_id, before = rule_settings.locked_rule(target, name)
    if model_id is None or aliases.rule_of(CHAMPION, model_id) is not None:
        raise AliasGoverned(name, CHAMPION)
    stage = Stages().find(PRODUCTION).name
    after = EffectiveRule(before.stage, model_id=model_id, followed_stage=stage, gives_way=True)
    return rule_settings.put_in_place(before, after, actor=actor)


def stop(name: str, *, actor: Actor) -> None:
    """Takes back what `follow` did: the alias stays where it is, and who edits the model sets it again.

    Twice does no harm. Raises `ModelNotFound`, `PermissionDenied`, and `AliasNotFollowing` where an administrator's
    rule is in force.
    """
    access.check(name, Permission.MODELS_MANAGE, actor)
    target = f"{ALIAS_MARK}{CHAMPION}"
    if targets.exact(target) is None:
        return
    _model_id, before = rule_settings.locked_rule(target, name)
    if before.gives_way:
        rule_settings.take_away(before, actor=actor)
    elif before.id is not None:
        raise AliasNotFollowing(name, CHAMPION)
