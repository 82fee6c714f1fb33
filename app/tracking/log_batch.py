"""Logging metrics, parameters and tags, one or many at a time, all or nothing."""

from collections.abc import Iterable, Sequence

from app.authz.actors import Actor
from app.core.errors import InvalidParameter
from app.tracking import names, params, runs, tags
from app.tracking.logged_models import models
from app.tracking.logged_models.models import LoggedMetric
from app.tracking.metrics import write
from app.tracking.metrics.write import Point, Points
from app.tracking.runs import RunRow

# What one call may hold, as in `mlflow.utils.validation`.
MOST = {"metrics": 1000, "params": 100, "tags": 100, "metrics, params, and tags": 1000}

Pairs = Sequence[tuple[str, str]]


def log_metric(uuid: str, point: Point, *, actor: Actor) -> None:
    """Log one point of a metric. Raises as `log`."""
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
    """Log all of these to the run or, if any cannot be, none.

    Of tags with the same key the last counts. Raises `NotFound`, `PermissionDenied`, or `InvalidParameter`
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
        raise InvalidParameter(
            f"Changing param values is not allowed. Params were already logged='{changes}' for run ID='{uuid}'."
        )
    if points:
        _put_points(run, points, actor)
    if checked_tags:
        tags.put(run, dict(checked_tags), actor=actor)


def _put_points(run: RunRow, points: Points, actor: Actor) -> None:
    """Write points to the run and, those that name one, to their logged models."""
    write.put(run, points)
    of_models = [
        LoggedMetric(model_id, run.id, *points[index][:4], *points[index][5:])
        for index, model_id in enumerate(points.model_ids)
        if model_id
    ]
    if of_models:
        models.log_metrics(of_models, actor=actor)


def _check_size(metrics: int, params: int, tags: int) -> None:
    sizes = {"metrics": metrics, "params": params, "tags": tags}
    for what, size in {**sizes, "metrics, params, and tags": sum(sizes.values())}.items():
        if size > MOST[what]:
            raise InvalidParameter(
                f"A batch logging request can contain at most {MOST[what]} {what}. Got {size} {what}. "
                f"Please split up {what} across multiple requests and try again."
            )


def _check_unique(keys: Iterable[str]) -> None:
    seen: set[str] = set()
    twice = [key for key in keys if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
    if twice:
        raise InvalidParameter(
            f"Duplicate parameter keys have been submitted: {twice}. Please ensure the request contains "
            "only one param value per param key."
        )
