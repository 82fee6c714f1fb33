"""Tags of runs: set, remove, and the history of logged models that MLflow 2 keeps in one of them."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, delete, select

from app.authz.actors import Actor
from app.core.errors import InvalidParameter, NotFound
from app.core.mlflow_tags import MODEL_HISTORY, RUN_NAME
from app.db.statements import Statement
from app.tracking import names, runs
from app.tracking.runs import RunRow
from app.tracking.tables import Run, RunTag

TAG = RunTag.__table__.c

_OF_RUN, _KEY = bindparam("of_run"), bindparam("the_key")
_REMOVE = Statement(delete(RunTag.__table__).where(TAG.run_id == _OF_RUN, TAG.key == _KEY))
_VALUE = Statement(select(TAG.value).where(TAG.run_id == _OF_RUN, TAG.key == _KEY))
_LOCK = Statement(select(Run.__table__.c.id).where(Run.__table__.c.id == _OF_RUN).with_for_update())


def set_tag(uuid: str, key: str, value: str, *, actor: Actor) -> None:
    """Set a tag of the run, over an older value of that key; the tag of the name renames the run.

    Raises `NotFound`, `PermissionDenied`, or `InvalidParameter` for a key that cannot be used or a deleted run.
    """
    tag = names.run_tag(key, value)
    put(runs.writable(uuid, actor=actor), dict([tag]), actor=actor)


def put(run: RunRow, tags: Mapping[str, str], *, actor: Actor) -> None:
    """Set checked tags of a run that can be logged to."""
    others = {key: value for key, value in tags.items() if key != RUN_NAME}
    if RUN_NAME in tags:
        runs.change(run.uuid, name=tags[RUN_NAME], actor=actor)
    if others:
        runs.write_tags(run.id, others)


def remove_tag(uuid: str, key: str, *, actor: Actor) -> None:
    """Remove a tag of the run. Raises `NotFound` where there is none, else as `set_tag`."""
    run = runs.writable(uuid, actor=actor)
    if not _REMOVE.run(of_run=run.id, the_key=key):
        raise NotFound(f"No tag with name: {key} in run with id {uuid}")


def note_model(uuid: str, model: Mapping[str, Any], *, actor: Actor) -> None:
    """Add a model's description (that of its MLmodel file) to the run's history of logged models.

    Only what MLflow's clients read back is kept: where it lies, when it was made, and its flavors
    without their configuration. Raises `NotFound`, `PermissionDenied`, or `InvalidParameter` for a
    deleted run.
    """
    run = runs.writable(uuid, actor=actor)
    kept = {key: model[key] for key in ("run_id", "artifact_path") if model[key] is not None}
    kept |= {"utc_time_created": str(model["utc_time_created"]), "model_uuid": model.get("model_uuid")}
    kept["flavors"] = {name: _without_config(flavor) for name, flavor in (model["flavors"] or {}).items()}
    # Two models may be logged at once: the second waits here for the first one's entry.
    _LOCK.run(of_run=run.id)
    history = _parsed(_VALUE.scalar(of_run=run.id, the_key=MODEL_HISTORY))
    runs.write_tags(run.id, {MODEL_HISTORY: json.dumps([*history, kept])})


def _parsed(history: str | None) -> list:
    try:
        entries = json.loads(history or "[]")
    except ValueError:
        entries = None
    if not isinstance(entries, list):  # a client may set this tag, too
        raise InvalidParameter(f"The run's tag {MODEL_HISTORY!r} holds no list of models to add to.")
    return entries


def _without_config(flavor: Any) -> Any:
    if not isinstance(flavor, dict):
        return flavor
    return {key: value for key, value in flavor.items() if key != "config"}
