"""Aliases: names that point at one version of a model and can be moved."""

from sqlalchemy import bindparam, delete, insert, literal_column, select, update

from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.core.ids import RegisteredModelId
from app.db.statements import Statement
from app.registry import access, alias_spans, queries
from app.registry.errors import AliasNotFound, NoVersions
from app.registry.names import check_alias, check_model_name, check_new_alias, version_number
from app.registry.queries import VersionRow
from app.registry.tables import Alias, ModelVersion

_OF_MODEL = queries.select_versions().where(queries.MODEL.name == bindparam("name"))
_NEWEST = queries.viewed(
    _OF_MODEL.order_by(queries.VERSION.number.desc()).limit(literal_column("1")), VersionRow
)
_BY_ALIAS = queries.viewed(
    # The model's key too: with it SQLite begins at the one alias, not at every version of the model.
    _OF_MODEL.join(Alias.__table__, queries.ALIAS.version_id == queries.VERSION.id).where(
        queries.ALIAS.model_id == queries.MODEL.id, queries.ALIAS.name == bindparam("alias")
    ),
    VersionRow,
)
_POINTS_AT = Statement(
    select(queries.VERSION.number)
    .join_from(ModelVersion.__table__, Alias.__table__, queries.ALIAS.version_id == queries.VERSION.id)
    .where(queries.ALIAS.model_id == bindparam("model_id"), queries.ALIAS.name == bindparam("alias"))
)
_NUMBER = Statement(select(queries.VERSION.number).where(queries.VERSION.id == bindparam("version_id")))
_REMOVE = Statement(
    delete(Alias.__table__)
    .where(queries.ALIAS.model_id == bindparam("model_id"), queries.ALIAS.name == bindparam("alias"))
    .returning(queries.ALIAS.version_id)
)
_ALL = Statement(
    select(queries.ALIAS.name, queries.ALIAS.version_id).where(
        queries.ALIAS.model_id == bindparam("model_id")
    )
)
_ADD = Statement(insert(Alias.__table__), columns=("model_id", "name", "version_id"))
_MOVE = Statement(
    update(Alias.__table__)
    .where(queries.ALIAS.model_id == bindparam("of_model"), queries.ALIAS.name == bindparam("alias"))
    .values(version_id=bindparam("to_version")),
)


def point(row: VersionRow, alias: str, *, actor: Actor, request_id: int | None = None) -> bool:
    """Points the alias at the version, read under its model's lock; returns whether it pointed elsewhere.

    Checks nothing: verbs that have asked the alias's rule call it (`app.stages.governed.aliases`).
    """
    before = _POINTS_AT.scalar(model_id=row.model_id, alias=alias)
    if before == row.number:
        return False
    if before is None:
        _ADD.run(model_id=row.model_id, name=alias, version_id=row.id)
    else:
        _MOVE.run(of_model=row.model_id, alias=alias, to_version=row.id)
    alias_spans.point(row.model_id, alias, row.id, now=clock.now_ms(), actor=actor, request_id=request_id)
    recorder.record(
        Kind.ALIAS_SET,
        actor=actor,
        model_id=row.model_id,
        version_id=row.id,
        subject=alias,
        before=None if before is None else str(before),
        after=str(row.number),
    )
    return True


def drop(model_id: RegisteredModelId, alias: str, *, actor: Actor) -> None:
    """Removes the alias, if the model has it. Checks nothing, as `point`."""
    gone = _REMOVE.scalar(model_id=model_id, alias=alias)
    if gone is not None:
        alias_spans.end(model_id, alias, now=clock.now_ms())
        number = _NUMBER.scalar(version_id=gone)
        recorder.record(
            Kind.ALIAS_REMOVED,
            actor=actor,
            model_id=model_id,
            version_id=gone,
            subject=alias,
            before=str(number),
        )


def set_alias(name: str, alias: str, number: int | str, *, actor: Actor) -> None:
    """Points the alias at the version, away from wherever it pointed. Raises `NotFound`, `InvalidParameter`.

    Asks no rule: doors call `app.stages.governed.aliases.set_alias`.
    """
    check_model_name(name)
    check_new_alias(alias)
    wanted = version_number(number)
    access.check(name, Permission.MODELS_EDIT, actor)
    point(queries.locked_version(name, wanted), alias, actor=actor)


def remove_alias(name: str, alias: str, *, actor: Actor) -> None:
    """Removes the alias, if the model has it. Raises `ModelNotFound`, `InvalidParameter`. Asks no rule."""
    check_model_name(name)
    check_alias(alias)
    access.check(name, Permission.MODELS_EDIT, actor)
    drop(queries.locked_model_id(name), alias, actor=actor)


def of_model(model_id: RegisteredModelId) -> dict[str, int]:
    """Returns the key of the version that each alias of the model points at, by name."""
    return {row.name: row.version_id for row in _ALL.rows(model_id=model_id)}


def resolve(name: str, alias: str) -> VersionRow:
    """Returns the version that the alias points at; `latest` is the version with the highest number.

    Raises `ModelNotFound`, `NoVersions`, and `AliasNotFound`, which is an `InvalidParameter` as MLflow's
    GetModelVersionByAlias answers it.
    """
    check_model_name(name)
    check_alias(alias)
    row = _NEWEST.first(name=name) if alias.lower() == "latest" else _BY_ALIAS.first(name=name, alias=alias)
    if row is not None:
        return row
    queries.model_id(name)
    if alias.lower() == "latest":
        raise NoVersions(name)
    raise AliasNotFound(name, alias)
