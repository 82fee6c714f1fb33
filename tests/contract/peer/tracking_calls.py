"""The tracking calls, each with fields that make it succeed."""

from tests.contract.peer.mistakes import FEW_WRONG, Call, Setting, adding, changing, reading
from tests.contract.peer.steps import Step, get, patch, post

TAG = {"key": "team", "value": "blue"}
METRIC = {"key": "loss", "value": 0.5, "timestamp": 1000, "step": 1}
PARAM = {"key": "depth", "value": "3"}
# An experiment with a run that has a metric, a parameter and a tag, and a logged model of that run.
_STEPS = (
    post("experiments/create", name="$m", tags=[TAG]).keeping(exp="experiment_id"),
    post("runs/create", experiment_id="$exp", run_name="first", start_time=5, tags=[TAG]).keeping(
        run="run.info.run_id"
    ),
    post("runs/log-batch", run_id="$run", metrics=[METRIC], params=[PARAM], tags=[]),
    post("logged-models", experiment_id="$exp", name="$m", source_run_id="$run", tags=[TAG]).keeping(
        model="model.info.model_id"
    ),
)
_LOOKS = (
    get("experiments/get", experiment_id="$exp"),
    get("runs/get", run_id="$run"),
    get("logged-models/$model"),
)
SETTING = Setting(_STEPS, _LOOKS, FEW_WRONG)

CALLS: dict[str, Call] = {
    "create an experiment": changing(
        post("experiments/create", name="$m-new", artifact_location="s3://bucket/$m", tags=[TAG])
    ),
    "get an experiment": reading("GET", "experiments/get", experiment_id="$exp"),
    "get an experiment by name": reading("GET", "experiments/get-by-name", experiment_name="$m"),
    "search experiments": reading(
        "POST",
        "experiments/search",
        filter="name LIKE '$m%'",
        max_results=5,
        order_by=["name DESC"],
        view_type="ALL",
        page_token="",
    ),
    "update an experiment": changing(post("experiments/update", experiment_id="$exp", new_name="$m-2")),
    "delete an experiment": changing(post("experiments/delete", experiment_id="$exp")),
    "restore an experiment": changing(post("experiments/restore", experiment_id="$exp")),
    "set an experiment's tag": adding(
        post("experiments/set-experiment-tag", experiment_id="$exp", key="k", value="v")
    ),
    "delete an experiment's tag": changing(
        post("experiments/delete-experiment-tag", experiment_id="$exp", key="team")
    ),
    "create a run": adding(
        post(
            "runs/create",
            experiment_id="$exp",
            user_id="ann",
            run_name="second",
            start_time=7,
            tags=[TAG],
        )
    ),
    "get a run": reading("GET", "runs/get", run_id="$run"),
    "update a run": adding(
        post("runs/update", run_id="$run", status="FINISHED", end_time=9, run_name="renamed")
    ),
    "delete a run": changing(post("runs/delete", run_id="$run")),
    "restore a run": changing(post("runs/restore", run_id="$run")),
    "search runs": reading(
        "POST",
        "runs/search",
        experiment_ids=["$exp"],
        filter="params.depth = '3'",
        run_view_type="ACTIVE_ONLY",
        max_results=5,
        order_by=["metrics.loss DESC"],
        page_token="",
    ),
    "log a metric": adding(
        post("runs/log-metric", run_id="$run", key="loss", value=0.25, timestamp=2000, step=2),
        "run_uuid",
        "model_id",
        "dataset_name",
        "dataset_digest",
    ),
    "log a parameter": changing(post("runs/log-parameter", run_id="$run", key="width", value="4")),
    "set a run's tag": adding(post("runs/set-tag", run_id="$run", key="k", value="v")),
    "delete a run's tag": changing(post("runs/delete-tag", run_id="$run", key="team")),
    "log a batch": changing(
        post(
            "runs/log-batch",
            run_id="$run",
            metrics=[{"key": "acc", "value": 0.5, "timestamp": 1, "step": 0}],
            params=[{"key": "width", "value": "4"}],
            tags=[{"key": "k", "value": "v"}],
        )
    ),
    "log inputs": adding(
        post(
            "runs/log-inputs",
            run_id="$run",
            datasets=[
                {
                    "tags": [{"key": "mlflow.data.context", "value": "training"}],
                    "dataset": {
                        "name": "iris",
                        "digest": "d1",
                        "source_type": "local",
                        "source": "{}",
                    },
                }
            ],
        )
    ),
    "log outputs": adding(post("runs/outputs", run_id="$run", models=[{"model_id": "$model", "step": 1}])),
    "log an MLmodel": adding(
        post(
            "runs/log-model",
            run_id="$run",
            model_json='{"artifact_path": "m", "flavors": {}, "utc_time_created": "now", "run_id": "$run"}',
        )
    ),
    "get a metric's history": reading(
        "GET", "metrics/get-history", run_id="$run", metric_key="loss", max_results=5, page_token=""
    ),
    "list a run's artifacts": reading("GET", "artifacts/list", run_id="$run", path="none"),
    "create a logged model": adding(
        post(
            "logged-models",
            experiment_id="$exp",
            name="other",
            model_type="agent",
            source_run_id="$run",
            params=[PARAM],
            tags=[TAG],
        )
    ),
    "get a logged model": reading("GET", "logged-models/$model"),
    "finish a logged model": adding(
        patch("logged-models/$model", model_id="$model", status="LOGGED_MODEL_READY")
    ),
    "delete a logged model": changing(Step("DELETE", "logged-models/$model", body={})),
    "set a logged model's tags": adding(patch("logged-models/$model/tags", tags=[PARAM])),
    "delete a logged model's tag": changing(Step("DELETE", "logged-models/$model/tags/team", body={})),
    "log a logged model's parameters": changing(
        post("logged-models/$model/params", model_id="$model", params=[PARAM])
    ),
    "search logged models": reading(
        "POST",
        "logged-models/search",
        experiment_ids=["$exp"],
        filter="name = '$m'",
        max_results=5,
        order_by=[{"field_name": "creation_time", "ascending": False}],
        page_token="",
        datasets=[],
    ),
    "list a logged model's artifacts": reading(
        "GET", "logged-models/$model/artifacts/directories", artifact_directory_path="none"
    ),
}
