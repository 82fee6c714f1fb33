"""The kinds of errors about aliases and tags that have rules."""

from dataclasses import dataclass

from app.core.errors import ApprovalRequired, InvalidParameter, InvalidState, PermissionDenied


@dataclass(eq=False)
class InvalidAliasPattern(InvalidParameter):
    """A rule is to govern what can be no alias, nor a pattern of them with `*`."""

    limit: int
    field = "alias"


@dataclass(eq=False)
class InvalidTagKey(InvalidParameter):
    """A rule is to protect a key of tags that is too long for that."""

    limit: int
    field = "tag"


@dataclass(eq=False)
class FollowingPattern(InvalidParameter):
    """A pattern of aliases is to follow a stage, which only a name can."""

    field = "follows"


@dataclass(eq=False)
class FollowsOrBound(InvalidParameter):
    """An alias is to follow a stage and be bound to one."""

    field = "bound_to"


@dataclass(eq=False)
class AliasOfName(InvalidState):
    """The model has an alias that the rules of the name it is to take do not let it bring along."""

    model: str
    alias: str
    number: int
    rule: str


@dataclass(eq=False)
class AliasRequestNeeded(ApprovalRequired):
    """The rule of an alias does not let the actor set, move or remove it; `stage` is the alias with its mark."""

    model: str
    number: int
    stage: str
    actor: str
    rule: str


@dataclass(eq=False)
class AliasFollowsStage(ApprovalRequired):
    """The alias follows a stage, and nobody else points it anywhere: what can be asked for is a move to that stage."""

    model: str
    number: int
    stage: str
    alias: str


@dataclass(eq=False)
class VersionNotInBoundStage(InvalidState):
    """The alias only points at versions in the stage that it is bound to, and the version is in another."""

    name: str
    number: int
    alias: str
    bound_stage: str
    stage: str


@dataclass(eq=False)
class AliasNotGoverned(InvalidState):
    """No rule governs the alias on the model, so there is nothing to request."""

    name: str
    alias: str


@dataclass(eq=False)
class AliasGoverned(InvalidState):
    """A rule governs the alias on the model already."""

    name: str
    alias: str


@dataclass(eq=False)
class AliasNotFollowing(InvalidState):
    """The alias does not follow a stage because a manager of the model said so: only administrators change its rule."""

    name: str
    alias: str


@dataclass(eq=False)
class AliasAlreadySet(InvalidState):
    """The alias points at the version already."""

    name: str
    number: int
    alias: str


@dataclass(eq=False)
class TagProtected(PermissionDenied):
    """A rule keeps the key of the tag for others; `rule` describes it."""

    key: str
    rule: str
