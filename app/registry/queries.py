"""Reading the registry: rows for lists, pages and answers, in one or two statements however many.

Everything read here is living: a deleted model hides its versions, whatever their own state. That
rule is `LIVING`, and there is no other copy of it. And all of it is what the viewer may see (see
`app.authz.viewer`): what they may not is not there, in the same words.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Select, and_, bindparam, literal_column, select

from app.authz import access_queries
from app.authz.access_queries import Listed
from app.db.json_aggregates import json_array, json_object, json_pairs, read_array, read_object, read_pairs
from app.db.statements import RowT, Statement, each_of
from app.registry.errors import ModelNotFound, VersionNotFound
from app.registry.names import check_model_name, version_number
from app.registry.tables import Alias, ModelTag, ModelVersion, RegisteredModel, Stage, VersionTag


class VersionRow(NamedTuple):
    """A model version as it is shown; times in milliseconds, tags and aliases as `app.db.json_aggregates` has them."""

    id: int
    model_id: int
    name: str
    number: int
    stage: str
    description: str | None
    source: str
    location: str | None
    storage: str | None
    run_uuid: str | None
    run_link: str | None
    logged_model: str | None
    status: str
    status_message: str | None
    created_at: int
    updated_at: int
    created_by: str
    tags_json: str | None
    aliases_json: str | None

    @property
    def tags(self) -> dict[str, str]:
        """The tags by their keys."""
        return read_pairs(self.tags_json)

    @property
    def aliases(self) -> list[str]:
        """The names that point at the version."""
        return read_array(self.aliases_json)


class ModelRow(NamedTuple):
    """A registered model as it is shown; `latest` has one version a stage."""

    id: int
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
        """The tags by their keys."""
        return read_pairs(self.tags_json)

    @property
    def aliases(self) -> dict[str, int]:
        """The numbers of the versions that aliases lead to."""
        return read_object(self.aliases_json)


class FoundModel(NamedTuple):
    """The row of a model alone, for verbs that need no more."""

    id: int
    name: str
    description: str | None
    created_at: int
    updated_at: int
    created_by: str


class FoundVersion(NamedTuple):
    """The keys of a version, for verbs that need no more."""

    id: int
    model_id: int


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

FOUND_COLUMNS = (
    MODEL.id,
    MODEL.name,
    MODEL.description,
    MODEL.created_at,
    MODEL.updated_at,
    MODEL.created_by,
)

MODEL_COLUMNS = (
    *FOUND_COLUMNS,
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
)


def select_versions() -> Select[Any]:
    """The statement that every read of versions starts from: living rows, the columns of `VersionRow`.

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
    """The statement that every read of models starts from: living rows, the columns of `ModelRow` but the last.

    Single look-ups run it as `viewed`; lists start from `shown_models`.
    """
    return select(*MODEL_COLUMNS).where(MODEL.deleted_at.is_(None))


_VERSIONS = Listed(select_versions(), access_queries.MODELS, MODEL.id, VERSION.model_id)
_MODELS = Listed(select_models(), access_queries.MODELS, MODEL.id)


def shown_versions() -> Select[Any]:
    """`select_versions` of the models that the viewer may read."""
    return _VERSIONS.shown()


def shown_models() -> Select[Any]:
    """`select_models` of those that the viewer may read."""
    return _MODELS.shown()


def viewed(statement: Select[Any], row: type[RowT] | None = None) -> Statement[RowT]:
    """A look-up among the tables of models that shows the viewer what they may see."""
    return Statement(statement, row, visible_to=access_queries.MODELS.readers_of(MODEL.id))


_NAME = bindparam("name")
_FIND_MODEL = viewed(select(*FOUND_COLUMNS).where(MODEL.name == _NAME, MODEL.deleted_at.is_(None)))
_LOCK_MODEL = Statement(
    # Not against keys: whoever writes a row that refers to the model need not wait.
    select(MODEL.id).where(MODEL.name == _NAME, MODEL.deleted_at.is_(None)).with_for_update(key_share=True)
)
_MODEL = viewed(select_models().where(MODEL.name == _NAME))
_VERSION = viewed(select_versions().where(MODEL.name == _NAME, VERSION.number == bindparam("number")))
_FIND_VERSION = viewed(
    select(VERSION.id, VERSION.model_id)
    .join_from(ModelVersion.__table__, RegisteredModel.__table__, MODEL.id == VERSION.model_id)
    .where(LIVING, MODEL.name == _NAME, VERSION.number == bindparam("number"))
)


def find_model(name: str) -> FoundModel:
    """The living model of that name. Raises `NotFound`, or `InvalidParameter` for what can be no name."""
    return FoundModel(*_one_model(_FIND_MODEL, name))


def locked_version(name: str, number: int | str) -> VersionRow:
    """`version`, and nobody else changes its model's versions or aliases until the transaction ends.

    Verbs that read before they write start with this. SQLite has one writer at a time anyway (see
    `app.db.transactions`); PostgreSQL locks the model's row, and what is read then is what the last holder left.
    """
    check_model_name(name)
    version_number(number)
    _LOCK_MODEL.run(name=name)
    return version(name, number)


def model(name: str) -> ModelRow:
    """The living model of that name with its tags, aliases and newest versions. Raises as `find_model`."""
    return models_of([_one_model(_MODEL, name)])[0]


def _one_model(statement: Statement[RowT], name: str) -> RowT:
    check_model_name(name)
    row = statement.first(name=name)
    if row is None:
        raise ModelNotFound(name)
    return row


def version(name: str, number: int | str) -> VersionRow:
    """The living version of that number. Raises `NotFound`, or `InvalidParameter` for unusable arguments."""
    return VersionRow._make(_one_version(_VERSION, name, number))


def find_version(name: str, number: int | str) -> FoundVersion:
    """The keys of the living version of that number. Raises as `version`."""
    return FoundVersion(*_one_version(_FIND_VERSION, name, number))


def _one_version(statement: Statement[RowT], name: str, number: int | str) -> RowT:
    check_model_name(name)
    wanted = version_number(number)
    row = statement.first(name=name, number=wanted)
    if row is None:
        raise VersionNotFound(name, wanted)
    return row


def versions_of(rows: Iterable[Sequence[Any]]) -> list[VersionRow]:
    """Rows of `select_versions` as they are shown."""
    # What `_make` does, without a step of Python's for each: an answer may have ten thousand.
    return list(map(partial(tuple.__new__, VersionRow), rows))


def models_of(rows: Sequence[Sequence[Any]]) -> list[ModelRow]:
    """Rows of `select_models` with their newest versions, which one statement fetches for all of them."""
    latest = latest_per_stage([row[0] for row in rows])
    return [ModelRow(*row, latest.get(row[0], [])) for row in rows]


def _select_latest() -> Select[Any]:
    """The newest version in each stage of each model: one step into the index for each.

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
_LATEST_OF_MANY = Statement(lambda: _LATEST.where(MODEL.id.in_(each_of("model_ids", int))))
_LATEST_OF_ONE = Statement(_LATEST.where(MODEL.id == bindparam("model_id")))
_LATEST_BY_NAME = viewed(_LATEST.where(MODEL.name == _NAME))


def latest_per_stage(model_ids: Sequence[int]) -> dict[int, list[VersionRow]]:
    """The newest living version in each stage, for each model, in the order of their numbers.

    The number of versions plays no part in what this costs.
    """
    found: dict[int, list[VersionRow]] = defaultdict(list)
    if len(model_ids) == 1:
        rows = _LATEST_OF_ONE.rows(model_id=model_ids[0])
    elif model_ids:
        rows = _LATEST_OF_MANY.rows(model_ids=orjson.dumps(list(model_ids)).decode())
    else:
        rows = []
    for row in versions_of(rows):
        found[row.model_id].append(row)
    for versions in found.values():
        versions.sort(key=_BY_NUMBER)
    return found


def latest_of(name: str) -> list[VersionRow]:
    """The same for the living model of that name. Raises as `find_model`."""
    check_model_name(name)
    rows = _LATEST_BY_NAME.rows(name=name)
    if not rows:
        find_model(name)
    return sorted(versions_of(rows), key=_BY_NUMBER)
