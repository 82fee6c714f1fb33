"""Registered models: make, find, rename, describe, tag, delete."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete as sql_delete
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from app import clock
from app.accounts.actors import Actor
from app.audit import events
from app.audit.events import Kind
from app.database import db, upsert
from app.errors import AlreadyExists, StaleState
from app.names import check_key
from app.registry import reads, tags
from app.registry.models import Alias, ModelTag, RegisteredModel
from app.registry.names import check_description, check_model_name, check_tag
from app.registry.reads import ModelRow
from app.search import plan

get = reads.model


def create(
    name: str, *, description: str | None = None, tags: Mapping[str, str] | None = None, actor: Actor
) -> ModelRow:
    """Make an empty registered model. Raises `InvalidParameter`, or `AlreadyExists` for a living name."""
    check_model_name(name)
    check_description(description or "")
    for pair in (tags or {}).items():
        check_tag(*pair)
    now = clock.now_ms()
    values = {"name": name, "description": description, "created_at": now, "updated_at": now,
              "created_by": actor.name}  # fmt: skip
    # The index of living names decides a race, without an error that would spoil the transaction.
    statement = upsert(RegisteredModel).values(values).returning(RegisteredModel.id)
    statement = statement.on_conflict_do_nothing(
        index_elements=["name"], index_where=RegisteredModel.deleted_at.is_(None)
    )
    model_id = db.session.execute(statement).scalar()
    if model_id is None:
        raise AlreadyExists(f"Registered Model (name={name}) already exists.", field="name")
    if tags:
        rows = [{"model_id": model_id, "key": key, "value": value} for key, value in tags.items()]
        db.session.execute(insert(ModelTag), rows)
    events.record(Kind.MODEL_CREATED, actor=actor, model_id=model_id, after=name)
    return ModelRow(model_id, name, description, now, now, actor.name, dict(tags or {}), {}, [])


def search(
    *, filter: str = "", order_by: Sequence[str] = (), max_results: int = 100, page_token: str | None = None
) -> tuple[list[ModelRow], str | None]:
    """A page of models and the token of the next page. Raises `InvalidParameter` (see `app.search`)."""
    from app.registry.searchable import MODELS

    page = plan(MODELS, filter=filter, order_by=order_by, page_token=page_token, max_results=max_results)
    rows, token = page.page(db.session.execute(page.apply(reads.select_models())).all())
    return reads.models_of(rows), token


def rename(name: str, new_name: str, *, actor: Actor) -> ModelRow:
    """Give the model another name: one row changes, however many versions there are.

    Raises `NotFound`, `InvalidParameter`, or `AlreadyExists` when another living model has the name.
    """
    check_model_name(new_name, "new_name")
    row = reads.find_model(name)
    try:
        with db.session.begin_nested():
            _change(row.id, name=new_name)
    except IntegrityError as error:
        raise AlreadyExists(
            f"Registered Model (name={new_name}) already exists.", field="new_name"
        ) from error
    if new_name != name:
        events.record(Kind.MODEL_RENAMED, actor=actor, model_id=row.id, before=name, after=new_name)
    return reads.model(new_name)


def describe(name: str, description: str | None, *, actor: Actor, seen: str | None = None) -> ModelRow:
    """Set the description. Raises `StaleState` when it is no longer the one that was `seen`."""
    check_description(description or "")
    row = reads.model(name)
    if seen is not None and seen != (row.description or ""):
        raise StaleState(f"The description of {name} was changed by somebody else in the meantime.")
    now = _change(row.id, description=description)
    if description != row.description:
        events.record(
            Kind.MODEL_DESCRIBED, actor=actor, model_id=row.id, before=row.description, after=description
        )
    return row._replace(description=description, updated_at=now)


def delete(name: str, *, actor: Actor) -> None:
    """Hide the model and with it every version; its name is free again. Raises `NotFound`."""
    row = reads.find_model(name)
    now = clock.now_ms()
    db.session.execute(update(RegisteredModel).where(RegisteredModel.id == row.id).values(deleted_at=now))
    db.session.execute(sql_delete(Alias).where(Alias.model_id == row.id))
    events.record(Kind.MODEL_DELETED, actor=actor, model_id=row.id, before=name)


def set_tag(name: str, key: str, value: str, *, actor: Actor) -> None:
    """Set a tag of the model, over an older value of that key. Raises `NotFound`, `InvalidParameter`."""
    check_model_name(name)
    check_tag(key, value)
    row = reads.find_model(name)
    before = tags.put(ModelTag, {"model_id": row.id, "key": key}, value)
    if before != value:
        events.record(
            Kind.MODEL_TAG_SET, actor=actor, model_id=row.id, subject=key, before=before, after=value
        )


def remove_tag(name: str, key: str, *, actor: Actor) -> None:
    """Remove a tag of the model; that there is none is no error. Raises `NotFound`, `InvalidParameter`."""
    check_model_name(name)
    check_key(key)
    row = reads.find_model(name)
    before = tags.take(ModelTag, {"model_id": row.id, "key": key})
    if before is not None:
        events.record(Kind.MODEL_TAG_REMOVED, actor=actor, model_id=row.id, subject=key, before=before)


def _change(model_id: int, **values: str | None) -> int:
    now = clock.now_ms()
    db.session.execute(
        update(RegisteredModel).where(RegisteredModel.id == model_id).values(updated_at=now, **values)
    )
    return now
