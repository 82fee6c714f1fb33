"""Calls that log one metric or read the history of metrics (MLflow's MlflowService)."""

import json
import math
from types import SimpleNamespace

from flask import Response

from app.api.errors import (
    IdsMissing,
    MetricKeyMissing,
    SampleCountOutOfRange,
    StepBoundMissing,
    StepRangeReversed,
    TooManyChartRuns,
    TooManyIds,
)
from app.api.fields import Number, Text, Whole
from app.api.presenters.runs import present_metric
from app.api.routing import Answer, call, page
from app.authz.permissions import Permission
from app.http.application import current_actor
from app.tracking import log_batch, runs
from app.tracking.metrics import history, sampled
from app.tracking.metrics.history import RunMetricRow
from app.tracking.metrics.write import Point

READ = Permission.EXPERIMENTS_READ
RUN = Text(name="run_id", required=True, alias="run_uuid")
MAX_RUNS = 100
MAX_POINTS = 25_000
MAX_SAMPLES = 2_500


@call(
    "POST",
    "/mlflow/runs/log-metric",
    Permission.EXPERIMENTS_EDIT,
    RUN,
    Text(name="key", required=True),
    Number(name="value", required=True),
    Whole(name="timestamp", required=True),
    Whole(name="step", default=0),
    Text(name="model_id"),
    Text(name="dataset_name"),
    Text(name="dataset_digest"),
)
def log_metric(args: SimpleNamespace) -> dict:
    """LogMetric."""
    model_and_dataset = args.model_id or None, args.dataset_name or None, args.dataset_digest or None
    point = Point(args.key, args.value, args.timestamp, args.step, *model_and_dataset)
    log_batch.log_metric(args.run_id, point, actor=current_actor())
    return {}


@call(
    "GET",
    "/mlflow/metrics/get-history",
    READ,
    RUN,
    Text(name="metric_key", required=True),
    Text(name="page_token"),
    Whole(name="max_results"),
)
def get_history(args: SimpleNamespace) -> dict:
    """GetMetricHistory. A run that is not there has no history; MLflow makes no error of it either."""
    run = runs.find_or_none(args.run_id)
    rows, token = history.history(
        run.id if run else 0, args.metric_key, max_results=args.max_results, page_token=args.page_token
    )
    return page("metrics", [present_metric(row) for row in rows], token)


@call(
    "GET",
    "/mlflow/metrics/get-history-bulk",
    READ,
    Text(name="run_id", many=True, default=()),
    Text(name="metric_key"),
    Whole(name="max_results", default=MAX_POINTS),
)
def get_history_bulk(args: SimpleNamespace) -> Answer:
    """GetMetricHistoryBulk, of MLflow's pages: many runs' points of one metric."""
    if not args.run_id:
        raise IdsMissing("GetMetricHistoryBulk", "run_ids")
    if len(args.run_id) > MAX_RUNS:
        raise TooManyIds("GetMetricHistoryBulk", MAX_RUNS, len(args.run_id), "run_ids")
    if args.metric_key is None:
        raise MetricKeyMissing
    limit = max(0, min(args.max_results, MAX_POINTS))
    return _bulk_answer(history.of_runs(args.run_id, args.metric_key, max_results=limit))


def _bulk_answer(rows: list[RunMetricRow]) -> Answer:
    points = [{**row.point._asdict(), "run_id": row.run_uuid} for row in rows]
    if not any(math.isnan(row.point.value) for row in rows):
        return {"metrics": points}
    # This one call MLflow does not write by protobuf, so that NaN stands bare in its JSON.
    return Response(json.dumps({"metrics": points}), content_type="application/json")


def _check_runs(run_uuids: list[str]) -> None:
    if len(run_uuids) > MAX_RUNS:
        raise TooManyChartRuns(MAX_RUNS, len(run_uuids))


def _check_samples(count: int) -> None:
    if not 1 <= count <= MAX_SAMPLES:
        raise SampleCountOutOfRange(MAX_SAMPLES)


@call(
    "GET",
    "/mlflow/metrics/get-history-bulk-interval",
    READ,
    Text(name="run_ids", many=True, required=True, check=_check_runs),
    Text(name="metric_key", required=True),
    Whole(name="start_step"),
    Whole(name="end_step"),
    Whole(name="max_results", default=MAX_SAMPLES, check=_check_samples),
)
def get_history_bulk_interval(args: SimpleNamespace) -> dict:
    """GetMetricHistoryBulkInterval, of MLflow's charts: samples of one metric of many runs."""
    steps = args.start_step, args.end_step
    if (steps[0] is None) != (steps[1] is None):
        raise StepBoundMissing
    if steps[0] is not None and steps[0] > steps[1]:
        raise StepRangeReversed(*steps)
    rows = sampled.of_runs(
        args.run_ids,
        args.metric_key,
        max_results=args.max_results,
        steps=None if steps[0] is None else steps,
    )
    return (
        {"metrics": [{**present_metric(row.point), "run_id": row.run_uuid} for row in rows]} if rows else {}
    )
