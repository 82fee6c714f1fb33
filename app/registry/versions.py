"""Model versions: create, find, describe, tag, delete."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Integer, Select, bindparam, insert, literal_column, select, update
from sqlalchemy import delete as sql_delete

from app import manifests
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz import access_queries
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.core.ids import LoggedModelId, RegisteredModelId
from app.core.mlflow_tags import DIGEST
from app.db.json_aggregates import write_pairs
from app.db.statements import Statement, each_of
from app.registry import access, alias_spans, model_lock, prompts, queries, sources, stage_spans, tags
from app.registry.errors import ModelNotFound, VersionDescriptionChanged
from app.registry.files import placement
from app.registry.names import check_description, check_model_name, check_tag, check_tag_key, version_number
from app.registry.queries import VersionRow
from app.registry.tables import NONE, NONE_ID, Alias, ModelVersion, RegisteredModel, VersionTag
from app.search import plan
from app.search.tree import Node
from app.tracking.logged_models import models
from app.tracking.tables import Run

get = queries.version

MAX_NUMBER = 2**31 - 1  # what the column holds
MAX_MADE_FROM = 100


class _Reserved(NamedTuple):
    """The number that a new version of a model gets."""

    model_id: RegisteredModelId
    number: int


_MODELS = RegisteredModel.__table__
_RESERVE = Statement(
    update(_MODELS)
    .where(queries.MODEL.name == bindparam("of_name"), queries.MODEL.deleted_at.is_(None))
    .values(next_version=queries.MODEL.next_version + literal_column("1"), updated_at=bindparam("now"))
    .returning(
        queries.MODEL.id.label("model_id"),
        (queries.MODEL.next_version - literal_column("1")).label("number"),
    ),
    _Reserved,
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
        "run_claimed",
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
_OF_MODEL = queries.viewed(
    queries.select_versions()
    .where(queries.VERSION.model_id == bindparam("model_id"), queries.VERSION.number < bindparam("below"))
    .order_by(queries.VERSION.number.desc())
    .limit(bindparam("most", type_=Integer)),
    VersionRow,
)
_MADE_FROM = (
    queries.select_versions().order_by(queries.VERSION.id.desc()).limit(literal_column(str(MAX_MADE_FROM)))
)
_OF_RUN = queries.viewed(_MADE_FROM.where(queries.VERSION.run_uuid == bindparam("run_uuid")), VersionRow)
_RUN = Run.__table__.c
_OF_NEWEST_RUNS = queries.viewed(
    _MADE_FROM.where(
        queries.VERSION.run_uuid.in_(
            select(_RUN.uuid)
            .where(_RUN.experiment_id == bindparam("experiment_id"), _RUN.deleted_at.is_(None))
            .order_by(_RUN.start_time.desc(), _RUN.uuid)
            .limit(bindparam("most_runs", type_=Integer))
        )
    ),
    VersionRow,
)


def _of_ids() -> Select[Any]:
    return queries.select_versions().where(queries.VERSION.id.in_(each_of("version_ids", int)))


_OF_IDS = Statement(_of_ids, VersionRow, visible_to=access_queries.MODELS.readers_of(queries.MODEL.id))
_INSERT_TAG = Statement(insert(VersionTag.__table__), columns=("version_id", "key", "value"))


def create(
    name: str,
    source: str,
    *,
    run_uuid: str | None = None,
    run_link: str | None = None,
    logged_model: LoggedModelId | None = None,
    description: str | None = None,
    tags: Mapping[str, str] | None = None,
    actor: Actor,
) -> VersionRow:
    """Creates the next version of a model from `source`, which is checked and resolved by `app.registry.sources`.

    Numbers are given once: 64 who create at the same time get 64 numbers, and a deleted version's
    number does not come back. Raises `ModelNotFound`, and `InvalidParameter` for the rest.
    """
    check_model_name(name)
    check_description(description or "")
    # A client that copies a version sends the tags of the other along.
    tags = {key: value for key, value in (tags or {}).items() if key != DIGEST}
    for pair in tags.items():
        check_tag(*pair)
    access.check(name, Permission.MODELS_EDIT, actor)
    resolved = sources.resolve(source, run_uuid=run_uuid, logged_model=logged_model, tags=tags)
    resolved = placement.hold(resolved, actor)
    now = clock.now_ms()
    model_id, number = _reserve_number(name, now)
    version_id = _INSERT.scalar(
        model_id=model_id,
        number=number,
        stage_id=NONE_ID,
        description=description,
        source=resolved.source,
        location=resolved.location,
        storage=resolved.storage,
        run_uuid=resolved.run_uuid,
        run_claimed=resolved.run_claimed,
        run_link=run_link,
        logged_model=resolved.logged_model,
        created_at=now,
        updated_at=now,
        created_by=actor.name,
    )
    if tags:
        rows = [{"version_id": version_id, "key": key, "value": value} for key, value in tags.items()]
        _INSERT_TAG.run_many(rows)
    digest = manifests.begin(
        version_id,
        resolved.storage,
        has_files=not prompts.is_marked(tags),
        copy_of=resolved.copy_of,
        copied_from=resolved.copied_from,
    )
    if digest is not None:
        tags[DIGEST] = digest
    stage_spans.begin(model_id, version_id, NONE_ID, now=now, actor=actor)
    recorder.record(
        Kind.VERSION_CREATED, actor=actor, model_id=model_id, version_id=version_id, after=str(number)
    )
    if resolved.logged_model:
        models.note_version(resolved.logged_model, name, number, actor=actor)
    return VersionRow(
        id=version_id,
        model_id=model_id,
        name=name,
        number=number,
        stage=NONE,
        description=description,
        source=resolved.source,
        location=resolved.location,
        storage=resolved.storage,
        run_uuid=resolved.run_uuid,
        run_link=run_link,
        logged_model=resolved.logged_model,
        status="READY",
        status_message=None,
        created_at=now,
        updated_at=now,
        created_by=actor.name,
        tags_json=write_pairs(tags),
        aliases_json=None,
    )


def search(
    *,
    filter: str | Node | None = "",
    order_by: Sequence[str] = (),
    max_results: int = 10_000,
    page_token: str | None = None,
) -> tuple[list[VersionRow], str | None]:
    """Returns a page of versions of any model and the token of the next page.

    Raises `InvalidParameter` (see `app.search`).
    """
    from app.registry.search_fields import VERSIONS

    page = plan(VERSIONS, filter=filter, order_by=order_by, page_token=page_token, max_results=max_results)
    return page.fetch(queries.shown_versions(), VersionRow)


def of_model(
    name: str, *, max_results: int = 25, below: int | None = None
) -> tuple[list[VersionRow], int | None]:
    """Returns a page of a model's versions, newest number first, and the number below which the next page starts."""
    start = MAX_NUMBER if below is None else min(below, MAX_NUMBER)
    rows = _OF_MODEL.rows(model_id=queries.model_id(name), below=start, most=max_results + 1)
    shown = rows[:max_results]
    return shown, (shown[-1].number if len(rows) > max_results else None)


def of_run(run_uuid: str) -> list[VersionRow]:
    """Returns the living versions that were made from a run, newest first, at most `MAX_MADE_FROM`."""
    return _OF_RUN.rows(run_uuid=run_uuid)


def of_newest_runs(experiment_id: int, most: int) -> list[VersionRow]:
    """Returns the same of the newest active runs, at most so many, of an experiment that the viewer may read."""
    return _OF_NEWEST_RUNS.rows(experiment_id=experiment_id, most_runs=most)


def of_ids(version_ids: Collection[int]) -> dict[int, VersionRow]:
    """Returns those of these versions that live and that the viewer may see, in one statement."""
    if not version_ids:
        return {}
    rows = _OF_IDS.rows(version_ids=orjson.dumps(list(version_ids)).decode())
    return {row.id: row for row in rows}


def describe(
    name: str, number: int | str, description: str | None, *, actor: Actor, seen: str | None = None
) -> VersionRow:
    """Sets the description. Raises `VersionDescriptionChanged` when it is no longer the one that was `seen`."""
    check_description(description or "")
    access.check(name, Permission.MODELS_EDIT, actor)
    row = queries.locked_version(name, number)
    if seen is not None and seen != (row.description or ""):
        raise VersionDescriptionChanged(name, row.number)
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
    """Hides the version and drops the aliases that point at it; its number is not used again.

    Asks no rule of a stage: doors call `app.stages.model_names.delete_version`.
    """
    access.check(name, Permission.MODELS_MANAGE, actor)
    row = queries.locked_version(name, number)
    now = clock.now_ms()
    _HIDE.run(version_id=row.id, now=now)
    stage_spans.end(row.id, now=now)
    model_lock.touch_model(row.model_id, now)
    if row.aliases:
        _DROP_ALIASES.run(version_id=row.id)
        alias_spans.end_of_version(row.model_id, row.id, now=now)
    about = {**recorder.by(actor), "model_id": row.model_id, "version_id": row.id, "before": str(row.number)}
    recorder.record_all(
        [
            *({"kind": Kind.ALIAS_REMOVED.value, "subject": alias, **about} for alias in row.aliases),
            {"kind": Kind.VERSION_DELETED.value, "subject": None, **about},
        ]
    )


def set_tag(name: str, number: int | str, key: str, value: str, *, actor: Actor) -> None:
    """Sets a tag of the version, over an older value of that key. Raises `NotFound`, `InvalidParameter`."""
    check_model_name(name)
    version_number(number)
    check_tag(key, value)
    access.check(name, Permission.MODELS_EDIT, actor)
    row = queries.version_keys(name, number)
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
    """Removes a tag of the version, if it has it. Raises `NotFound`, `InvalidParameter`."""
    check_model_name(name)
    version_number(number)
    check_tag_key(key)
    access.check(name, Permission.MODELS_EDIT, actor)
    row = queries.version_keys(name, number)
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
    """Returns the address that clients load the version from."""
    return row.location or row.source


def _reserve_number(name: str, now: int) -> _Reserved:
    # One statement reads the counter and raises it: nobody can come between.
    reserved = _RESERVE.first(of_name=name, now=now)
    if reserved is None:
        raise ModelNotFound(name)
    return reserved
