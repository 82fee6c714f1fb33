"""The calls of tracking: experiments, runs, metrics, logged models."""

import json
from typing import Any

from tests.bench.connections import Request
from tests.bench.filling import START, metric
from tests.bench.world import Call, World, request


def _new_experiment(world: World) -> str:
    name = f"experiment-{world.serial('experiments')}"
    return world.ask("POST", "experiments/create", {"name": name})["experiment_id"]


def _new_run(world: World) -> str:
    made = world.ask("POST", "runs/create", {"experiment_id": world.experiment, "start_time": START})
    return made["run"]["info"]["run_id"]


def _experiment_get(world: World, _n: int) -> Request:
    return request("GET", "experiments/get", {"experiment_id": world.experiment})


def _experiment_rename(world: World, n: int) -> Request:
    if n == 0:
        world.facts["renamed"] = _new_experiment(world)
    return request("POST", "experiments/update", {"experiment_id": world.renamed, "new_name": f"renamed-{n}"})


def _experiment_delete(world: World, _n: int) -> Request:
    return request("POST", "experiments/delete", {"experiment_id": _new_experiment(world)})


def _experiment_restore(world: World, _n: int) -> Request:
    experiment = _new_experiment(world)
    world.ask("POST", "experiments/delete", {"experiment_id": experiment})
    return request("POST", "experiments/restore", {"experiment_id": experiment})


def _experiment_tag(world: World, n: int) -> Request:
    return request(
        "POST",
        "experiments/set-experiment-tag",
        {"experiment_id": world.experiment, "key": "note", "value": str(n)},
    )


def _run_create(world: World, n: int) -> Request:
    tags = [{"key": "mlflow.user", "value": "ada"}, {"key": "mlflow.source.name", "value": "train.py"}]
    return request(
        "POST",
        "runs/create",
        {"experiment_id": world.experiment, "run_name": f"new-{n}", "start_time": START + n, "tags": tags},
    )


def _run(path: str, *, method: str = "POST", which: str = "run", **fields: Any):
    """A call on a run that is there; of texts, `{n}` becomes the serial number."""

    def make(world: World, n: int) -> Request:
        filled = {k: v.format(n=n) if isinstance(v, str) else v for k, v in fields.items()}
        return request(method, path, {"run_id": getattr(world, which), **filled})

    return make


def _run_delete(world: World, _n: int) -> Request:
    return request("POST", "runs/delete", {"run_id": _new_run(world)})


def _run_restore(world: World, _n: int) -> Request:
    run = _new_run(world)
    world.ask("POST", "runs/delete", {"run_id": run})
    return request("POST", "runs/restore", {"run_id": run})


def _run_search(**fields: Any):
    return lambda world, _n: request("POST", "runs/search", {"experiment_ids": [world.experiment], **fields})


def _log_metric(world: World, n: int) -> Request:
    return request("POST", "runs/log-metric", {"run_id": world.small_run, **metric("live", n)})


def log_batch(points: int):
    """A batch of metrics that were not logged before, ten keys at most."""

    def make(world: World, n: int) -> Request:
        metrics = [metric(f"batch-{points}-{k % 10}", n * points + k) for k in range(points)]
        return request("POST", "runs/log-batch", {"run_id": world.small_run, "metrics": metrics})

    return make


def _log_inputs(world: World, n: int) -> Request:
    dataset = {"name": "iris", "digest": f"d{n}", "source_type": "local", "source": "{}"}
    return request("POST", "runs/log-inputs", {"run_id": world.small_run, "datasets": [{"dataset": dataset}]})


def _log_model(world: World, n: int) -> Request:
    described = {
        "run_id": world.run,
        "artifact_path": f"model-{n}",
        "utc_time_created": "2026-01-01",
        "flavors": {"python_function": {"loader_module": "mlflow.sklearn"}},
    }
    run = _new_run(world)  # the tag it goes into grows with each
    return request("POST", "runs/log-model", {"run_id": run, "model_json": json.dumps(described)})


def _delete_tag(world: World, _n: int) -> Request:
    world.ask("POST", "runs/set-tag", {"run_id": world.small_run, "key": "gone", "value": "x"})
    return request("POST", "runs/delete-tag", {"run_id": world.small_run, "key": "gone"})


def _new_logged_model(world: World) -> str:
    body = {"experiment_id": world.experiment, "name": "one"}
    return world.ask("POST", "logged-models", body)["model"]["info"]["model_id"]


def _model_create(world: World, n: int) -> Request:
    return request("POST", "logged-models", {"experiment_id": world.experiment, "name": f"made-{n}"})


def _model_get(world: World, _n: int) -> Request:
    return request("GET", f"logged-models/{world.models[0]}")


def _model_finalize(world: World, _n: int) -> Request:
    model = _new_logged_model(world)
    return request("PATCH", f"logged-models/{model}", {"model_id": model, "status": "LOGGED_MODEL_READY"})


def _model_tags(world: World, n: int) -> Request:
    return request(
        "PATCH", f"logged-models/{world.models[0]}/tags", {"tags": [{"key": "a", "value": str(n)}]}
    )


def _model_search(world: World, _n: int) -> Request:
    return request("POST", "logged-models/search", {"experiment_ids": [world.experiment], "max_results": 5})


def _model_delete(world: World, _n: int) -> Request:
    return request("DELETE", f"logged-models/{_new_logged_model(world)}")


CALLS = (
    Call(
        "experiments/create", lambda _world, n: request("POST", "experiments/create", {"name": f"made-{n}"})
    ),
    Call("experiments/get", _experiment_get, point=True),
    Call(
        "experiments/get-by-name",
        lambda _world, _n: request("GET", "experiments/get-by-name", {"experiment_name": "bench"}),
        point=True,
    ),
    Call(
        "experiments/search",
        lambda _world, _n: request(
            "POST", "experiments/search", {"max_results": 100, "filter": "name='bench'"}
        ),
    ),
    Call("experiments/update", _experiment_rename),
    Call("experiments/delete", _experiment_delete),
    Call("experiments/restore", _experiment_restore),
    Call("experiments/set-experiment-tag", _experiment_tag),
    Call("runs/create", _run_create),
    Call("runs/get", _run("runs/get", method="GET"), point=True),
    Call("runs/update", _run("runs/update", status="FINISHED", end_time=START, run_name="renamed {n}")),
    Call("runs/delete", _run_delete),
    Call("runs/restore", _run_restore),
    Call("runs/search, 20 runs", _run_search(max_results=20)),
    Call(
        "runs/search, by metric",
        _run_search(max_results=20, filter="metrics.`metric-3` > 0.1", order_by=["metrics.`metric-3` DESC"]),
    ),
    Call("runs/log-metric", _log_metric),
    Call("runs/log-parameter", _run("runs/log-parameter", which="small_run", key="param {n}", value="{n}")),
    Call("runs/set-tag", _run("runs/set-tag", which="small_run", key="note", value="{n}")),
    Call("runs/delete-tag", _delete_tag),
    Call("runs/log-batch, 10 metrics", log_batch(10)),
    Call("runs/log-batch, 1,000 metrics", log_batch(1000)),
    Call("runs/log-inputs", _log_inputs),
    Call("runs/log-model", _log_model),
    Call("metrics/get-history, 500 points", _run("metrics/get-history", method="GET", metric_key="loss-0")),
    Call("logged-models, create", _model_create),
    Call("logged-models, get", _model_get, point=True),
    Call("logged-models, finalize", _model_finalize),
    Call("logged-models, tags", _model_tags),
    Call("logged-models, search", _model_search),
    Call("logged-models, delete", _model_delete),
)
