"""Sets and removes tags of runs, and keeps the history of logged models that MLflow 2 wants in one of them."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, bindparam, delete, select

from app.authz.actors import Actor
from app.core.mlflow_tags import MODEL_HISTORY, RUN_NAME
from app.db.statements import Statement
from app.tracking import names, runs
from app.tracking.errors import ModelHistoryUnreadable, RunTagNotFound
from app.tracking.runs import RunRow
from app.tracking.tables import Run, RunTag

TAG = RunTag.__table__.c

_THIS = and_(TAG.run_id == bindparam("of_run"), TAG.key == bindparam("the_key"))
_REMOVE = Statement(delete(RunTag.__table__).where(_THIS))
_VALUE = Statement(select(TAG.value).where(_THIS))
_LOCK = Statement(
    select(Run.__table__.c.id).where(Run.__table__.c.id == bindparam("run_id")).with_for_update()
)


def set_tag(uuid: str, key: str, value: str, *, actor: Actor) -> None:
    """Sets a tag of the run, replacing an older value of that key; the tag of the name renames the run.

    Raises `RunNotFound`, `PermissionDenied`, `RunIsDeleted`, or `InvalidParameter` for a key that cannot be used.
    """
    tag = names.run_tag(key, value)
    put(runs.writable(uuid, actor=actor), dict([tag]), actor=actor)


def put(run: RunRow, tags: Mapping[str, str], *, actor: Actor) -> None:
    """Sets checked tags of a run that can be logged to."""
    others = {key: value for key, value in tags.items() if key != RUN_NAME}
    if RUN_NAME in tags:
        runs.change(run.uuid, name=tags[RUN_NAME], actor=actor)
    if others:
        runs.write_tags(run.id, others)


def remove_tag(uuid: str, key: str, *, actor: Actor) -> None:
    """Removes a tag of the run. Raises `RunTagNotFound` where there is none, else what `set_tag` raises."""
    run = runs.writable(uuid, actor=actor)
    if not _REMOVE.run(of_run=run.id, the_key=key):
        raise RunTagNotFound(key, uuid)


def note_model(uuid: str, model: Mapping[str, Any], *, actor: Actor) -> None:
    """Adds a model's description (that of its MLmodel file) to the run's history of logged models.

    Only what MLflow's clients read back is kept: where the model lies, when it was made, and its flavors
    without their configuration. Raises `RunNotFound`, `PermissionDenied`, `RunIsDeleted`, or
    `ModelHistoryUnreadable`.
    """
    run = runs.writable(uuid, actor=actor)
    kept = {key: model[key] for key in ("run_id", "artifact_path") if model[key] is not None}
    kept |= {"utc_time_created": str(model["utc_time_created"]), "model_uuid": model.get("model_uuid")}
    kept["flavors"] = {name: _without_config(flavor) for name, flavor in (model["flavors"] or {}).items()}
    # Two models may be logged at once: the second waits here for the first one's entry.
    _LOCK.first(run_id=run.id)
    history = _parsed(_VALUE.scalar(of_run=run.id, the_key=MODEL_HISTORY))
    runs.write_tags(run.id, {MODEL_HISTORY: json.dumps([*history, kept])})


def _parsed(history: str | None) -> list[Any]:
    try:
        entries = json.loads(history or "[]")
    except ValueError:
        entries = None
    if not isinstance(entries, list):  # a client may set this tag, too
        raise ModelHistoryUnreadable(MODEL_HISTORY)
    return entries


def _without_config(flavor: Any) -> Any:
    if not isinstance(flavor, dict):
        return flavor
    return {key: value for key, value in flavor.items() if key != "config"}
