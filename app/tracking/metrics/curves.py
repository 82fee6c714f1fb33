"""Reads the curves of runs: their metrics that were logged more than once, thinned out for a picture.

A long history is cut into stretches of equally many points, and of each the least and the greatest value are kept, and
a point that is no finite number if there is one. So a spike stays, even of a single point among a million.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import BigInteger, Integer, and_, bindparam, cast, func, not_, select, tuple_

from app.core.numbers import LARGEST, is_finite
from app.db.statements import Statement
from app.tracking.metrics import series
from app.tracking.metrics.series import EVERY_STEP, LAST_STEP, Point, Series, Steps
from app.tracking.run_children import MetricRow
from app.tracking.tables import Metric, MetricPoint

METRIC = Metric.__table__.c
POINT = MetricPoint.__table__.c

MAX_READ_WHOLE = 2_000  # points; what is longer is thinned by the database, a stretch at a time
MAX_STRETCHES = 500  # that the database thins a history to

# The second point of a metric, looked for in the index: a history of a million points costs no more than two.
_SECOND = (
    select(POINT.step).where(POINT.metric_id == METRIC.id).limit(1).offset(1).correlate(Metric.__table__)
)
_KEYS = Statement(
    select(METRIC.key)
    .where(METRIC.run_id == bindparam("run_id"), _SECOND.scalar_subquery().is_not(None))
    .order_by(METRIC.key)
)

# A stretch is a part of the table's primary key, which is how the table lies on the disk: no sorting, no memory.
_BY_TIME = (POINT.timestamp, POINT.step, POINT.value, POINT.is_nan)
_AFTER = tuple_(*_BY_TIME) > tuple_(
    *(bindparam(f"after_{column.name}", type_=column.type) for column in _BY_TIME)
)
_UNTIL = tuple_(*_BY_TIME) <= tuple_(
    *(bindparam(f"until_{column.name}", type_=column.type) for column in _BY_TIME)
)
_OF_METRIC = and_(POINT.metric_id == bindparam("metric_id"), series.is_within_steps())
_FINITE = and_(not_(POINT.is_nan), POINT.value < LARGEST, POINT.value > -LARGEST)


def _one(*conditions) -> Statement[Point]:
    return Statement(select(*_BY_TIME).where(_OF_METRIC, *conditions).limit(1), Point)


class _Extremes(NamedTuple):
    least: float | None
    greatest: float | None
    has_nan: int | None


_SELECT_EXTREMES = select(
    func.min(POINT.value).label("least"),
    func.max(POINT.value).label("greatest"),
    func.max(cast(POINT.is_nan, Integer)).label("has_nan"),
).where(_OF_METRIC, _AFTER, _UNTIL)
_END = Statement(
    select(*_BY_TIME)
    .where(_OF_METRIC, _AFTER)
    .order_by(*_BY_TIME)
    .limit(1)
    .offset(bindparam("others", type_=BigInteger)),
    Point,
)
_LAST = Statement(
    select(*_BY_TIME).where(_OF_METRIC).order_by(*(column.desc() for column in _BY_TIME)).limit(1), Point
)
_EXTREMES = Statement(_SELECT_EXTREMES, _Extremes)
_FINITE_EXTREMES = Statement(_SELECT_EXTREMES.where(_FINITE), _Extremes)
_WITH_VALUE = _one(_AFTER, _UNTIL, POINT.value == bindparam("value"), not_(POINT.is_nan))
_NOT_FINITE = _one(_AFTER, _UNTIL, not_(_FINITE))
_BEGINNING = Point(-LAST_STEP - 1, -LAST_STEP - 1, -LARGEST, False)


class Curve(NamedTuple):
    """Points of a metric of a run by step, the first and the last among them, and how many it has in all."""

    run_uuid: str
    key: str
    points: list[MetricRow]
    total: int


def keys_of(run_id: int) -> list[str]:
    """Returns the metrics of this run that have more than one point."""
    return _KEYS.scalars(run_id=run_id)


def of_run(run_id: int, keys: Sequence[str], *, most: int) -> list[Curve]:
    """Returns the curves of these metrics, in their order, each of at most `most` points."""
    curves = {curve.key: curve for curve in _thinned(series.of_run(run_id, keys), EVERY_STEP, most)}
    return [curves[key] for key in keys if key in curves]


def of_runs(run_uuids: Sequence[str], key: str, *, most: int, steps: Steps = EVERY_STEP) -> list[Curve]:
    """Returns the curve of one metric in each of these runs, in their order, each of at most `most` points.

    `steps` bounds the histories, both ends included. Runs that do not exist, or that the viewer may not read, are left
    out.
    """
    histories = series.of_runs(run_uuids, key, steps)
    curves = {curve.run_uuid: curve for curve in _thinned(histories, steps, most)}
    return [curves[uuid] for uuid in dict.fromkeys(run_uuids) if uuid in curves]


def _thinned(histories: Sequence[Series], steps: Steps, most: int) -> Iterator[Curve]:
    longest = max(MAX_READ_WHOLE, 5 * most)
    for history, points in series.whole((one for one in histories if one.total <= longest), steps):
        yield _curve(history, _thin(points, most))
    for history in histories:
        if history.total > longest:
            yield _curve(history, _thin(sorted(_extremes_of(history, steps, most), key=_by_step), most))


def _curve(history: Series, points: Sequence[Point]) -> Curve:
    return Curve(history.run_uuid, history.key, [point.of(history.key) for point in points], history.total)


def _by_step(point: Point) -> tuple[int, int, float, bool]:
    return point.by_step


def _thin(points: list[Point], most: int) -> list[Point]:
    """Returns at most `most` of these points: the extremes of each stretch, and the first and last of all."""
    if len(points) <= most:
        return points
    kept = {0, len(points) - 1}
    kept_of_each = 2 if all(map(_is_finite, points)) else 3
    stretches = max(1, (most - 2) // kept_of_each)
    for stretch in range(stretches):
        places = range(len(points) * stretch // stretches, len(points) * (stretch + 1) // stretches)
        finite = [place for place in places if _is_finite(points[place])]
        if finite:
            kept.add(min(finite, key=lambda place: points[place].value))
            kept.add(max(finite, key=lambda place: points[place].value))
        kept.update([place for place in places if not _is_finite(points[place])][:1])
    return [points[place] for place in sorted(kept)]


def _is_finite(point: Point) -> bool:
    return not point.is_nan and is_finite(point.value)


def _extremes_of(history: Series, steps: Steps, most: int) -> set[Point]:
    """Returns the extremes of each stretch of a long history, which is never read as a whole.

    The history is walked by time, each stretch three times: to its end, for its least and greatest value, and to where
    these are.
    """
    asked = {"metric_id": history.metric_id, "first_step": steps[0], "last_step": steps[1]}
    size = -(-history.total // min(MAX_STRETCHES, max(1, (most - 2) // 2)))
    last = _LAST.first(**asked)
    begin, kept = _BEGINNING, set[Point]()
    while last is not None and begin != last:
        end = _END.first(**asked, **_bound("after", begin), others=size - 1) or last
        kept |= _extremes_between(begin, end, asked)
        begin = end
    first = _END.first(**asked, **_bound("after", _BEGINNING), others=0)
    return kept | {point for point in (first, last) if point}


def _extremes_between(begin: Point, end: Point, asked: dict[str, int]) -> set[Point]:
    within = asked | _bound("after", begin) | _bound("until", end)
    extremes, kept = _EXTREMES.first(**within), []
    assert extremes is not None, "an aggregate has one row"
    if extremes.has_nan or not all(map(is_finite, (extremes.least or 0, extremes.greatest or 0))):
        extremes = _FINITE_EXTREMES.first(**within)
        assert extremes is not None, "an aggregate has one row"
        kept.append(_NOT_FINITE.first(**within))
    for value in {extremes.least, extremes.greatest} - {None}:
        kept.append(_WITH_VALUE.first(**within, value=value))
    return {point for point in kept if point}


def _bound(name: str, point: Point) -> dict[str, object]:
    return {f"{name}_{field}": value for field, value in point._asdict().items()}
