"""Presents models and versions as Databricks' registry does, which adds the caller's level and open requests."""

from collections.abc import Sequence
from typing import Any

from app.api.presenters.omit_empty import omit_empty
from app.api.presenters.permissions import LEVELS, model_id
from app.api.presenters.registry import present_tags, present_version
from app.authz.levels import Level
from app.registry.queries import ModelRow, VersionRow


def present_version_databricks(
    row: VersionRow, level: Level, open_requests: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Returns a `ModelVersionDatabricks`, for a caller of that level on the model."""
    shown = {key: value for key, value in present_version(row).items() if key != "aliases"}
    shown["permission_level"] = LEVELS[level]
    if open_requests:
        shown["open_requests"] = list(open_requests)
    return shown


def present_model_databricks(row: ModelRow, level: Level) -> dict[str, Any]:
    """Returns a `RegisteredModelDatabricks`; its id is the one that the calls on permissions take."""
    shown: dict[str, Any] = {
        "name": row.name,
        "id": model_id(row.id),
        "creation_timestamp": row.created_at,
        "last_updated_timestamp": row.updated_at,
        "user_id": row.created_by,
        "description": row.description,
        "permission_level": LEVELS[level],
    }
    if row.latest:
        shown["latest_versions"] = [present_version(version) for version in row.latest]
    if row.tags:
        shown["tags"] = present_tags(row.tags)
    return omit_empty(shown)
