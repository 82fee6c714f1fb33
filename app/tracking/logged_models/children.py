"""Tags and parameters of logged models: columns that read them with their model, and writing them."""

from collections.abc import Mapping

from sqlalchemy import Executable, and_, bindparam, delete, select

from app.db.json_aggregates import json_object, read_object
from app.db.statements import Statement
from app.db.transactions import upsert
from app.tracking.tables import LoggedModel, LoggedModelParam, LoggedModelTag

MODEL = LoggedModel.__table__.c
TAG = LoggedModelTag.__table__.c
PARAM = LoggedModelParam.__table__.c

# For a select on logged models: the tags, and the parameters, of each as the text of one JSON object.
TAGS = (
    select(json_object(TAG.key, TAG.value))
    .where(TAG.logged_model_id == MODEL.id)
    .scalar_subquery()
    .label("tags_json")
)
PARAMS = (
    select(json_object(PARAM.key, PARAM.value))
    .where(PARAM.logged_model_id == MODEL.id)
    .scalar_subquery()
    .label("params_json")
)


def _upsert_tag() -> Executable:
    statement = upsert(LoggedModelTag.__table__)
    return statement.on_conflict_do_update(
        index_elements=["logged_model_id", "key"], set_={"value": statement.excluded.value}
    )


def _insert_param() -> Executable:
    return upsert(LoggedModelParam.__table__).on_conflict_do_nothing()


_THIS = and_(TAG.logged_model_id == bindparam("logged_model_id"), TAG.key == bindparam("key"))
_TAG = Statement(select(TAG.value).where(_THIS).with_for_update())
_PARAMS_OF_ONE = Statement(select(PARAMS).where(MODEL.id == bindparam("logged_model_id")))
_REMOVE_TAG = Statement(delete(LoggedModelTag.__table__).where(_THIS))
_WRITE_TAGS = Statement(_upsert_tag, columns=("logged_model_id", "key", "value"))
_WRITE_PARAMS = Statement(_insert_param, columns=("logged_model_id", "key", "value"))


def params_of_one(model: int) -> dict[str, str]:
    """Returns the parameters of the model with this surrogate key, by key."""
    return read_object(_PARAMS_OF_ONE.scalar(logged_model_id=model))


def tag_to_change(model: int, key: str) -> str | None:
    """Returns the value of a tag of the model with this surrogate key; nobody else can change it until the commit."""
    return _TAG.scalar(logged_model_id=model, key=key)


def write_tags(model: int, tags: Mapping[str, str]) -> None:
    """Writes checked tags, replacing older values of their keys."""
    if tags:
        _WRITE_TAGS.run_many(_rows(model, tags))


def remove_tag(model: int, key: str) -> bool:
    """Removes a tag, and returns whether it was there."""
    return _REMOVE_TAG.run(logged_model_id=model, key=key) > 0


def write_params(model: int, params: Mapping[str, str]) -> None:
    """Writes checked parameters, and leaves those that are there."""
    if params:
        _WRITE_PARAMS.run_many(_rows(model, params))


def _rows(model: int, pairs: Mapping[str, str]) -> list[dict[str, int | str]]:
    # In one order everywhere, so that two who write the same keys at once wait and do not deadlock.
    return [{"logged_model_id": model, "key": key, "value": value} for key, value in sorted(pairs.items())]
