"""Creates, finds, changes, deletes and restores runs. What they log is in `metrics`, `params` and `tags`."""

import functools
import uuid as uuids
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    Executable,
    Select,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.core.mlflow_tags import RUN_NAME
from app.db.json_aggregates import read_pairs, write_pairs
from app.db.statements import Statement, each_of, narrow
from app.db.transactions import upsert
from app.search import plan
from app.search.strategy import unindexed
from app.search.tree import Node
from app.tracking import access, artifact_locations, experiments, names, run_children, run_names
from app.tracking.access import ActorLookup
from app.tracking.errors import (
    RunIsDeleted,
    RunNamesDiffer,
    RunNotFound,
    TooManyExperiments,
    UnknownRunStatus,
)
from app.tracking.run_children import MetricRow
from app.tracking.search_fields import RUNS, View
from app.tracking.tables import STATUSES, DatasetInput, Run, RunModel, RunTag

MAX_EXPERIMENTS = 20_000  # as many ids as a statement holds on every database, with room for a filter
MAX_EXPERIMENTS_CACHED = (
    20  # as many of them as a statement may have to be kept for the next search of the same
)

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


_THIS = RUN.uuid == bindparam("uuid")
_FIND = Statement(select(*COLUMNS).where(_THIS), RunRow, visible_to=access.readers_of(RUN.experiment_id))
_TO_WRITE = ActorLookup(select(*COLUMNS).where(_THIS), RUN.experiment_id, RunRow)
_HAS_DATASETS = exists().where(DatasetInput.__table__.c.run_id == RUN.id)
_HAS_MODELS = exists().where(RunModel.__table__.c.run_id == RUN.id)
_LOGGED = (run_children.PARAMS, run_children.TAGS, or_(_HAS_DATASETS, _HAS_MODELS).label("has_inputs"))
_DETAILS = Statement(select(*COLUMNS, *_LOGGED).where(_THIS), visible_to=access.readers_of(RUN.experiment_id))
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
    .returning(*COLUMNS),
    RunRow,
)
_INSERT = Statement(
    insert(Run.__table__).returning(RUN.id), columns=tuple(column.name for column in COLUMNS[1:])
)
_SET_DELETED = update(Run.__table__).values(deleted_at=bindparam("moment")).returning(*COLUMNS)
_SET_DELETED = _SET_DELETED.where(RUN.uuid == bindparam("uuid_is"))
_DELETE = Statement(_SET_DELETED.where(RUN.deleted_at.is_(None)), RunRow)
_RESTORE = Statement(_SET_DELETED.where(RUN.deleted_at.is_not(None)), RunRow)


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


def _upsert_tag() -> Executable:
    statement = upsert(RunTag.__table__)
    return statement.on_conflict_do_update(
        index_elements=["run_id", "key"], set_={"value": statement.excluded.value}
    )


_WRITE_TAGS = Statement(_upsert_tag, columns=("run_id", "key", "value"))


def find_or_none(uuid: str) -> RunRow | None:
    """Returns the run of that id, deleted or not, or None."""
    return _FIND.first(uuid=uuid)


def find(uuid: str) -> RunRow:
    """Returns the run of that id, deleted or not. Raises `RunNotFound`."""
    run = find_or_none(uuid)
    if run is None:
        raise RunNotFound(uuid)
    return run


def writable(uuid: str, *, actor: Actor) -> RunRow:
    """Returns the run of that id, if the actor can log to it.

    Raises `RunNotFound`, `PermissionDenied`, or `RunIsDeleted`.
    """
    run = _TO_WRITE.first(Permission.EXPERIMENTS_EDIT, actor, f"run {uuid}", uuid=uuid)
    if run is None:
        raise RunNotFound(uuid)
    if run.deleted_at is not None:
        raise RunIsDeleted(uuid)
    return run


def details(uuid: str) -> RunDetails:
    """Returns the run with all it logged, newest points only. Raises `RunNotFound`."""
    found = _DETAILS.first(uuid=uuid)
    if found is None:
        raise RunNotFound(uuid)
    metrics = run_children.metrics_of_one(found.id)
    return RunDetails(
        narrow(found, RunRow), metrics, found.params_json, found.tags_json, bool(found.has_inputs)
    )


def with_details(runs: Sequence[RunRow]) -> list[RunDetails]:
    """Returns these runs with what they logged, in two statements however many runs."""
    if not runs:
        return []
    ids = [run.id for run in runs]
    metrics = run_children.metrics_of(ids)
    logged = {row.id: row for row in _LOGGED_OF_MANY.rows(run_ids=orjson.dumps(ids).decode())}
    return [
        RunDetails(run, metrics[run.id], row.params_json, row.tags_json, row.has_inputs)
        for run in runs
        for row in (logged[run.id],)
    ]


def search(
    experiment_ids: Sequence[int],
    *,
    filter: str | Node | None = "",
    order_by: Sequence[str] = (),
    view: View = View.ACTIVE,
    max_results: int = 1000,
    page_token: str | None = None,
) -> tuple[list[RunDetails], str | None]:
    """Returns a page of the runs of some experiments with what they logged, and the token of the next page.

    Raises what `search_rows` does.
    """
    rows, token = search_rows(
        experiment_ids,
        filter=filter,
        order_by=order_by,
        view=view,
        max_results=max_results,
        page_token=page_token,
    )
    return with_details(rows), token


def search_rows(
    experiment_ids: Sequence[int],
    *,
    filter: str | Node | None = "",
    order_by: Sequence[str] = (),
    view: View = View.ACTIVE,
    max_results: int = 1000,
    page_token: str | None = None,
) -> tuple[list[RunRow], str | None]:
    """Returns what `search` does without what the runs logged.

    Experiments that the viewer may not read are left out, as are those that do not exist.
    Raises `TooManyExperiments`, or `InvalidParameter` (see `app.search`).
    """
    if len(experiment_ids) > MAX_EXPERIMENTS:
        raise TooManyExperiments(MAX_EXPERIMENTS)
    # The token is for what was asked, not for what the viewer may read of it: that can change between pages.
    page = plan(
        RUNS,
        filter=filter,
        order_by=order_by,
        page_token=page_token,
        max_results=max_results,
        scope=[view.value, *sorted(set(experiment_ids))],
    )
    ids = access.readable(experiment_ids)
    if not ids:
        return [], None
    select_runs = _select_runs if len(ids) <= MAX_EXPERIMENTS_CACHED else _select_runs.__wrapped__
    statement, sought = select_runs(tuple(ids), view)
    return page.fetch(statement, RunRow, sought=sought)


@functools.lru_cache(maxsize=128)
def _select_runs(experiment_ids: tuple[int, ...], view: View) -> tuple[Select[Any], Select[Any]]:
    """Returns a select of the runs of the experiments, and the same for a search that finds runs by their values."""
    living = select(*COLUMNS).where(view.condition(RUN.deleted_at))
    by_value = living.where(unindexed(RUN.experiment_id).in_(experiment_ids))
    return living.where(RUN.experiment_id.in_(experiment_ids)), by_value


def create(
    experiment_id: int,
    *,
    name: str = "",
    user_id: str = "",
    start_time: int = 0,
    tags: Mapping[str, str] | None = None,
    actor: Actor,
) -> RunDetails:
    """Starts a run. One without a name gets one.

    Raises `ExperimentNotFound`, `PermissionDenied`, `ExperimentIsDeleted`, `RunNamesDiffer`, or
    `InvalidParameter` for a key that is too long.
    """
    location = experiments.location_for_writing(experiment_id, actor=actor)
    tags = dict(tags or {})
    for key in tags:
        names.check_length("key", names.MAX_KEY_LENGTH, key)
    tagged = tags.get(RUN_NAME, "")
    if name and tagged and name != tagged:
        raise RunNamesDiffer(name, RUN_NAME, tagged)
    tags[RUN_NAME] = name or tagged or run_names.invent()
    uuid = uuids.uuid4().hex
    run = RunRow(
        id=0,  # the database gives it
        uuid=uuid,
        experiment_id=experiment_id,
        name=tags[RUN_NAME],
        user_id=user_id,
        status="RUNNING",
        start_time=start_time,
        end_time=None,
        artifact_uri=artifact_locations.below(location, uuid, "artifacts"),
        created_by=actor.name,
        deleted_at=None,
    )
    values = run._asdict()
    del values["id"]
    run = run._replace(id=_INSERT.scalar(**values))
    write_tags(run.id, tags)
    return RunDetails(run, [], None, write_pairs(tags), has_inputs=False)


def change(
    uuid: str,
    *,
    status: str | None = None,
    end_time: int | None = None,
    name: str | None = None,
    actor: Actor,
) -> RunRow:
    """Sets what is given and leaves the rest; an empty name is none. Returns the run as it is now.

    Raises `RunNotFound`, `PermissionDenied`, `RunIsDeleted`, or `UnknownRunStatus`.
    """
    access.check_run(uuid, Permission.EXPERIMENTS_EDIT, actor)
    if status is not None and status not in STATUSES:
        raise UnknownRunStatus(status, STATUSES)
    run = _CHANGE.first(uuid_is=uuid, new_status=status, new_end_time=end_time, new_name=name or None)
    if run is None:
        return writable(uuid, actor=actor)  # which says why not
    if name:
        write_tags(run.id, {RUN_NAME: name})
    return run


def write_tags(run_id: int, tags: Mapping[str, str]) -> None:
    """Writes checked tags to the run, replacing older values of their keys."""
    # In one order everywhere, so that two who write the same keys at once wait and do not deadlock.
    rows = [{"run_id": run_id, "key": key, "value": value} for key, value in sorted(tags.items())]
    _WRITE_TAGS.run_many(rows)


def delete(uuid: str, *, actor: Actor) -> None:
    """Hides the run; doing it twice does no harm. Raises `RunNotFound`, `PermissionDenied`."""
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
    """Brings back a deleted run; doing it twice does no harm. Raises `RunNotFound`, `PermissionDenied`."""
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


def _set_deleted(statement: Statement[RunRow], uuid: str, moment: int | None) -> RunRow | None:
    """Returns the run that was changed, or None where it was so already. Raises `RunNotFound`."""
    run = statement.first(uuid_is=uuid, moment=moment)
    if run is None:
        find(uuid)
    return run
