"""Registered models: create, find, rename, describe, tag, delete."""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, insert, update
from sqlalchemy.exc import IntegrityError

from app.audit import recorder
from app.audit.recorder import Kind
from app.authz import access_queries
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.db.json_aggregates import write_pairs
from app.db.statements import Statement
from app.db.transactions import undoing_one_statement, upsert
from app.registry import access, alias_spans, former_names, prompts, queries, stage_spans, tags
from app.registry.errors import ModelDescriptionChanged, NameTaken
from app.registry.names import (
    check_description,
    check_model_name,
    check_new_model_name,
    check_tag,
    check_tag_key,
)
from app.registry.queries import ModelRow
from app.registry.tables import ModelTag, RegisteredModel
from app.search import plan
from app.search.tree import Node

get = queries.model

_MODELS = RegisteredModel.__table__
_THIS = queries.MODEL.id == bindparam("model_id")
_CREATE = Statement(
    # The index of living names decides a race, without an error that would spoil the transaction.
    lambda: (
        upsert(RegisteredModel)
        .on_conflict_do_nothing(index_elements=["name"], index_where=queries.MODEL.deleted_at.is_(None))
        .returning(queries.MODEL.id)
    ),
    columns=("name", "description", "created_at", "updated_at", "created_by"),
)
_TAG = Statement(insert(ModelTag.__table__), columns=("model_id", "key", "value"))
_RENAME = Statement(
    update(_MODELS).where(_THIS).values(name=bindparam("new_name"), updated_at=bindparam("now"))
)
_DESCRIBE = Statement(
    update(_MODELS).where(_THIS).values(description=bindparam("text"), updated_at=bindparam("now"))
)
_HIDE = Statement(update(_MODELS).where(_THIS).values(deleted_at=bindparam("now")))


def create(
    name: str, *, description: str | None = None, tags: Mapping[str, str] | None = None, actor: Actor
) -> ModelRow:
    """Creates an empty registered model. Raises `InvalidParameter`, or `NameTaken` for a living name.

    Doors call `app.stages.model_names.create`, which knows the names that are kept for somebody.
    """
    check_new_model_name(name)
    check_description(description or "")
    for pair in (tags or {}).items():
        check_tag(*pair)
    access_queries.MODELS.check_may_create(actor)
    now = clock.now_ms()
    model_id = _CREATE.scalar(
        name=name, description=description, created_at=now, updated_at=now, created_by=actor.name
    )
    if model_id is None:
        raise prompts.name_taken(name, tags or {})
    if tags:
        _TAG.run_many([{"model_id": model_id, "key": key, "value": value} for key, value in tags.items()])
    access_queries.MODELS.grant_to_creator(model_id, actor)
    recorder.record(Kind.MODEL_CREATED, actor=actor, model_id=model_id, after=name)
    return ModelRow(
        id=model_id,
        name=name,
        description=description,
        created_at=now,
        updated_at=now,
        created_by=actor.name,
        tags_json=write_pairs(tags or {}),
        aliases_json=None,
        latest=[],
    )


def search(
    *,
    filter: str | Node | None = "",
    order_by: Sequence[str] = (),
    max_results: int = 100,
    page_token: str | None = None,
) -> tuple[list[ModelRow], str | None]:
    """Returns a page of models and the token of the next page. Raises `InvalidParameter` (see `app.search`)."""
    from app.registry.search_fields import MODELS

    page = plan(MODELS, filter=filter, order_by=order_by, page_token=page_token, max_results=max_results)
    rows, token = page.fetch(queries.shown_models(), ModelRow)
    return queries.with_latest(rows), token


def rename(name: str, new_name: str, *, forwards: bool = False, actor: Actor) -> ModelRow:
    """Gives the model another name: one row changes, however many versions there are.

    With `forwards`, the calls of clients by the old name go to the model as well. Raises `ModelNotFound`,
    `InvalidParameter`, or `NameTaken` when another living model has the name. Asks no rule of a stage: doors
    call `app.stages.model_names.rename`.
    """
    check_new_model_name(new_name, "new_name")
    access.check(name, Permission.MODELS_MANAGE, actor)
    model_id = queries.locked_model_id(name)
    now = clock.now_ms()
    try:
        # A name that is taken fails this step alone: who catches the error can go on reading.
        with undoing_one_statement():
            _RENAME.run(model_id=model_id, new_name=new_name, now=now)
    except IntegrityError as error:
        raise NameTaken(new_name, "new_name") from error
    if new_name != name:
        former_names.keep(model_id, name, new_name, now=now, forwards=forwards)
        recorder.record(Kind.MODEL_RENAMED, actor=actor, model_id=model_id, before=name, after=new_name)
    return queries.model(new_name)


def describe(name: str, description: str | None, *, actor: Actor, seen: str | None = None) -> ModelRow:
    """Sets the description. Raises `ModelDescriptionChanged` when it is no longer the one that was `seen`."""
    check_description(description or "")
    access.check(name, Permission.MODELS_EDIT, actor)
    row = queries.locked_model(name)
    if seen is not None and seen != (row.description or ""):
        raise ModelDescriptionChanged(name)
    now = clock.now_ms()
    _DESCRIBE.run(model_id=row.id, text=description, now=now)
    if description != row.description:
        recorder.record(
            Kind.MODEL_DESCRIBED, actor=actor, model_id=row.id, before=row.description, after=description
        )
    return row._replace(description=description, updated_at=now)


def delete(name: str, *, actor: Actor) -> None:
    """Hides the model with all that is in it; its name is free again. Raises `ModelNotFound`.

    `app.registry.deleted_models` restores it. Asks no rule of a stage: doors call `app.stages.model_names.delete`.
    """
    access.check(name, Permission.MODELS_MANAGE, actor)
    model_id = queries.locked_model_id(name)
    now = clock.now_ms()
    _HIDE.run(model_id=model_id, now=former_names.until(name, model_id, now))
    stage_spans.end_all(model_id, now=now)
    alias_spans.end_all(model_id, now=now)
    recorder.record(Kind.MODEL_DELETED, actor=actor, model_id=model_id, before=name)


def set_tag(name: str, key: str, value: str, *, actor: Actor) -> None:
    """Sets a tag of the model, over an older value of that key. Raises `ModelNotFound`, `InvalidParameter`."""
    check_model_name(name)
    check_tag(key, value)
    access.check(name, Permission.MODELS_EDIT, actor)
    model_id = queries.model_id(name)
    before = tags.put(ModelTag, {"model_id": model_id, "key": key}, value)
    if before != value:
        recorder.record(
            Kind.MODEL_TAG_SET, actor=actor, model_id=model_id, subject=key, before=before, after=value
        )


def remove_tag(name: str, key: str, *, actor: Actor) -> None:
    """Removes a tag of the model, if it has it. Raises `ModelNotFound`, `InvalidParameter`."""
    check_model_name(name)
    check_tag_key(key)
    access.check(name, Permission.MODELS_EDIT, actor)
    model_id = queries.model_id(name)
    before = tags.take(ModelTag, {"model_id": model_id, "key": key})
    if before is not None:
        recorder.record(Kind.MODEL_TAG_REMOVED, actor=actor, model_id=model_id, subject=key, before=before)
