"""The kinds of things that a version lacks of what a rule requires; each door says them in its own words."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckNotPassed:
    """A check that has not passed; `state` is None where nobody has reported it yet, or not its `reporter`.

    `is_of_other_files` says that it was reported of other files than the version has.
    """

    check: str
    state: str | None
    reporter: str | None = None
    is_of_other_files: bool = False


@dataclass(frozen=True)
class DescriptionMissing:
    """The version has no description."""


@dataclass(frozen=True)
class SchemaMissing:
    """The files of the version declare no inputs or outputs that could be read."""


@dataclass(frozen=True)
class TagMissing:
    """The version does not have the tag, or has it without a value."""

    tag: str


MissingRequirement = CheckNotPassed | DescriptionMissing | SchemaMissing | TagMissing
