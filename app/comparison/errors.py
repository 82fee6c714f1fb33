"""The kinds of errors about comparing versions and runs."""

from dataclasses import dataclass

from app.core.errors import InvalidParameter


@dataclass(eq=False)
class NothingToCompare(InvalidParameter):
    """Nothing was given to compare, or the base is none of it."""

    field = "base"


@dataclass(eq=False)
class TooManyVersions(InvalidParameter):
    """More than `limit` versions should be compared at once."""

    field = "versions"
    limit: int


@dataclass(eq=False)
class TooManyRuns(InvalidParameter):
    """More than `limit` runs should be compared at once."""

    field = "runs"
    limit: int
