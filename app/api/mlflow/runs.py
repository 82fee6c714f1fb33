"""Calls on runs and what they log, metrics apart (MLflow's MlflowService)."""

import json
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import orjson
from orjson import Fragment

from app.api.errors import FieldMissing, ModelInfoIncomplete, ModelInfoNotJson, ModelInfoNotModel
from app.api.fields import TAGS, Choice, Item, Text, Whole, all_have, at_most
from app.api.mlflow.experiments import VIEW_NUMBERS, VIEWS, tags_once
from app.api.mlflow.metric_points import PointList
from app.api.presenters.inputs import present_inputs, present_outputs
from app.api.presenters.runs import present_run, present_run_info
from app.api.routing import call, page
from app.authz.permissions import Permission
from app.core import blocking
from app.http.application import current_actor
from app.tracking import inputs, params, runs, tags
from app.tracking import log_batch as batches
from app.tracking.inputs import RunInputs
from app.tracking.names import experiment_id
from app.tracking.runs import RunDetails, RunRow

READ = Permission.EXPERIMENTS_READ
EDIT = Permission.EXPERIMENTS_EDIT
MANAGE = Permission.EXPERIMENTS_MANAGE

RUNS_A_TURN = 1_000  # of an answer, before others have their turn

RUN = Text(name="run_id", required=True)
RUN_OR_UUID = Text(name="run_id", required=True, alias="run_uuid")
KEY = Text(name="key", required=True)
VALUE = Text(name="value", default="")
STATUS = Choice(
    name="status", choices={"RUNNING": 1, "SCHEDULED": 2, "FINISHED": 3, "FAILED": 4, "KILLED": 5}
)


@call(
    "POST",
    "/mlflow/runs/create",
    EDIT,
    Text(name="experiment_id", default=""),
    Whole(name="start_time", default=0),
    Text(name="run_name", default=""),
    Text(name="user_id", default=""),
    TAGS,
)
def create(args: SimpleNamespace) -> dict:
    """CreateRun."""
    if not args.experiment_id:
        raise FieldMissing("experiment_id")
    run = runs.create(
        experiment_id(args.experiment_id),
        name=args.run_name,
        user_id=args.user_id,
        start_time=args.start_time,
        tags=tags_once(args.tags),
        actor=current_actor(),
    )
    return {"run": {**present_run(run), "inputs": {}}}


@call("GET", "/mlflow/runs/get", READ, RUN_OR_UUID)
def get(args: SimpleNamespace) -> dict:
    """GetRun."""
    details = runs.details(args.run_id)
    inputs_and_outputs = inputs.of_details([details])[details.run.id]
    return {
        "run": {
            **present_run(details),
            "inputs": present_inputs(inputs_and_outputs),
            "outputs": present_outputs(inputs_and_outputs),
        }
    }


def _present_search_result(details: RunDetails, inputs_and_outputs: RunInputs) -> dict:
    # MLflow's search leaves out the models that went into a run.
    shown_inputs = present_inputs(inputs_and_outputs._replace(model_inputs=[]))
    return {**present_run(details), "inputs": shown_inputs, "outputs": present_outputs(inputs_and_outputs)}


def _present_search_results(rows: Sequence[RunRow]) -> Iterator[dict[str, Any] | Fragment]:
    """Yields the runs for an answer; of many, a thousand at once as JSON, and others have their turn in between."""
    give_way = blocking.give_way_callback()
    for start in range(0, len(rows), RUNS_A_TURN):
        details = runs.with_details(rows[start : start + RUNS_A_TURN])
        by_run = inputs.of_details(details)
        shown = [_present_search_result(one, by_run[one.run.id]) for one in details]
        if len(rows) <= RUNS_A_TURN:
            yield from shown
            continue
        yield Fragment(
            orjson.dumps(shown)[1:-1]
        )  # without the brackets: elements of the list that it stands in
        if give_way is not None:
            give_way()


@call(
    "POST",
    "/mlflow/runs/search",
    READ,
    Text(name="experiment_ids", many=True, default=()),
    Text(name="filter", default=""),
    Choice(name="run_view_type", choices=VIEW_NUMBERS, default="ACTIVE_ONLY"),
    Whole(name="max_results", default=1000, check=at_most(50_000)),
    Text(name="order_by", many=True, default=()),
    Text(name="page_token"),
    reads=True,
)
def search(args: SimpleNamespace) -> dict:
    """SearchRuns."""
    rows, token = runs.search_rows(
        [experiment_id(text) for text in args.experiment_ids],
        filter=args.filter,
        order_by=args.order_by,
        view=VIEWS[args.run_view_type],
        max_results=args.max_results,
        page_token=args.page_token,
    )
    return page("runs", list(_present_search_results(rows)), token)


@call(
    "POST",
    "/mlflow/runs/update",
    EDIT,
    RUN_OR_UUID,
    STATUS,
    Whole(name="end_time"),
    Text(name="run_name"),
)
def update(args: SimpleNamespace) -> dict:
    """UpdateRun."""
    row = runs.change(
        args.run_id, status=args.status, end_time=args.end_time, name=args.run_name, actor=current_actor()
    )
    return {"run_info": present_run_info(row)}


@call("POST", "/mlflow/runs/delete", MANAGE, RUN)
def delete(args: SimpleNamespace) -> dict:
    """DeleteRun."""
    runs.delete(args.run_id, actor=current_actor())
    return {}


@call("POST", "/mlflow/runs/restore", MANAGE, RUN)
def restore(args: SimpleNamespace) -> dict:
    """RestoreRun."""
    runs.restore(args.run_id, actor=current_actor())
    return {}


@call("POST", "/mlflow/runs/log-parameter", EDIT, RUN_OR_UUID, KEY, VALUE)
def log_parameter(args: SimpleNamespace) -> dict:
    """LogParam."""
    params.log(args.run_id, args.key, args.value, actor=current_actor())
    return {}


@call("POST", "/mlflow/runs/set-tag", EDIT, RUN_OR_UUID, KEY, VALUE)
def set_tag(args: SimpleNamespace) -> dict:
    """SetTag."""
    tags.set_tag(args.run_id, args.key, args.value, actor=current_actor())
    return {}


@call("POST", "/mlflow/runs/delete-tag", EDIT, RUN, KEY)
def delete_tag(args: SimpleNamespace) -> dict:
    """DeleteTag."""
    tags.remove_tag(args.run_id, args.key, actor=current_actor())
    return {}


PAIR = (Text(name="key"), Text(name="value", default=""))


@call(
    "POST",
    "/mlflow/runs/log-batch",
    EDIT,
    RUN,
    PointList("metrics"),
    Item(*PAIR, name="params", many=True, default=(), check=all_have("params", "key")),
    Item(*PAIR, name="tags", many=True, default=(), check=all_have("tags", "key")),
)
def log_batch(args: SimpleNamespace) -> dict:
    """LogBatch."""
    batches.log(
        args.run_id,
        points=args.metrics,
        parameters=[(pair.key, pair.value) for pair in args.params],
        tag_pairs=[(pair.key, pair.value) for pair in args.tags],
        actor=current_actor(),
    )
    return {}


@call("POST", "/mlflow/runs/log-model", EDIT, RUN, Text(name="model_json", required=True))
def log_model(args: SimpleNamespace) -> dict:
    """LogModel, by which MLflow 2 notes in a run which models it logged."""
    try:
        model = json.loads(args.model_json)
    except (ValueError, RecursionError) as error:
        raise ModelInfoNotJson(args.model_json) from error
    if not isinstance(model, dict) or not isinstance(model.get("flavors") or {}, dict):
        raise ModelInfoNotModel
    missing = {"artifact_path", "flavors", "utc_time_created", "run_id"} - set(model)
    if missing:
        raise ModelInfoIncomplete(sorted(missing))
    tags.note_model(args.run_id, model, actor=current_actor())
    return {}
