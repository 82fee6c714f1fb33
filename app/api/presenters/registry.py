"""Registered models and versions as `mlflow.protos.model_registry_pb2` writes them.

MLflow leaves lists out when they are empty, and descriptions of models too; a version shows its run
and run link always, as empty strings where it has none, and its description unless that was taken away.
"""

from typing import Any

from orjson import Fragment

from app.db.json_aggregates import has_any
from app.registry.queries import ModelRow, VersionRow


def present_tags(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags as a list of key and value, as those of models and versions are in their rows already."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def present_version(row: VersionRow) -> dict[str, Any]:
    """Returns a `ModelVersion`; the author, which MLflow never fills in, is in `user_id`."""
    shown: dict[str, Any] = {
        "name": row.name,
        "version": str(row.number),
        "creation_timestamp": row.created_at,
        "last_updated_timestamp": row.updated_at,
        "user_id": row.created_by,
        "current_stage": row.stage,
        "source": row.source,
        "run_id": row.run_uuid or "",
        "status": row.status,
        "run_link": row.run_link or "",
    }
    if row.description is not None:
        shown["description"] = row.description
    if row.status_message:
        shown["status_message"] = row.status_message
    if has_any(row.tags_json):
        shown["tags"] = Fragment(row.tags_json)
    if has_any(row.aliases_json):
        shown["aliases"] = row.aliases
    return shown


def present_model(row: ModelRow) -> dict[str, Any]:
    """Returns a `RegisteredModel` with the newest version of each stage, its tags and its aliases."""
    shown: dict[str, Any] = {
        "name": row.name,
        "creation_timestamp": row.created_at,
        "last_updated_timestamp": row.updated_at,
        "user_id": row.created_by,
    }
    if row.description:
        shown["description"] = row.description
    if row.latest:
        shown["latest_versions"] = [present_version(version) for version in row.latest]
    if has_any(row.tags_json):
        shown["tags"] = Fragment(row.tags_json)
    if aliases := row.aliases:
        shown["aliases"] = [{"alias": alias, "version": str(number)} for alias, number in aliases.items()]
    return shown
