"""Reading the registry: rows for lists, pages and answers, in one or two statements however many.

Everything read here is living: a deleted model hides its versions, whatever their own state. That
rule is `LIVING`, and there is no other copy of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased

from app.database import db
from app.errors import NotFound
from app.registry.models import Alias, ModelTag, ModelVersion, RegisteredModel, Stage, VersionTag
from app.registry.names import check_model_name, version_number

LIVING = and_(ModelVersion.deleted_at.is_(None), RegisteredModel.deleted_at.is_(None))

VERSION_COLUMNS = (
    ModelVersion.id, ModelVersion.model_id, RegisteredModel.name, ModelVersion.number,
    Stage.name.label("stage"), ModelVersion.description, ModelVersion.source, ModelVersion.location,
    ModelVersion.storage, ModelVersion.run_uuid, ModelVersion.run_link, ModelVersion.logged_model,
    ModelVersion.status, ModelVersion.status_message, ModelVersion.created_at, ModelVersion.updated_at,
    ModelVersion.created_by,
)  # fmt: skip

MODEL_COLUMNS = (
    RegisteredModel.id, RegisteredModel.name, RegisteredModel.description, RegisteredModel.created_at,
    RegisteredModel.updated_at, RegisteredModel.created_by,
)  # fmt: skip


class VersionRow(NamedTuple):
    """A model version as it is shown; times in milliseconds."""

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
    tags: dict[str, str]
    aliases: list[str]


class ModelRow(NamedTuple):
    """A registered model as it is shown: `aliases` lead to version numbers, `latest` has one version a stage."""

    id: int
    name: str
    description: str | None
    created_at: int
    updated_at: int
    created_by: str
    tags: dict[str, str]
    aliases: dict[str, int]
    latest: list[VersionRow]


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


def select_versions() -> Select[Any]:
    """The statement that every read of versions starts from: living rows, the columns of `VersionRow`."""
    return (
        select(*VERSION_COLUMNS)
        .select_from(ModelVersion)
        .join(RegisteredModel, RegisteredModel.id == ModelVersion.model_id)
        .join(Stage, Stage.id == ModelVersion.stage_id)
        .where(LIVING)
    )


def select_models() -> Select[Any]:
    """The statement that every read of models starts from: living rows, the first columns of `ModelRow`."""
    return select(*MODEL_COLUMNS).where(RegisteredModel.deleted_at.is_(None))


_BY_NAME = select_models()
_BY_NUMBER = select_versions()


def find_model(name: str) -> FoundModel:
    """The living model of that name. Raises `NotFound`, or `InvalidParameter` for what can be no name."""
    check_model_name(name)
    row = db.session.execute(_BY_NAME.where(RegisteredModel.name == name)).first()
    if row is None:
        raise NotFound(f"Registered Model with name={name} not found")
    return FoundModel(*row)


def lock_model(name: str) -> FoundModel:
    """`find_model`, and nobody else changes this model's versions or aliases until the transaction ends.

    Verbs that read before they write take this first. SQLite has one writer at a time anyway (see
    `app.database`); PostgreSQL locks the row, and the reads that follow see what the last holder left.
    """
    check_model_name(name)
    row = db.session.execute(_BY_NAME.where(RegisteredModel.name == name).with_for_update()).first()
    if row is None:
        raise NotFound(f"Registered Model with name={name} not found")
    return FoundModel(*row)


def model(name: str) -> ModelRow:
    """The living model of that name with its tags, aliases and newest versions. Raises as `find_model`."""
    return models_of([tuple(find_model(name))])[0]


def version(name: str, number: int | str) -> VersionRow:
    """The living version of that number. Raises `NotFound`, or `InvalidParameter` for unusable arguments."""
    check_model_name(name)
    wanted = version_number(number)
    row = db.session.execute(
        _BY_NUMBER.where(RegisteredModel.name == name, ModelVersion.number == wanted)
    ).first()
    if row is None:
        raise NotFound(f"Model Version (name={name}, version={wanted}) not found")
    return versions_of([row])[0]


def find_version(name: str, number: int | str) -> FoundVersion:
    """The keys of the living version of that number. Raises as `version`."""
    check_model_name(name)
    wanted = version_number(number)
    row = db.session.execute(
        select(ModelVersion.id, ModelVersion.model_id)
        .join(RegisteredModel, RegisteredModel.id == ModelVersion.model_id)
        .where(LIVING, RegisteredModel.name == name, ModelVersion.number == wanted)
    ).first()
    if row is None:
        raise NotFound(f"Model Version (name={name}, version={wanted}) not found")
    return FoundVersion(*row)


def versions_of(rows: Sequence[Iterable[Any]]) -> list[VersionRow]:
    """Rows of `select_versions` with their tags and aliases, which two statements fetch for all of them."""
    ids = [row[0] for row in rows]  # type: ignore[index]
    tags = _pairs(VersionTag.version_id, VersionTag.key, VersionTag.value, ids)
    aliases: dict[int, list[str]] = defaultdict(list)
    for chunk in _chunks(ids):
        query = select(Alias.version_id, Alias.name).where(Alias.version_id.in_(chunk)).order_by(Alias.name)
        for version_id, alias in db.session.execute(query):
            aliases[version_id].append(alias)
    return [
        VersionRow(*row, tags.get(key, {}), aliases.get(key, [])) for key, row in zip(ids, rows, strict=True)
    ]


def models_of(rows: Sequence[Iterable[Any]]) -> list[ModelRow]:
    """Rows of `select_models` with tags, aliases and newest versions, in five statements for all of them."""
    ids = [row[0] for row in rows]  # type: ignore[index]
    tags = _pairs(ModelTag.model_id, ModelTag.key, ModelTag.value, ids)
    aliases: dict[int, dict[str, int]] = defaultdict(dict)
    for chunk in _chunks(ids):
        query = (
            select(Alias.model_id, Alias.name, ModelVersion.number)
            .join(ModelVersion, ModelVersion.id == Alias.version_id)
            .where(Alias.model_id.in_(chunk))
            .order_by(Alias.name)
        )
        for model_id, alias, number in db.session.execute(query):
            aliases[model_id][alias] = number
    latest = latest_per_stage(ids)
    return [
        ModelRow(*row, tags.get(key, {}), aliases.get(key, {}), latest.get(key, []))
        for key, row in zip(ids, rows, strict=True)
    ]


def latest_per_stage(model_ids: Sequence[int]) -> dict[int, list[VersionRow]]:
    """The newest living version in each stage, for each model, in the order of their numbers.

    One step into the index for every stage of every model: the number of versions plays no part.
    """
    newest = aliased(ModelVersion)
    number = (
        select(func.max(newest.number))
        .where(
            newest.model_id == RegisteredModel.id, newest.stage_id == Stage.id, newest.deleted_at.is_(None)
        )
        .correlate(RegisteredModel, Stage)
        .scalar_subquery()
    )
    query = (
        select(*VERSION_COLUMNS)
        .select_from(RegisteredModel)
        .join(Stage, Stage.id > 0)
        .join(ModelVersion, and_(ModelVersion.model_id == RegisteredModel.id, ModelVersion.number == number))
    )
    rows: list[Any] = []
    for chunk in _chunks(model_ids):
        rows += db.session.execute(
            query.where(RegisteredModel.id.in_(chunk), RegisteredModel.deleted_at.is_(None))
        )
    found: dict[int, list[VersionRow]] = defaultdict(list)
    for row in sorted(versions_of(rows), key=lambda one: one.number):
        found[row.model_id].append(row)
    return found


def _pairs(owner: Any, key: Any, value: Any, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    pairs: dict[int, dict[str, str]] = defaultdict(dict)
    for chunk in _chunks(ids):
        query = select(owner, key, value).where(owner.in_(chunk)).order_by(key)
        for owner_id, one_key, one_value in db.session.execute(query):
            pairs[owner_id][one_key] = one_value
    return pairs


def _chunks(ids: Sequence[int], size: int = 5_000) -> Iterable[Sequence[int]]:
    # Databases bound how many parameters a statement may have: 32,766 on SQLite, 65,535 on PostgreSQL.
    return (ids[start : start + size] for start in range(0, len(ids), size))
