"""Aliases: names that point at one version of a model and can be moved."""

from sqlalchemy import delete, insert, select, update

from app.accounts.actors import Actor
from app.audit import events
from app.audit.events import Kind
from app.database import db
from app.errors import InvalidParameter, NotFound
from app.registry import reads
from app.registry.models import Alias, ModelVersion, RegisteredModel
from app.registry.names import check_alias, check_model_name, check_new_alias, version_number
from app.registry.reads import VersionRow


def set_alias(name: str, alias: str, number: int | str, *, actor: Actor) -> None:
    """Point the alias at the version, away from wherever it pointed. Raises `NotFound`, `InvalidParameter`."""
    check_model_name(name)
    check_new_alias(alias)
    version_number(number)
    reads.lock_model(name)
    row = reads.version(name, number)
    before = _points_at(row.model_id, alias)
    if before == row.number:
        return
    key = (Alias.model_id == row.model_id, Alias.name == alias)
    if before is None:
        db.session.execute(insert(Alias).values(model_id=row.model_id, name=alias, version_id=row.id))
    else:
        db.session.execute(update(Alias).where(*key).values(version_id=row.id))
    events.record(
        Kind.ALIAS_SET, actor=actor, model_id=row.model_id, version_id=row.id, subject=alias,
        before=None if before is None else str(before), after=str(row.number),
    )  # fmt: skip


def remove_alias(name: str, alias: str, *, actor: Actor) -> None:
    """Remove the alias; that there is none is no error. Raises `NotFound` for the model, `InvalidParameter`."""
    check_model_name(name)
    check_alias(alias)
    model_id = reads.find_model(name).id
    gone = db.session.execute(
        delete(Alias)
        .where(Alias.model_id == model_id, Alias.name == alias)
        .returning(Alias.version_id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if gone is not None:
        number = db.session.scalar(select(ModelVersion.number).where(ModelVersion.id == gone))
        events.record(
            Kind.ALIAS_REMOVED,
            actor=actor,
            model_id=model_id,
            version_id=gone,
            subject=alias,
            before=str(number),
        )


def resolve(name: str, alias: str) -> VersionRow:
    """The version that the alias points at; `latest` is the version with the highest number.

    Raises `NotFound` for the model, `InvalidParameter` for an alias that it has not (MLflow's
    GetModelVersionByAlias answers so).
    """
    check_model_name(name)
    check_alias(alias)
    query = reads.select_versions().where(RegisteredModel.name == name)
    if alias.lower() == "latest":
        query = query.order_by(ModelVersion.number.desc()).limit(1)
    else:
        query = query.join(Alias, Alias.version_id == ModelVersion.id).where(Alias.name == alias)
    row = db.session.execute(query).first()
    if row is not None:
        return reads.versions_of([row])[0]
    reads.find_model(name)
    if alias.lower() == "latest":
        raise NotFound(f"Latest version not found for model {name}.")
    raise InvalidParameter(f"Registered model alias {alias} not found.", field="alias")


def _points_at(model_id: int, alias: str) -> int | None:
    return db.session.scalar(
        select(ModelVersion.number)
        .join(Alias, Alias.version_id == ModelVersion.id)
        .where(Alias.model_id == model_id, Alias.name == alias)
    )
