"""Reads the registry: rows for lists, pages and answers, in one or two statements however many.

Everything read here is living: a deleted model hides its versions, whatever their own state. That rule is
`LIVING`, and there is no other copy of it. And everything is what the viewer may see (see `app.authz.viewer`):
what they may not see is answered as if it did not exist.
"""

from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import BindParameter, Select, and_, bindparam, literal_column, null, select

from app.authz import access_queries
from app.authz.access_queries import Listed
from app.core.ids import LoggedModelId, RegisteredModelId
from app.db.json_aggregates import json_array, json_object, json_pairs, read_array, read_object, read_pairs
from app.db.statements import RowT, Statement, each_of, with_last_field
from app.registry.errors import ModelNotFound, VersionNotFound
from app.registry.names import check_model_name, version_number
from app.registry.tables import Alias, ModelTag, ModelVersion, RegisteredModel, Stage, VersionTag


class VersionRow(NamedTuple):
    """A model version as it is shown; times in milliseconds, tags and aliases as `app.db.json_aggregates` has them."""

    id: int
    model_id: RegisteredModelId
    name: str
    number: int
    stage: str
    description: str | None
    source: str
    location: str | None
    storage: str | None
    run_uuid: str | None
    run_link: str | None
    logged_model: LoggedModelId | None
    status: str
    status_message: str | None
    created_at: int
    updated_at: int
    created_by: str
    tags_json: str | None
    aliases_json: str | None

    @property
    def tags(self) -> dict[str, str]:
        """Returns the tags by their keys."""
        return read_pairs(self.tags_json)

    @property
    def aliases(self) -> list[str]:
        """Returns the names that point at the version."""
        return read_array(self.aliases_json)


class ModelRow(NamedTuple):
    """A registered model as it is shown.

    `latest` has one version a stage. It is read for all models of a list in one statement, and is nothing
    before that (see `with_latest`).
    """

    id: RegisteredModelId
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
        """Returns the tags by their keys."""
        return read_pairs(self.tags_json)

    @property
    def aliases(self) -> dict[str, int]:
        """Returns the numbers of the versions that the aliases point at."""
        return read_object(self.aliases_json)


class VersionKeys(NamedTuple):
    """The keys of a version, for verbs that need no more."""

    id: int
    model_id: RegisteredModelId


# Tables, not mapped classes: rows are read as they are, without the ORM's machinery in between.
MODEL = RegisteredModel.__table__.c
VERSION = ModelVersion.__table__.c
STAGE = Stage.__table__.c
ALIAS = Alias.__table__.c
MODEL_TAG = ModelTag.__table__.c
VERSION_TAG = VersionTag.__table__.c

LIVING = and_(VERSION.deleted_at.is_(None), MODEL.deleted_at.is_(None))

VERSION_COLUMNS = (
    VERSION.id,
    VERSION.model_id,
    MODEL.name,
    VERSION.number,
    STAGE.name.label("stage"),
    VERSION.description,
    VERSION.source,
    VERSION.location,
    VERSION.storage,
    VERSION.run_uuid,
    VERSION.run_link,
    VERSION.logged_model,
    VERSION.status,
    VERSION.status_message,
    VERSION.created_at,
    VERSION.updated_at,
    VERSION.created_by,
    select(json_pairs(VERSION_TAG.key, VERSION_TAG.value))
    .where(VERSION_TAG.version_id == VERSION.id)
    .correlate(ModelVersion.__table__)
    .scalar_subquery()
    .label("tags_json"),
    select(json_array(ALIAS.name))
    .where(ALIAS.version_id == VERSION.id)
    .correlate(ModelVersion.__table__)
    .scalar_subquery()
    .label("aliases_json"),
)

_POINTED_AT = ModelVersion.__table__.alias("pointed_at").c

MODEL_COLUMNS = (
    MODEL.id,
    MODEL.name,
    MODEL.description,
    MODEL.created_at,
    MODEL.updated_at,
    MODEL.created_by,
    select(json_pairs(MODEL_TAG.key, MODEL_TAG.value))
    .where(MODEL_TAG.model_id == MODEL.id)
    .correlate(RegisteredModel.__table__)
    .scalar_subquery()
    .label("tags_json"),
    select(json_object(ALIAS.name, _POINTED_AT.number))
    .where(ALIAS.model_id == MODEL.id, _POINTED_AT.id == ALIAS.version_id)
    .correlate(RegisteredModel.__table__)
    .scalar_subquery()
    .label("aliases_json"),
    null().label("latest"),
)


def select_versions() -> Select[Any]:
    """Returns the statement that every read of versions starts from: living rows, the columns of `VersionRow`.

    Single look-ups run it as `viewed`; lists start from `shown_versions`.
    """
    return (
        select(*VERSION_COLUMNS)
        .select_from(ModelVersion.__table__)
        .join(RegisteredModel.__table__, MODEL.id == VERSION.model_id)
        .join(Stage.__table__, STAGE.id == VERSION.stage_id)
        .where(LIVING)
    )


def select_models() -> Select[Any]:
    """Returns the statement that every read of models starts from: living rows, the columns of `ModelRow`.

    Single look-ups run it as `viewed`; lists start from `shown_models`.
    """
    return select(*MODEL_COLUMNS).where(MODEL.deleted_at.is_(None))


_VERSIONS = Listed(select_versions(), access_queries.MODELS, MODEL.id, VERSION.model_id)
_MODELS = Listed(select_models(), access_queries.MODELS, MODEL.id)


def shown_versions() -> Select[Any]:
    """Returns `select_versions` of the models that the viewer may read."""
    return _VERSIONS.for_viewer()


def shown_models() -> Select[Any]:
    """Returns `select_models` of those that the viewer may read."""
    return _MODELS.for_viewer()


def viewed(statement: Select[Any], row: type[RowT] | None = None) -> Statement[RowT]:
    """Returns a look-up among the tables of models that shows the viewer what they may see."""
    return Statement(statement, row, visible_to=access_queries.MODELS.readers_of(MODEL.id))


_NAME: BindParameter[str] = bindparam("name")
_LIVING_MODEL = and_(MODEL.name == _NAME, MODEL.deleted_at.is_(None))
_MODEL_ID = viewed(select(MODEL.id).where(_LIVING_MODEL))
_LOCK_MODEL = Statement(
    # Not against keys: whoever writes a row that refers to the model need not wait.
    select(MODEL.id).where(_LIVING_MODEL).with_for_update(key_share=True)
)
_MODEL = viewed(select_models().where(MODEL.name == _NAME), ModelRow)
_VERSION = viewed(
    select_versions().where(MODEL.name == _NAME, VERSION.number == bindparam("number")), VersionRow
)
_VERSION_KEYS = viewed(
    select(VERSION.id, VERSION.model_id)
    .join_from(ModelVersion.__table__, RegisteredModel.__table__, MODEL.id == VERSION.model_id)
    .where(LIVING, MODEL.name == _NAME, VERSION.number == bindparam("number")),
    VersionKeys,
)


def model_id(name: str) -> RegisteredModelId:
    """Returns the id of the living model of that name. Raises as `model`."""
    check_model_name(name)
    found = _MODEL_ID.scalar(name=name)
    if found is None:
        raise ModelNotFound(name)
    return RegisteredModelId(found)


def model(name: str) -> ModelRow:
    """Returns the living model of that name with its tags, aliases and newest versions.

    Raises `ModelNotFound`, or `InvalidParameter` for what can be no name.
    """
    [shown] = with_latest([_one_model(name)])
    return shown


def locked_model(name: str) -> ModelRow:
    """Returns the model as `model` does, once nobody else can change it until the transaction ends.

    Verbs that compare what somebody saw with what is stored start with this, or with `locked_version`. SQLite has
    one writer at a time anyway (see `app.db.transactions`); PostgreSQL locks the model's row, and what is read
    then is what the last holder left.
    """
    check_model_name(name)
    _LOCK_MODEL.run(name=name)
    return model(name)


def locked_model_id(name: str) -> RegisteredModelId:
    """Returns the id as `model_id` does, once nobody else can change the model; see `locked_model`."""
    check_model_name(name)
    _LOCK_MODEL.run(name=name)
    return model_id(name)


def _one_model(name: str) -> ModelRow:
    check_model_name(name)
    row = _MODEL.first(name=name)
    if row is None:
        raise ModelNotFound(name)
    return row


def version(name: str, number: int | str) -> VersionRow:
    """Returns the living version of that number. Raises `VersionNotFound`, `InvalidParameter`."""
    return _one_version(_VERSION, name, number)


def locked_version(name: str, number: int | str) -> VersionRow:
    """Returns the version as `version` does, once nobody else can change its model's versions or aliases.

    Verbs that read before they write start with this, as those about models with `locked_model`.
    """
    check_model_name(name)
    version_number(number)
    _LOCK_MODEL.run(name=name)
    return version(name, number)


def version_keys(name: str, number: int | str) -> VersionKeys:
    """Returns the keys of the living version of that number. Raises as `version`."""
    return _one_version(_VERSION_KEYS, name, number)


def _one_version(statement: Statement[RowT], name: str, number: int | str) -> RowT:
    check_model_name(name)
    wanted = version_number(number)
    row = statement.first(name=name, number=wanted)
    if row is None:
        raise VersionNotFound(name, wanted)
    return row


def with_latest(models: Sequence[ModelRow]) -> list[ModelRow]:
    """Returns the models with their newest versions, which one statement reads for all of them."""
    latest = latest_per_stage([model.id for model in models])
    return with_last_field(models, [latest.get(model.id, []) for model in models])


def _select_latest() -> Select[Any]:
    """Returns a select of the newest version in each stage of each model: one step into the index for each.

    By the key of the version, not by its number: SQLite would otherwise look at every version of the
    model and ask of each whether it is the newest.
    """
    newest = ModelVersion.__table__.alias("newest").c
    version_id = (
        select(newest.id)
        .where(newest.model_id == MODEL.id, newest.stage_id == STAGE.id, newest.deleted_at.is_(None))
        .order_by(newest.number.desc())
        .limit(literal_column("1"))
        .correlate(RegisteredModel.__table__, Stage.__table__)
        .scalar_subquery()
    )
    return (
        select(*VERSION_COLUMNS)
        .select_from(RegisteredModel.__table__)
        .join(Stage.__table__, STAGE.id > 0)
        .join(ModelVersion.__table__, VERSION.id == version_id)
        .where(LIVING)
    )


_LATEST = _select_latest()
_BY_NUMBER = attrgetter("number")  # four rows are sorted sooner than many wide ones in the database
_LATEST_OF_MANY = Statement(lambda: _LATEST.where(MODEL.id.in_(each_of("model_ids", int))), VersionRow)
_LATEST_OF_ONE = Statement(_LATEST.where(MODEL.id == bindparam("model_id")), VersionRow)
_LATEST_BY_NAME = viewed(_LATEST.where(MODEL.name == _NAME), VersionRow)


def latest_per_stage(model_ids: Sequence[RegisteredModelId]) -> dict[RegisteredModelId, list[VersionRow]]:
    """Returns the newest living version in each stage, for each model, in the order of their numbers.

    The number of versions plays no part in what this costs.
    """
    latest: dict[RegisteredModelId, list[VersionRow]] = defaultdict(list)
    if len(model_ids) == 1:
        rows = _LATEST_OF_ONE.rows(model_id=model_ids[0])
    elif model_ids:
        rows = _LATEST_OF_MANY.rows(model_ids=orjson.dumps(list(model_ids)).decode())
    else:
        rows = []
    for row in rows:
        latest[row.model_id].append(row)
    for versions in latest.values():
        versions.sort(key=_BY_NUMBER)
    return latest


def latest_of(name: str) -> list[VersionRow]:
    """Returns the same for the living model of that name. Raises as `model`."""
    check_model_name(name)
    rows = _LATEST_BY_NAME.rows(name=name)
    if not rows:
        model_id(name)
    return sorted(rows, key=_BY_NUMBER)
