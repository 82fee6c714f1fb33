"""The history of metrics: a page of one, many runs' at once, or a sample for a chart."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Select, func, or_, select, tuple_

from app.authz import access_queries
from app.core.errors import InvalidParameter
from app.db.transactions import db
from app.tracking.run_children import MetricRow
from app.tracking.tables import Metric, MetricPoint, Run

ORDER = (MetricPoint.timestamp, MetricPoint.step, MetricPoint.value, MetricPoint.is_nan)


class RunMetricRow(NamedTuple):
    """A point of a metric and the run that logged it."""

    run_uuid: str
    point: MetricRow


def history(
    run_id: int, key: str, *, max_results: int | None = None, page_token: str | None = None
) -> tuple[list[MetricRow], str | None]:
    """A page of a metric's points by time, and the token of the next page; all of them without `max_results`.

    Raises `InvalidParameter` for a token that is none and for a page of less than one.
    """
    if max_results is not None and max_results <= 0:
        raise InvalidParameter(
            f"Invalid value {max_results} for parameter 'max_results' supplied. It must be a positive integer."
        )
    metric_id = select(Metric.id).where(Metric.run_id == run_id, Metric.key == key).scalar_subquery()
    query = select(*ORDER).where(MetricPoint.metric_id == metric_id).order_by(*ORDER)
    if page_token:
        query = query.where(tuple_(*ORDER) > tuple_(*_read_token(page_token)))
    if max_results is not None:
        query = query.limit(max_results + 1)
    rows = db.session.execute(query).all()
    token = None
    if max_results is not None and len(rows) > max_results:
        rows = rows[:max_results]
        token = _write_token(rows[-1])
    return [_metric(key, *row) for row in rows], token


def of_runs(run_uuids: Sequence[str], key: str, *, max_results: int) -> list[RunMetricRow]:
    """The first points of a metric of many runs, by run and time.

    Runs that are not there, or that the viewer may not read, are passed over.
    """
    query = _points_of(run_uuids, key).order_by(Run.uuid, *ORDER).limit(max_results)
    return [RunMetricRow(uuid, _metric(key, *point)) for uuid, *point in db.session.execute(query)]


def sampled(
    run_uuids: Sequence[str], key: str, *, max_results: int, steps: tuple[int, int] | None = None
) -> list[RunMetricRow]:
    """At most `max_results` points a run, spread evenly over its history by step, the last one among them.

    `steps` bounds the history, both ends included. The runs are in the order given, without those that
    are not there or that the viewer may not read.
    """
    by_step = (MetricPoint.step, MetricPoint.timestamp, MetricPoint.value, MetricPoint.is_nan)
    query = _points_of(run_uuids, key)
    if steps is not None:
        query = query.where(MetricPoint.step.between(*steps))
    part = {"partition_by": MetricPoint.metric_id}
    spread = query.add_columns(
        func.ntile(max_results).over(order_by=by_step, **part).label("bucket"),
        func.row_number().over(order_by=[column.desc() for column in by_step], **part).label("from_end"),
        func.row_number().over(order_by=by_step, **part).label("place"),
    ).subquery()
    first = func.row_number().over(partition_by=(spread.c.uuid, spread.c.bucket), order_by=spread.c.place)
    marked = select(spread, first.label("first")).subquery()
    chosen = select(marked.c.uuid, marked.c.timestamp, marked.c.step, marked.c.value, marked.c.is_nan)
    chosen = chosen.where(or_(marked.c.first == 1, marked.c.from_end == 1)).order_by(marked.c.place)
    found: dict[str, list[RunMetricRow]] = {uuid: [] for uuid in run_uuids}
    for uuid, *point in db.session.execute(chosen):
        found[uuid].append(RunMetricRow(uuid, _metric(key, *point)))
    return [row for uuid in run_uuids for row in _with_room_for_last(found[uuid], max_results)]


def _with_room_for_last(rows: list[RunMetricRow], most: int) -> list[RunMetricRow]:
    return [*rows[: most - 1], rows[-1]] if len(rows) > most else rows


def _points_of(run_uuids: Sequence[str], key: str) -> Select:
    query = select(Run.uuid, *ORDER).join(Metric, Metric.run_id == Run.id)
    query = query.join(MetricPoint, MetricPoint.metric_id == Metric.id)
    query = query.where(Run.uuid.in_(set(run_uuids)), Metric.key == key)
    return query.where(*access_queries.listed(access_queries.EXPERIMENTS, Run.__table__.c.experiment_id))


def _metric(key: str, timestamp: int, step: int, value: float, is_nan: bool) -> MetricRow:
    return MetricRow(key, float("nan") if is_nan else value, timestamp, step)


def _write_token(row: Sequence) -> str:
    return urlsafe_b64encode(json.dumps(list(row)).encode()).decode()


def _read_token(token: str) -> tuple[int, int, float, bool]:
    try:
        timestamp, step, value, is_nan = json.loads(urlsafe_b64decode(token.encode()))
    except (binascii.Error, ValueError, TypeError) as error:
        raise InvalidParameter("Invalid page token, could not base64-decode") from error
    whole = all(isinstance(number, int) and abs(number) < 2**63 for number in (timestamp, step))
    if not whole or not isinstance(value, float) or not isinstance(is_nan, bool):
        raise InvalidParameter("Invalid page token")
    return timestamp, step, value, is_nan
