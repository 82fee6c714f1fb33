"""Sentences about stages, their rules and checks, and moving versions between them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.core.errors import GreenroomError
from app.http.approval_clauses import clause
from app.stages import errors
from app.stages.governed import errors as governed
from app.stages.missing_requirements import MissingRequirement

MAX_NUMBERS = 5  # how many versions a sentence names


def archiving_obstacles(
    needs_request: Mapping[str, Sequence[int]], lacking: Mapping[int, Sequence[MissingRequirement]]
) -> list[str]:
    """Returns a sentence for each stage and version that keeps the versions of a model from being archived."""
    return [
        *(
            f"You can't move {_versions(numbers)} from {stage} to Archived without a request."
            for stage, numbers in needs_request.items()
        ),
        *(
            f"Version {number} needs {', '.join(map(clause, missing))}."
            for number, missing in lacking.items()
        ),
    ]


def _versions(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"version {numbers[0]}"
    if len(numbers) <= MAX_NUMBERS:
        return f"versions {', '.join(map(str, numbers))}"
    return f"{len(numbers)} versions, including version {numbers[0]},"


def _archiving_needs_requests(error: errors.ArchivingNeedsRequests) -> str:
    return " ".join(["Nothing was archived.", *archiving_obstacles(error.needs_request, error.lacking)])


def _archiving_lacks_requirements(error: errors.ArchivingLacksRequirements) -> str:
    return " ".join(["Nothing was archived.", *archiving_obstacles({}, error.lacking)])


def _unknown_stage(error: errors.UnknownStage) -> str:
    if not error.stage:
        return "Choose a stage."
    return f"There is no stage named {error.stage}. The stages are {', '.join(error.stages)}."


_FILES = {
    "pending": "can't be decided yet: the digest of its files is still being made.",
    "unreadable": "can't be decided: its files can't be read.",
    "mismatched": "can't be moved: its files are no longer those that were registered.",
}


def _not_satisfiable(error: errors.RuleNotSatisfiable) -> str:
    people = "1 person" if error.available == 1 else f"{error.available or 'no'} people"
    sizes = [
        f"{name} has {count or 'no'} member{'' if count == 1 else 's'}"
        for name, count in error.members.items()
    ]
    who = f" {', '.join(sizes)}." if sizes else ""
    return (
        f"This rule needs {error.needed} approval{'' if error.needed == 1 else 's'}, but {people} can give one."
        f"{who} Add people, or lower the number."
    )


def _successor_needed(error: errors.SuccessorStageNeeded) -> str:
    if error.count == 1:
        return f"1 version is in {error.stage}. Choose a stage for it."
    return f"{error.count} versions are in {error.stage}. Choose a stage for them."


SENTENCES: Mapping[type[GreenroomError], str | Callable[[Any], str]] = {
    errors.NameKept: (
        "The name {name} belonged to a model with a stage rule. Only managers of that model and administrators can "
        "use it again."
    ),
    errors.ModelInGuardedStage: (
        "Version {number} of {name} is in {stage}, so the model can't be renamed or deleted, and its name can't be "
        "given to another. Have the version archived first. {rule}"
    ),
    errors.StageWouldFallBack: (
        "Version {older} is in {stage}, too, and clients would load it instead of version {number} without anyone "
        "having asked for it. Archive version {older} first, or roll back to it."
    ),
    errors.UnknownStage: _unknown_stage,
    errors.StageNotActive: lambda error: (
        f"Moving a version to {error.stage} can't archive the versions in that stage. "
        f"It can in {', '.join(error.active)}."
    ),
    errors.StageRemoved: "The stage {stage} has just been removed.",
    errors.StageNameTaken: "There is already a stage named {name}.",
    errors.InvalidStageName: (
        "'{name}' can't be the name of a stage. Clients write it as models:/name/stage, so use letters, digits, "
        "spaces, dots, dashes and underscores, and neither a number nor 'latest'."
    ),
    errors.InvalidStageColour: lambda error: f"Choose one of these colours: {', '.join(error.colours)}.",
    errors.InvalidStageLevel: "Choose one of the levels that manage versions.",
    errors.StageNameFixed: "The stage {stage} can't be renamed.",
    errors.StageChanged: "Someone changed the stage {stage} while you were editing. See below.",
    errors.StagesChanged: "Someone changed the list of stages, so the order was not saved.",
    errors.StageNotRemovable: "The stage {stage} can't be removed.",
    errors.StageOfAliases: lambda error: (
        f"{error.stage} can't be removed while rules of aliases name it: {', '.join(error.aliases)}. Change or remove "
        "these rules first."
    ),
    errors.SuccessorIsRemovedStage: "The versions must move to a stage other than the one you remove.",
    errors.SuccessorStageNeeded: _successor_needed,
    errors.SuccessorStageRestricted: (
        "{stage} can't take all of these versions: {rule} Choose another stage, such as Archived."
    ),
    errors.VersionMoved: "Version {number} of {name} has since moved to {stage}.",
    errors.NoStageInReach: "You don't have permission to move version {number} of {name} out of {stage}.",
    errors.RequestNeeded: (
        "{actor} can't move version {number} of {model} from {present} to {stage} without a request. {rule}"
    ),
    errors.CheckOfOtherFiles: lambda error: (
        f"The check is of other files than the version has. Their digest is {error.digest or 'not known yet'}."
    ),
    errors.FilesNotApprovable: lambda error: f"Version {error.number} of {error.name} {_FILES[error.state]}",
    governed.AliasRequestNeeded: (
        "{actor} can't set, move or remove {stage} of {model} without a request. {rule}"
    ),
    governed.AliasFollowsStage: (
        "@{alias} of {model} follows {stage}: it always points at the newest version there. Move a version to {stage} "
        "instead."
    ),
    governed.VersionNotInBoundStage: (
        "{alias} can only point at a version in {bound_stage}, and version {number} of {name} is in {stage}."
    ),
    governed.AliasAlreadySet: "{alias} already points at version {number} of {name}.",
    governed.AliasGoverned: "@{alias} of {name} has a rule already.",
    governed.AliasNotFollowing: (
        "@{alias} of {name} doesn't follow a stage at the wish of somebody who manages the model. Administrators "
        "change its rule."
    ),
    governed.AliasNotGoverned: "No rule governs @{alias} of {name}: anyone who can edit the model can set it.",
    governed.InvalidAliasPattern: (
        "A rule governs an alias, or a pattern with *: at most {limit} letters, digits, underscores (_) and dashes (-)."
    ),
    governed.InvalidTagKey: "A rule can protect keys of at most {limit} printable characters.",
    governed.FollowingPattern: "Only a single alias can follow a stage, not a pattern.",
    governed.FollowsOrBound: "An alias can follow a stage or be bound to one, not both.",
    governed.AliasOfName: (
        "The name {model} has a rule for @{alias}, and version {number} has that alias without it. Remove the alias "
        "first. {rule}"
    ),
    governed.TagProtected: "You can't set or remove the tag {key}. {rule}",
    errors.RequirementsMissing: lambda error: (
        f"Version {error.number} of {error.name} can't move to {error.stage} yet. "
        f"Still needed: {', '.join(map(clause, error.missing))}."
    ),
    errors.ArchivingNeedsRequests: _archiving_needs_requests,
    errors.ArchivingLacksRequirements: _archiving_lacks_requirements,
    errors.VersionNotDeleted: "Version {number} of {name} is not deleted. Someone may have restored it.",
    errors.InvalidStagePosition: "The position of a stage is a number from 1 to {count}.",
    errors.UnknownReporter: "No account or group is called {name}, which is to report the check {check}.",
    errors.UnknownRollbackChoice: "rollback_changed is 'refuse' or 'reason', not '{choice}'.",
    errors.RuleNotSatisfiable: _not_satisfiable,
    errors.InvalidApprovalCount: "A rule can require 1 to {maximum} approvals.",
    errors.StageNotExclusive: "{stage} can't be limited to one version.",
    errors.TooManyNames: "A rule can name at most {maximum} {field}.",
    errors.UnknownGroup: "One of these groups no longer exists.",
    errors.RuleChanged: "Someone else changed the rule of {stage}.",
    errors.InvalidCheckState: lambda error: (
        f"The state of a check is one of {', '.join(error.states)}, not '{error.state}'."
    ),
    errors.InvalidCheckName: "Give the check a name of visible characters.",
    errors.InvalidCheckLink: "The link of a check must start with http:// or https://.",
}
