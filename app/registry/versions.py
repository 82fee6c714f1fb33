"""Model versions: make, find, describe, tag, delete."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, bindparam, insert, literal_column, select, update
from sqlalchemy import delete as sql_delete

from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.core.errors import StaleState
from app.core.key_rules import check_key
from app.db.json_aggregates import write_pairs
from app.db.statements import Statement
from app.db.transactions import db
from app.registry import access, model_lock, queries, sources, stage_spans, tags
from app.registry.errors import ModelNotFound
from app.registry.names import check_description, check_model_name, check_tag, version_number
from app.registry.queries import VersionRow
from app.registry.tables import NONE, NONE_ID, Alias, ModelVersion, RegisteredModel, VersionTag
from app.search import plan
from app.search.tree import Node
from app.tracking.logged_models import models
from app.tracking.tables import Run

get = queries.version

_MODELS = RegisteredModel.__table__
_RESERVE = Statement(
    update(_MODELS)
    .where(queries.MODEL.name == bindparam("of_name"), queries.MODEL.deleted_at.is_(None))
    .values(next_version=queries.MODEL.next_version + literal_column("1"), updated_at=bindparam("now"))
    .returning(queries.MODEL.id, queries.MODEL.next_version - literal_column("1"))
)
_INSERT = Statement(
    insert(ModelVersion.__table__).returning(queries.VERSION.id),
    columns=(
        "model_id",
        "number",
        "stage_id",
        "description",
        "source",
        "location",
        "storage",
        "run_uuid",
        "run_link",
        "logged_model",
        "created_at",
        "updated_at",
        "created_by",
    ),
)
_THIS = queries.VERSION.id == bindparam("version_id")
_DESCRIBE = Statement(
    update(ModelVersion.__table__)
    .where(_THIS)
    .values(description=bindparam("text"), updated_at=bindparam("now"))
)
_HIDE = Statement(update(ModelVersion.__table__).where(_THIS).values(deleted_at=bindparam("now")))
_DROP_ALIASES = Statement(
    sql_delete(Alias.__table__).where(queries.ALIAS.version_id == bindparam("version_id"))
)
_INSERT_TAG = Statement(insert(VersionTag.__table__), columns=("version_id", "key", "value"))


def create(
    name: str,
    source: str,
    *,
    run_uuid: str | None = None,
    run_link: str | None = None,
    logged_model: str | None = None,
    description: str | None = None,
    tags: Mapping[str, str] | None = None,
    actor: Actor,
) -> VersionRow:
    """Make the next version of a model from `source`, which is checked and resolved by `app.registry.sources`.

    Numbers are given once: 64 who create at the same time get 64 numbers, and a deleted version's
    number does not come back. Raises `NotFound` for the model, `InvalidParameter` for the rest.
    """
    check_model_name(name)
    check_description(description or "")
    for pair in (tags or {}).items():
        check_tag(*pair)
    access.check(name, Permission.MODELS_EDIT, actor)
    found = sources.resolve(source, run_uuid=run_uuid, logged_model=logged_model, tags=tags or {})
    now = clock.now_ms()
    model_id, number = _reserve_number(name, now)
    values = {
        "model_id": model_id,
        "number": number,
        "stage_id": NONE_ID,
        "description": description,
        "source": found.source,
        "location": found.location,
        "storage": found.storage,
        "run_uuid": found.run_uuid,
        "run_link": run_link,
        "logged_model": found.logged_model,
        "created_at": now,
        "updated_at": now,
        "created_by": actor.name,
    }
    version_id = _INSERT.scalar(**values)
    if tags:
        rows = [{"version_id": version_id, "key": key, "value": value} for key, value in tags.items()]
        _INSERT_TAG.run_many(rows)
    stage_spans.begin(model_id, version_id, NONE_ID, now=now, actor=actor)
    recorder.record(
        Kind.VERSION_CREATED, actor=actor, model_id=model_id, version_id=version_id, after=str(number)
    )
    if found.logged_model:
        models.note_version(found.logged_model, name, number, actor=actor)
    return VersionRow(
        id=version_id,
        name=name,
        stage=NONE,
        status="READY",
        status_message=None,
        tags_json=write_pairs(tags or {}),
        aliases_json=None,
        **{key: value for key, value in values.items() if key != "stage_id"},
    )


def search(
    *,
    filter: str | Node | None = "",
    order_by: Sequence[str] = (),
    max_results: int = 10_000,
    page_token: str | None = None,
) -> tuple[list[VersionRow], str | None]:
    """A page of versions of any model and the token of the next. Raises `InvalidParameter` (see `app.search`)."""
    from app.registry.search_fields import VERSIONS

    page = plan(VERSIONS, filter=filter, order_by=order_by, page_token=page_token, max_results=max_results)
    rows, token = page.fetch(queries.shown_versions())
    return queries.versions_of(rows), token


def of_model(
    name: str, *, max_results: int = 25, below: int | None = None
) -> tuple[list[VersionRow], int | None]:
    """A page of a model's versions, newest number first, and the number below which the next page starts."""
    model_id = queries.find_model(name).id
    query = queries.select_versions().where(ModelVersion.model_id == model_id)
    if below is not None:
        query = query.where(ModelVersion.number < below)
    rows = db.session.execute(query.order_by(ModelVersion.number.desc()).limit(max_results + 1)).all()
    shown = queries.versions_of(rows[:max_results])
    return shown, (shown[-1].number if len(rows) > max_results else None)


def of_run(run_uuid: str) -> list[VersionRow]:
    """The living versions that were made from a run, newest first, at most 100."""
    return _made_from(ModelVersion.run_uuid == run_uuid)


def of_newest_runs(experiment_id: int, most: int) -> list[VersionRow]:
    """The same of the newest active runs, at most so many, of an experiment that the viewer may read."""
    started = select(Run.uuid).where(Run.experiment_id == experiment_id, Run.deleted_at.is_(None))
    newest = started.order_by(Run.start_time.desc(), Run.uuid.desc()).limit(most)
    return _made_from(ModelVersion.run_uuid.in_(newest))


def _made_from(runs: ColumnElement[bool]) -> list[VersionRow]:
    query = queries.shown_versions().where(runs).order_by(ModelVersion.id.desc()).limit(100)
    return queries.versions_of(db.session.execute(query).all())


def of_ids(version_ids: Collection[int]) -> dict[int, VersionRow]:
    """Those of these versions that live and that the viewer may see, in one statement."""
    if not version_ids:
        return {}
    rows = db.session.execute(queries.shown_versions().where(queries.VERSION.id.in_(version_ids)))
    return {row.id: row for row in queries.versions_of(rows)}


def describe(
    name: str, number: int | str, description: str | None, *, actor: Actor, seen: str | None = None
) -> VersionRow:
    """Set the description. Raises `StaleState` when it is no longer the one that was `seen`."""
    check_description(description or "")
    access.check(name, Permission.MODELS_EDIT, actor)
    row = queries.version(name, number)
    if seen is not None and seen != (row.description or ""):
        raise StaleState(
            f"The description of version {row.number} was changed by somebody else in the meantime."
        )
    now = clock.now_ms()
    _DESCRIBE.run(version_id=row.id, text=description, now=now)
    if description != row.description:
        recorder.record(
            Kind.VERSION_DESCRIBED,
            actor=actor,
            model_id=row.model_id,
            version_id=row.id,
            before=row.description,
            after=description,
        )
    return row._replace(description=description, updated_at=now)


def delete(name: str, number: int | str, *, actor: Actor) -> None:
    """Hide the version and drop the aliases that point at it; its number is never given again."""
    access.check(name, Permission.MODELS_MANAGE, actor)
    row = queries.locked_version(name, number)
    now = clock.now_ms()
    _HIDE.run(version_id=row.id, now=now)
    stage_spans.end(row.id, now=now)
    model_lock.touch_model(row.model_id, now)
    if row.aliases:
        _DROP_ALIASES.run(version_id=row.id)
    about = {**recorder.by(actor), "model_id": row.model_id, "version_id": row.id, "before": str(row.number)}
    recorder.record_all(
        [
            *({"kind": Kind.ALIAS_REMOVED.value, "subject": alias, **about} for alias in row.aliases),
            {"kind": Kind.VERSION_DELETED.value, "subject": None, **about},
        ]
    )


def set_tag(name: str, number: int | str, key: str, value: str, *, actor: Actor) -> None:
    """Set a tag of the version, over an older value of that key. Raises `NotFound`, `InvalidParameter`."""
    check_model_name(name)
    version_number(number)
    check_tag(key, value)
    access.check(name, Permission.MODELS_EDIT, actor)
    row = queries.find_version(name, number)
    before = tags.put(VersionTag, {"version_id": row.id, "key": key}, value)
    if before != value:
        recorder.record(
            Kind.VERSION_TAG_SET,
            actor=actor,
            model_id=row.model_id,
            version_id=row.id,
            subject=key,
            before=before,
            after=value,
        )


def remove_tag(name: str, number: int | str, key: str, *, actor: Actor) -> None:
    """Remove a tag of the version; that there is none is no error. Raises `NotFound`, `InvalidParameter`."""
    check_model_name(name)
    version_number(number)
    check_key(key)
    access.check(name, Permission.MODELS_EDIT, actor)
    row = queries.find_version(name, number)
    before = tags.take(VersionTag, {"version_id": row.id, "key": key})
    if before is not None:
        recorder.record(
            Kind.VERSION_TAG_REMOVED,
            actor=actor,
            model_id=row.model_id,
            version_id=row.id,
            subject=key,
            before=before,
        )


def download_uri(row: VersionRow) -> str:
    """The address that clients load the version from."""
    return row.location or row.source


def _reserve_number(name: str, now: int) -> tuple[int, int]:
    # One statement reads the counter and raises it: nobody can come between.
    row = _RESERVE.first(of_name=name, now=now)
    if row is None:
        raise ModelNotFound(name)
    return row[0], row[1]
