"""Setting and removing tags of versions and models, where a rule protects their key."""

from collections.abc import Iterable

from app.authz.actors import Actor
from app.core.ids import RegisteredModelId
from app.registry import access, queries
from app.stages import definitions, policy, rules
from app.stages.definitions import TAG_MARK
from app.stages.governed.errors import TagProtected


def check(name: str, key: str, *, actor: Actor) -> None:
    """Raises `TagProtected` where a rule keeps the key of the tag from the actor on the model of that name."""
    target = definitions.find_governed(f"{TAG_MARK}{key}")
    if target is None or not policy.is_bound(actor):
        return
    model_id: RegisteredModelId = queries.model_id(name)
    rule = rules.of(target, model_id)
    if rule.id is not None and not policy.may_move_directly(target, rule, access.level_on(model_id), actor):
        raise TagProtected(key, rules.describe(rule))


def check_all(name: str, keys: Iterable[str], *, actor: Actor) -> None:
    """Does what `check` does for each of the keys."""
    for key in keys:
        check(name, key, actor=actor)
