"""Tags and parameters of logged models: columns that read them with their model, and writing them."""

import functools
from collections.abc import Mapping

from sqlalchemy import bindparam, delete, select

from app.db.json_aggregates import json_object, read_object
from app.db.statements import Statement
from app.db.transactions import db, upsert
from app.tracking.tables import LoggedModel, LoggedModelParam, LoggedModelTag

MODEL = LoggedModel.__table__.c
TAG = LoggedModelTag.__table__.c
PARAM = LoggedModelParam.__table__.c

# For a select on logged models: the tags, and the parameters, of each as the text of one JSON object.
TAGS = select(json_object(TAG.key, TAG.value)).where(TAG.logged_model_id == MODEL.id).scalar_subquery()
PARAMS = (
    select(json_object(PARAM.key, PARAM.value)).where(PARAM.logged_model_id == MODEL.id).scalar_subquery()
)

_KEY, _NAME = bindparam("logged_model_id"), bindparam("key")
_TAG = Statement(select(TAG.value).where(TAG.logged_model_id == _KEY, TAG.key == _NAME).with_for_update())
_PARAMS_OF_ONE = Statement(select(PARAMS).where(MODEL.id == _KEY))
_REMOVE_TAG = Statement(delete(LoggedModelTag.__table__).where(TAG.logged_model_id == _KEY, TAG.key == _NAME))


def params_of_one(model: int) -> dict[str, str]:
    """The parameters of the model with this surrogate key, by key."""
    return read_object(_PARAMS_OF_ONE.scalar(logged_model_id=model))


def tag_to_change(model: int, key: str) -> str | None:
    """The value of a tag of the model with this surrogate key, which nobody else can change until the commit."""
    return _TAG.scalar(logged_model_id=model, key=key)


def write_tags(model: int, tags: Mapping[str, str]) -> None:
    """Write checked tags, over older values of their keys."""
    if tags:
        _write_tags(db.engine.dialect.name).run_many(_rows(model, tags))


def remove_tag(model: int, key: str) -> bool:
    """Remove a tag; whether it was there."""
    return _REMOVE_TAG.run(logged_model_id=model, key=key) > 0


def write_params(model: int, params: Mapping[str, str]) -> None:
    """Write checked parameters, and leave those that are there."""
    if params:
        _write_params(db.engine.dialect.name).run_many(_rows(model, params))


@functools.cache
def _write_tags(_dialect: str) -> Statement:
    statement = upsert(LoggedModelTag.__table__)
    statement = statement.on_conflict_do_update(
        index_elements=["logged_model_id", "key"], set_={"value": statement.excluded.value}
    )
    return Statement(statement, columns=("logged_model_id", "key", "value"))


@functools.cache
def _write_params(_dialect: str) -> Statement:
    statement = upsert(LoggedModelParam.__table__).on_conflict_do_nothing()
    return Statement(statement, columns=("logged_model_id", "key", "value"))


def _rows(model: int, pairs: Mapping[str, str]) -> list[dict[str, int | str]]:
    # In one order everywhere, so that two who write the same keys at once wait and do not deadlock.
    return [{"logged_model_id": model, "key": key, "value": value} for key, value in sorted(pairs.items())]
