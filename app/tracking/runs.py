"""Runs: make, find, change, delete and restore. What they log is in `metrics`, `params` and `tags`."""

import functools
import uuid as uuids
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Select, bindparam, exists, func, insert, select, update

from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.core.errors import InvalidParameter
from app.core.mlflow_tags import RUN_NAME
from app.db.json_aggregates import read_pairs, write_pairs
from app.db.statements import Statement, each_of
from app.db.transactions import db, upsert
from app.search import plan
from app.search.tree import Node
from app.tracking import access, artifact_locations, experiments, names, run_children, run_names
from app.tracking.access import Asked
from app.tracking.run_children import MetricRow
from app.tracking.search_fields import RUNS, View
from app.tracking.tables import STATUSES, DatasetInput, Run, RunModel, RunTag

MOST_EXPERIMENTS = 20_000  # as many ids as a statement holds on every database, with room for a filter
MOST_KEPT = 20  # as many of them as a statement may have to be kept for the next search of the same

# Tables, not mapped classes: rows are read as they are, without the ORM's machinery in between.
RUN = Run.__table__.c

COLUMNS = (
    RUN.id,
    RUN.uuid,
    RUN.experiment_id,
    RUN.name,
    RUN.user_id,
    RUN.status,
    RUN.start_time,
    RUN.end_time,
    RUN.artifact_uri,
    RUN.created_by,
    RUN.deleted_at,
)

_UUID = bindparam("uuid")
_BY_UUID = select(*COLUMNS).where(RUN.uuid == _UUID)
_FIND = access.viewed(_BY_UUID, RUN.experiment_id)
_TO_WRITE = Asked(_BY_UUID, RUN.experiment_id)
_LOGGED = (
    run_children.PARAMS,
    run_children.TAGS,
    exists().where(DatasetInput.__table__.c.run_id == RUN.id)
    | exists().where(RunModel.__table__.c.run_id == RUN.id),
)
_DETAILS = access.viewed(select(*COLUMNS, *_LOGGED).where(RUN.uuid == _UUID), RUN.experiment_id)
_LOGGED_OF_MANY = Statement(lambda: select(RUN.id, *_LOGGED).where(RUN.id.in_(each_of("run_ids", int))))
_CHANGE = Statement(
    update(Run.__table__)
    .where(RUN.uuid == bindparam("uuid_is"), RUN.deleted_at.is_(None))
    .values(
        {
            column: func.coalesce(bindparam(f"new_{column.name}", type_=column.type), column)
            for column in (RUN.status, RUN.end_time, RUN.name)
        }
    )
    .returning(*COLUMNS)
)
_INSERT = Statement(
    insert(Run.__table__).returning(RUN.id), columns=tuple(column.name for column in COLUMNS[1:])
)
_SET_DELETED = update(Run.__table__).values(deleted_at=bindparam("moment")).returning(*COLUMNS)
_SET_DELETED = _SET_DELETED.where(RUN.uuid == bindparam("uuid_is"))
_DELETE = Statement(_SET_DELETED.where(RUN.deleted_at.is_(None)))
_RESTORE = Statement(_SET_DELETED.where(RUN.deleted_at.is_not(None)))


class RunRow(NamedTuple):
    """A run as it is shown; times in milliseconds."""

    id: int
    uuid: str
    experiment_id: int
    name: str
    user_id: str
    status: str
    start_time: int
    end_time: int | None
    artifact_uri: str
    created_by: str
    deleted_at: int | None

    @property
    def lifecycle(self) -> str:
        """`active` or `deleted`."""
        return "active" if self.deleted_at is None else "deleted"


class RunDetails(NamedTuple):
    """A run with the newest point of each metric, its parameters and its tags as `app.db.json_aggregates` has them.

    `has_inputs` is false where `app.tracking.inputs` is known to have nothing about the run.
    """

    run: RunRow
    metrics: list[MetricRow]
    params_json: str | None
    tags_json: str | None
    has_inputs: bool

    @property
    def params(self) -> dict[str, str]:
        """The parameters by their keys."""
        return read_pairs(self.params_json)

    @property
    def tags(self) -> dict[str, str]:
        """The tags by their keys."""
        return read_pairs(self.tags_json)


def find_or_none(uuid: str) -> RunRow | None:
    """The run of that id, deleted or not, or None."""
    row = _FIND.first(uuid=uuid)
    return RunRow(*row) if row else None


def find(uuid: str) -> RunRow:
    """The run of that id, deleted or not. Raises `NotFound`."""
    row = find_or_none(uuid)
    if row is None:
        raise access.unknown_run(uuid)
    return row


def writable(uuid: str, *, actor: Actor) -> RunRow:
    """The run of that id, if the actor can log to it.

    Raises `NotFound`, `PermissionDenied`, or `InvalidParameter` for a deleted one.
    """
    found = _TO_WRITE.first(Permission.EXPERIMENTS_EDIT, actor, f"run {uuid}", uuid=uuid)
    if found is None:
        raise access.unknown_run(uuid)
    row = RunRow(*found)
    if row.deleted_at is not None:
        raise InvalidParameter(
            f"The run {uuid} must be in the 'active' state. Current state is {row.lifecycle}."
        )
    return row


def details(uuid: str) -> RunDetails:
    """The run with all it logged, newest points only. Raises `NotFound`."""
    found = _DETAILS.first(uuid=uuid)
    if found is None:
        raise access.unknown_run(uuid)
    *row, params, tags, has_inputs = found
    run = RunRow(*row)
    return RunDetails(run, run_children.metrics_of_one(run.id), params, tags, bool(has_inputs))


def with_details(rows: Sequence[RunRow]) -> list[RunDetails]:
    """These runs with what they logged, in two statements however many runs."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    metrics = run_children.metrics_of(ids)
    logged = {row[0]: row[1:] for row in _LOGGED_OF_MANY.rows(run_ids=orjson.dumps(ids).decode())}
    return [RunDetails(row, metrics[row.id], *logged[row.id]) for row in rows]


def search(
    experiment_ids: Sequence[int],
    *,
    filter: str | Node | None = "",
    order_by: Sequence[str] = (),
    view: View = View.ACTIVE,
    max_results: int = 1000,
    page_token: str | None = None,
) -> tuple[list[RunDetails], str | None]:
    """A page of the runs of some experiments and the token of the next page.

    Experiments that the viewer may not read are passed over like those that there are not.
    Raises `InvalidParameter` (see `app.search`), for too many experiments at once, too.
    """
    if len(experiment_ids) > MOST_EXPERIMENTS:
        raise InvalidParameter(f"A search can look at no more than {MOST_EXPERIMENTS} experiments at once.")
    # The token is for what was asked, not for what the viewer may read of it: that can change meanwhile.
    found = plan(
        RUNS,
        filter=filter,
        order_by=order_by,
        page_token=page_token,
        max_results=max_results,
        scope=[view.value, *sorted(set(experiment_ids))],
    )
    ids = access.readable(experiment_ids)
    select_these = _these if len(ids) <= MOST_KEPT else _these.__wrapped__
    rows, token = found.fetch(select_these(tuple(ids), view)) if ids else ([], None)
    return with_details([RunRow(*row) for row in rows]), token


@functools.lru_cache(maxsize=128)
def _these(experiment_ids: tuple[int, ...], view: View) -> Select:
    return select(*COLUMNS).where(RUN.experiment_id.in_(experiment_ids), view.condition(RUN.deleted_at))


def create(
    experiment_id: int,
    *,
    name: str = "",
    user_id: str = "",
    start_time: int = 0,
    tags: Mapping[str, str] | None = None,
    actor: Actor,
) -> RunDetails:
    """Start a run. One without a name gets one.

    Raises `NotFound`, `PermissionDenied`, or `InvalidParameter` for a deleted experiment, for a key that
    is too long and for two different names.
    """
    place = experiments.place_for_writing(experiment_id, actor=actor)
    tags = dict(tags or {})
    for key in tags:
        names.check_length("key", names.LONGEST_KEY, key)
    tagged = tags.get(RUN_NAME, "")
    if name and tagged and name != tagged:
        raise InvalidParameter(
            f"Both 'run_name' argument and '{RUN_NAME}' tag are specified, but with different values "
            f"(run_name='{name}', {RUN_NAME}='{tagged}')."
        )
    tags[RUN_NAME] = name or tagged or run_names.invent()
    uuid = uuids.uuid4().hex
    values = {
        "uuid": uuid,
        "experiment_id": experiment_id,
        "name": tags[RUN_NAME],
        "user_id": user_id,
        "status": "RUNNING",
        "start_time": start_time,
        "end_time": None,
        "artifact_uri": artifact_locations.below(place, uuid, "artifacts"),
        "created_by": actor.name,
        "deleted_at": None,
    }
    run_id = _INSERT.scalar(**values)
    write_tags(run_id, tags)
    return RunDetails(RunRow(id=run_id, **values), [], None, write_pairs(tags), has_inputs=False)


def change(
    uuid: str,
    *,
    status: str | None = None,
    end_time: int | None = None,
    name: str | None = None,
    actor: Actor,
) -> RunRow:
    """Set what is given and leave the rest; an empty name is none. The run as it is now.

    Raises `NotFound`, `PermissionDenied`, or `InvalidParameter` for a deleted run and for a status that
    there is not.
    """
    access.check_run(uuid, Permission.EXPERIMENTS_EDIT, actor)
    if status is not None and status not in STATUSES:
        raise InvalidParameter(f"Invalid status '{status}'; a run is one of {', '.join(STATUSES)}.")
    found = _CHANGE.first(uuid_is=uuid, new_status=status, new_end_time=end_time, new_name=name or None)
    if found is None:
        return writable(uuid, actor=actor)  # which says why not
    row = RunRow(*found)
    if name:
        write_tags(row.id, {RUN_NAME: name})
    return row


def write_tags(run_id: int, tags: Mapping[str, str]) -> None:
    """Write checked tags to the run, over older values of their keys."""
    # In one order everywhere, so that two who write the same keys at once wait and do not deadlock.
    rows = [{"run_id": run_id, "key": key, "value": value} for key, value in sorted(tags.items())]
    _write_tags(db.engine.dialect.name).run_many(rows)


@functools.cache
def _write_tags(_dialect: str) -> Statement:
    statement = upsert(RunTag.__table__)
    statement = statement.on_conflict_do_update(
        index_elements=["run_id", "key"], set_={"value": statement.excluded.value}
    )
    return Statement(statement, columns=("run_id", "key", "value"))


def delete(uuid: str, *, actor: Actor) -> None:
    """Hide the run; doing it twice does no harm. Raises `NotFound`, `PermissionDenied`."""
    access.check_run(uuid, Permission.EXPERIMENTS_MANAGE, actor)
    row = _set_deleted(_DELETE, uuid, clock.now_ms())
    if row is not None:
        recorder.record(
            Kind.RUN_DELETED,
            actor=actor,
            experiment_id=row.experiment_id,
            run_id=row.id,
            subject=uuid,
            before=row.name,
        )


def restore(uuid: str, *, actor: Actor) -> None:
    """Bring back a deleted run; doing it twice does no harm. Raises `NotFound`, `PermissionDenied`."""
    access.check_run(uuid, Permission.EXPERIMENTS_MANAGE, actor)
    row = _set_deleted(_RESTORE, uuid, None)
    if row is not None:
        recorder.record(
            Kind.RUN_RESTORED,
            actor=actor,
            experiment_id=row.experiment_id,
            run_id=row.id,
            subject=uuid,
            after=row.name,
        )


def _set_deleted(statement: Statement, uuid: str, moment: int | None) -> RunRow | None:
    """The run that was changed, None where it was so already. Raises `NotFound`."""
    row = statement.first(uuid_is=uuid, moment=moment)
    if row is None:
        find(uuid)
        return None
    return RunRow(*row)
