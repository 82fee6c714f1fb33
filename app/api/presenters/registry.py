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
    """A `ModelVersion`; the author, which MLflow never fills in, is in `user_id`."""
    # Taken apart at once: of ten thousand versions, to ask each for its parts by name takes a third longer.
    (
        _id,
        _model_id,
        name,
        number,
        stage,
        description,
        source,
        _location,
        _storage,
        run_uuid,
        run_link,
        _logged_model,
        status,
        status_message,
        created_at,
        updated_at,
        created_by,
        tags_json,
        aliases_json,
    ) = row
    shown: dict[str, Any] = {
        "name": name,
        "version": str(number),
        "creation_timestamp": created_at,
        "last_updated_timestamp": updated_at,
        "user_id": created_by,
        "current_stage": stage,
        "source": source,
        "run_id": run_uuid or "",
        "status": status,
        "run_link": run_link or "",
    }
    if description is not None:
        shown["description"] = description
    if status_message:
        shown["status_message"] = status_message
    if has_any(tags_json):
        shown["tags"] = Fragment(tags_json)
    if has_any(aliases_json):
        shown["aliases"] = row.aliases
    return shown


def present_model(row: ModelRow) -> dict[str, Any]:
    """A `RegisteredModel` with the newest version of each stage, its tags and its aliases."""
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
