"""What reads of the registry give: models and versions as they are shown, or as much of them as verbs need."""

from typing import NamedTuple

from app.aggregates import read_array, read_object, read_pairs


class VersionRow(NamedTuple):
    """A model version as it is shown; times in milliseconds, tags and aliases as `app.aggregates` has them."""

    id: int
    model_id: int
    name: str
    number: int
    stage: str
    description: str | None
    source: str
    location: str | None
    storage: str | None
    run_uuid: str | None
    run_link: str | None
    logged_model: str | None
    status: str
    status_message: str | None
    created_at: int
    updated_at: int
    created_by: str
    tags_json: str | None
    aliases_json: str | None

    @property
    def tags(self) -> dict[str, str]:
        """The tags by their keys."""
        return read_pairs(self.tags_json)

    @property
    def aliases(self) -> list[str]:
        """The names that point at the version."""
        return read_array(self.aliases_json)


class ModelRow(NamedTuple):
    """A registered model as it is shown; `latest` has one version a stage."""

    id: int
    name: str
    description: str | None
    created_at: int
    updated_at: int
    created_by: str
    tags_json: str | None
    aliases_json: str | None
    latest: list[VersionRow]

    @property
    def tags(self) -> dict[str, str]:
        """The tags by their keys."""
        return read_pairs(self.tags_json)

    @property
    def aliases(self) -> dict[str, int]:
        """The numbers of the versions that aliases lead to."""
        return read_object(self.aliases_json)


class FoundModel(NamedTuple):
    """The row of a model alone, for verbs that need no more."""

    id: int
    name: str
    description: str | None
    created_at: int
    updated_at: int
    created_by: str


class FoundVersion(NamedTuple):
    """The keys of a version, for verbs that need no more."""

    id: int
    model_id: int
