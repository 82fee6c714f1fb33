"""Logs metrics, parameters and tags, one or many at a time, all or nothing."""

from collections.abc import Iterable, Sequence

from app.authz.actors import Actor
from app.core.ids import LoggedModelId
from app.tracking import names, params, runs, tags
from app.tracking.errors import BatchTooLarge, DuplicateParams, ParamsChanged
from app.tracking.logged_models import models
from app.tracking.logged_models.models import LoggedMetric
from app.tracking.metrics import write
from app.tracking.metrics.write import Point, Points
from app.tracking.runs import RunRow

# What one call may hold, as in `mlflow.utils.validation`.
MAX_SIZES = {"metrics": 1000, "params": 100, "tags": 100, "metrics, params, and tags": 1000}

Pairs = Sequence[tuple[str, str]]


def log_metric(uuid: str, point: Point, *, actor: Actor) -> None:
    """Logs one point of a metric. Raises what `log` raises."""
    write.check([point], path="")
    _put_points(runs.writable(uuid, actor=actor), Points.of([point]), actor)


def log(
    uuid: str,
    *,
    points: Points | Sequence[Point] = (),
    parameters: Pairs = (),
    tag_pairs: Pairs = (),
    actor: Actor,
) -> None:
    """Logs all of these to the run, or none of them if one cannot be logged.

    Of tags with the same key the last counts. Raises `RunNotFound`, `PermissionDenied`, or `InvalidParameter`
    for what cannot be logged, too much of it, a parameter twice or with another value, or a deleted run.
    """
    names.check_run_id(uuid)
    points = Points.of(points)
    write.check(points)
    checked_params = [names.param(*pair, f"params[{index}]") for index, pair in enumerate(parameters)]
    checked_tags = [names.run_tag(*pair, f"tags[{index}]") for index, pair in enumerate(tag_pairs)]
    _check_size(len(points), len(parameters), len(tag_pairs))
    _check_unique(key for key, _value in checked_params)
    run = runs.writable(uuid, actor=actor)
    if changes := params.put(run, dict(checked_params)) if checked_params else ():
        raise ParamsChanged(changes, uuid)
    if points:
        _put_points(run, points, actor)
    if checked_tags:
        tags.put(run, dict(checked_tags), actor=actor)


def _put_points(run: RunRow, points: Points, actor: Actor) -> None:
    """Writes points to the run, and those that name a logged model to that as well."""
    write.put(run, points)
    of_models = [
        LoggedMetric(
            LoggedModelId(point.model_id),
            run.id,
            point.key,
            point.value,
            point.timestamp,
            point.step,
            point.dataset_name,
            point.dataset_digest,
        )
        for point in points.of_logged_models()
        if point.model_id
    ]
    if of_models:
        models.log_metrics(of_models, actor=actor)


def _check_size(metrics: int, params: int, tags: int) -> None:
    sizes = {"metrics": metrics, "params": params, "tags": tags}
    for what, size in {**sizes, "metrics, params, and tags": sum(sizes.values())}.items():
        if size > MAX_SIZES[what]:
            raise BatchTooLarge(what, size, MAX_SIZES[what])


def _check_unique(keys: Iterable[str]) -> None:
    seen: set[str] = set()
    twice = []
    for key in keys:
        if key in seen:
            twice.append(key)
        seen.add(key)
    if twice:
        raise DuplicateParams(twice)
