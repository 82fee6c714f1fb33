"""The kinds of errors about stages, their rules and checks, and moving versions between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.errors import (
    AlreadyExists,
    ApprovalRequired,
    InvalidParameter,
    InvalidState,
    PermissionDenied,
    StaleState,
)
from app.stages.missing_requirements import MissingRequirement


@dataclass(eq=False)
class UnknownStage(InvalidParameter):
    """No stage has that name; `stages` are those that exist, in their order."""

    stage: str
    stages: Sequence[str]
    field: str = "stage"


@dataclass(eq=False)
class StageNotActive(InvalidParameter):
    """The versions in None or Archived cannot be archived by a move; `active` are the stages where they can."""

    stage: str
    active: Sequence[str]
    field = "stage"


@dataclass(eq=False)
class StageRemoved(StaleState):
    """The stage was removed after the actor's call began."""

    stage: str


@dataclass(eq=False)
class StageNameTaken(AlreadyExists):
    """A stage has that name already, in whatever case; `name` is how it is spelled."""

    name: str
    field = "name"


@dataclass(eq=False)
class InvalidStageName(InvalidParameter):
    """Clients could not write the name as the stage in `models:/name/stage`."""

    name: str
    field = "name"


@dataclass(eq=False)
class InvalidStageColour(InvalidParameter):
    """The pages have no such colour for a stage."""

    colours: Sequence[str]
    field = "colour"


@dataclass(eq=False)
class InvalidStageLevel(InvalidParameter):
    """The level is none of those that let somebody manage versions."""

    field = "level"


@dataclass(eq=False)
class InvalidStagePosition(InvalidParameter):
    """The stages have no such place in their order, which is counted from 1."""

    count: int
    field = "position"


@dataclass(eq=False)
class StageNameFixed(InvalidParameter):
    """None and Archived keep their names."""

    stage: str
    field = "name"


@dataclass(eq=False)
class StageChanged(StaleState):
    """The stage is not as the actor saw it when they changed it."""

    stage: str


@dataclass(eq=False)
class StagesChanged(StaleState):
    """The stages are no longer those that the actor put in order."""


@dataclass(eq=False)
class StageNotRemovable(InvalidParameter):
    """None and Archived cannot be removed."""

    stage: str
    field = "stage"


@dataclass(eq=False)
class SuccessorIsRemovedStage(InvalidParameter):
    """The versions of a stage that is removed were to go to that very stage."""

    field = "to"


@dataclass(eq=False)
class StageOfAliases(InvalidParameter):
    """Aliases follow the stage to remove, or are bound to it: they would be left without what they promise."""

    stage: str
    aliases: Sequence[str]
    field = "stage"


@dataclass(eq=False)
class SuccessorStageNeeded(InvalidParameter):
    """The stage to remove holds versions, and nobody said where they go."""

    stage: str
    count: int
    field = "to"


@dataclass(eq=False)
class SuccessorStageRestricted(InvalidParameter):
    """The rule of the stage does not let it take all versions of a removed stage; `rule` describes it."""

    stage: str
    rule: str
    field = "to"


@dataclass(eq=False)
class VersionMoved(StaleState):
    """The version has left the stage that the actor saw it in; `stage` is where it is now."""

    name: str
    number: int
    stage: str


@dataclass(eq=False)
class NoStageInReach(PermissionDenied):
    """The actor may move the version to no other stage directly; `stage` is where it is now."""

    name: str
    number: int
    stage: str


@dataclass(eq=False)
class RequestNeeded(ApprovalRequired):
    """The actor may not move the version to the stage directly; `rule` describes what that takes."""

    model: str
    number: int
    present: str
    stage: str
    actor: str
    rule: str


@dataclass(eq=False)
class RequirementsMissing(InvalidState):
    """The version lacks what the rule of the stage requires; `missing` has each thing."""

    name: str
    number: int
    stage: str
    missing: Sequence[MissingRequirement]


@dataclass(eq=False)
class ArchivingNeedsRequests(ApprovalRequired):
    """The actor may not archive some versions of the model directly: their numbers by the stage they are in.

    `number` is one of them, and `lacking` what the rule of Archived requires and single versions lack.
    """

    model: str
    number: int
    stage: str
    needs_request: Mapping[str, Sequence[int]]
    lacking: Mapping[int, Sequence[MissingRequirement]]


@dataclass(eq=False)
class ArchivingLacksRequirements(InvalidState):
    """Some versions of the model lack what the rule of Archived requires: what each lacks, by its number."""

    lacking: Mapping[int, Sequence[MissingRequirement]]


@dataclass(eq=False)
class VersionNotDeleted(InvalidState):
    """The version to restore is not deleted."""

    name: str
    number: int


@dataclass(eq=False)
class InvalidApprovalCount(InvalidParameter):
    """A rule cannot require that many approvals."""

    maximum: int
    field = "approvals"


@dataclass(eq=False)
class StageNotExclusive(InvalidParameter):
    """None and Archived hold many versions at once, whatever their rule says."""

    stage: str
    field = "is_exclusive"


@dataclass(eq=False)
class TooManyNames(InvalidParameter):
    """A rule names more checks or tags than it may."""

    maximum: int
    field: str = "checks"


@dataclass(eq=False)
class UnknownGroup(InvalidParameter):
    """A rule names a group that does not exist."""

    field: str = "approver_groups"


@dataclass(eq=False)
class UnknownReporter(InvalidParameter):
    """A check is to be reported by somebody who is neither an account nor a group."""

    check: str
    name: str
    field = "reporters"


@dataclass(eq=False)
class UnknownRollbackChoice(InvalidParameter):
    """A rule says something else of rollbacks to changed versions than what it can say."""

    choice: str
    field = "rollback_changed"


@dataclass(eq=False)
class RuleNotSatisfiable(InvalidParameter):
    """Fewer people could approve than the rule wants; `members` has how many each of its groups has, by name."""

    needed: int
    available: int
    members: Mapping[str, int]
    field = "approvals"


@dataclass(eq=False)
class RuleChanged(StaleState):
    """The rule of the stage is no longer the one that the actor saw."""

    stage: str


@dataclass(eq=False)
class InvalidCheckState(InvalidParameter):
    """A check was reported in a state that checks do not have."""

    state: str
    states: Sequence[str]
    field = "state"


@dataclass(eq=False)
class InvalidCheckName(InvalidParameter):
    """A check's name is empty, or has characters that cannot be seen."""

    field: str = "check"


@dataclass(eq=False)
class InvalidCheckLink(InvalidParameter):
    """A check's link does not lead to a web page."""

    field = "link"


@dataclass(eq=False)
class CheckOfOtherFiles(InvalidState):
    """A check was reported of another digest than that of the version's files, `digest`, if they have one."""

    name: str
    digest: str | None


@dataclass(eq=False)
class FilesNotApprovable(InvalidState):
    """Nobody can decide about the version's files: `state` is pending, unreadable or mismatched."""

    name: str
    number: int
    state: str


@dataclass(eq=False)
class NameKept(PermissionDenied):
    """The name belonged to a model that was under the rule of a stage, and the actor does not manage that one."""

    name: str
    field: str = "name"


@dataclass(eq=False)
class ModelInGuardedStage(PermissionDenied):
    """A version of the model is in a stage that the actor has to request: its name cannot change, nor be given up.

    `rule` describes the rule of the stage.
    """

    name: str
    number: int
    stage: str
    rule: str


@dataclass(eq=False)
class StageWouldFallBack(InvalidState):
    """An older version, `older`, is in the same stage, and clients would load it as soon as this one leaves it."""

    name: str
    number: int
    stage: str
    older: int
