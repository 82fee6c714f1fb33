"""Reads the history of metrics: a page of one, or many runs' at once."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import BigInteger, Select, bindparam, select, tuple_

from app.db.statements import Statement, each_of
from app.tracking import access
from app.tracking.errors import InvalidPageSize, InvalidPageToken, UnreadablePageToken
from app.tracking.run_children import MetricRow
from app.tracking.tables import Metric, MetricPoint, Run

RUN = Run.__table__.c
METRIC = Metric.__table__.c
POINT = MetricPoint.__table__.c
BY_TIME = (POINT.timestamp, POINT.step, POINT.value, POINT.is_nan)

_LAST = 2**63 - 1  # as how many rows to read


class RunMetricRow(NamedTuple):
    """A point of a metric and the run that logged it."""

    run_uuid: str
    point: MetricRow


class _Point(NamedTuple):
    timestamp: int
    step: int
    value: float
    is_nan: bool


class _PointOfRun(NamedTuple):
    uuid: str
    timestamp: int
    step: int
    value: float
    is_nan: bool


_METRIC_ID = select(METRIC.id).where(METRIC.run_id == bindparam("run_id"), METRIC.key == bindparam("key"))
_POINTS = (
    select(*BY_TIME)
    .where(POINT.metric_id == _METRIC_ID.scalar_subquery())
    .order_by(*BY_TIME)
    .limit(bindparam("row_limit", type_=BigInteger))
)
_AFTER = tuple_(*(bindparam(f"after_{column.name}", type_=column.type) for column in BY_TIME))
_FIRST_PAGE = Statement(_POINTS, _Point)
_NEXT_PAGE = Statement(_POINTS.where(tuple_(*BY_TIME) > _AFTER), _Point)


def _points_of_runs() -> Select[Any]:
    return (
        select(RUN.uuid, *BY_TIME)
        .join(Metric.__table__, METRIC.run_id == RUN.id)
        .join(MetricPoint.__table__, POINT.metric_id == METRIC.id)
        .where(RUN.uuid.in_(each_of("run_uuids", str)), METRIC.key == bindparam("key"))
    )


_OF_RUNS = Statement(
    lambda: _points_of_runs().order_by(RUN.uuid, *BY_TIME).limit(bindparam("row_limit", type_=BigInteger)),
    _PointOfRun,
    visible_to=access.list_readers_of(RUN.experiment_id),
)


def history(
    run_id: int, key: str, *, max_results: int | None = None, page_token: str | None = None
) -> tuple[list[MetricRow], str | None]:
    """Returns a page of a metric's points by time, and the token of the next page.

    Without `max_results` the page holds all points. Raises `InvalidPageSize`, `UnreadablePageToken`,
    `InvalidPageToken`.
    """
    if max_results is not None and max_results <= 0:
        raise InvalidPageSize(max_results)
    row_limit = _LAST if max_results is None else max_results + 1
    if page_token:
        points = _NEXT_PAGE.rows(run_id=run_id, key=key, row_limit=row_limit, **_read_token(page_token))
    else:
        points = _FIRST_PAGE.rows(run_id=run_id, key=key, row_limit=row_limit)
    token = None
    if max_results is not None and len(points) > max_results:
        points = points[:max_results]
        token = _write_token(points[-1])
    return [_metric(key, point) for point in points], token


def of_runs(run_uuids: Sequence[str], key: str, *, max_results: int) -> list[RunMetricRow]:
    """Returns the first points of a metric of many runs, by run and time.

    Runs that do not exist, or that the viewer may not read, are left out.
    """
    points = _OF_RUNS.rows(run_uuids=_array(run_uuids), key=key, row_limit=max_results)
    return [RunMetricRow(point.uuid, _metric(key, point)) for point in points]


def _array(run_uuids: Sequence[str]) -> str:
    return orjson.dumps(list(set(run_uuids))).decode()


def _metric(key: str, point: _Point | _PointOfRun) -> MetricRow:
    return MetricRow(key, float("nan") if point.is_nan else point.value, point.timestamp, point.step)


def _write_token(point: _Point) -> str:
    content = [point.timestamp, point.step, point.value, bool(point.is_nan)]
    return urlsafe_b64encode(json.dumps(content).encode()).decode()


def _read_token(token: str) -> dict[str, Any]:
    """Returns the parameters of a page after the token's point."""
    try:
        timestamp, step, value, is_nan = json.loads(urlsafe_b64decode(token.encode()))
    except (binascii.Error, ValueError, TypeError) as error:
        raise UnreadablePageToken() from error
    whole = all(isinstance(number, int) and abs(number) < 2**63 for number in (timestamp, step))
    if not whole or not isinstance(value, float) or not isinstance(is_nan, bool):
        raise InvalidPageToken()
    return {
        "after_timestamp": timestamp,
        "after_step": step,
        "after_value": value,
        "after_is_nan": is_nan,
    }
