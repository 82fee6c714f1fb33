"""Sentences about comparing versions and runs."""

from app.comparison import errors
from app.core.errors import GreenroomError

SENTENCES: dict[type[GreenroomError], str] = {
    errors.NothingToCompare: "There is nothing to compare with.",
    errors.TooManyVersions: "At most {limit} versions can be compared at once.",
    errors.TooManyRuns: "At most {limit} runs can be compared at once.",
}
