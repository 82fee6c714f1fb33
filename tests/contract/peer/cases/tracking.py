"""What the tracking calls do to each other, call by call."""

from tests.contract.peer.steps import Step, get, patch, post

TAGS = [{"key": "b", "value": "1"}, {"key": "a", "value": "two"}]


def _experiment(name: str = "$p", variable: str = "exp") -> Step:
    return post("experiments/create", name=name).keeping(**{variable: "experiment_id"})


def _run(variable: str = "run", **fields: object) -> Step:
    fields = {"experiment_id": "$exp", "run_name": variable, "start_time": 5, **fields}
    return post("runs/create", **fields).keeping(**{variable: "run.info.run_id"})


def _metric(key: str, value: float | str, timestamp: int, step: int = 0, run: str = "$run") -> Step:
    return post("runs/log-metric", run_id=run, key=key, value=value, timestamp=timestamp, step=step)


_THREE_RUNS = [
    _experiment(),
    *(
        step
        for number, (depth, loss) in enumerate((("3", 0.5), ("10", 0.25), ("4", 0.75)), 1)
        for step in (
            _run(f"run{number}", start_time=number, tags=[{"key": "kind", "value": f"k{number}"}]),
            post("runs/log-parameter", run_id=f"$run{number}", key="depth", value=depth),
            _metric("loss", loss, 1000, run=f"$run{number}"),
        )
    ),
    _run("run4", start_time=9),
    post("runs/update", run_id="$run2", status="FINISHED", end_time=20),
    post("runs/delete", run_id="$run3"),
]

CASES: dict[str, list[Step]] = {
    "an experiment's life": [
        post("experiments/create", name="$p", tags=TAGS, artifact_location="s3://b/$p").keeping(
            exp="experiment_id"
        ),
        post("experiments/create", name="$p"),
        get("experiments/get", experiment_id="$exp"),
        get("experiments/get-by-name", experiment_name="$p"),
        post("experiments/set-experiment-tag", experiment_id="$exp", key="a", value="three"),
        post("experiments/delete-experiment-tag", experiment_id="$exp", key="b"),
        post("experiments/delete-experiment-tag", experiment_id="$exp", key="b"),
        post("experiments/update", experiment_id="$exp", new_name="$p-2"),
        get("experiments/get-by-name", experiment_name="$p"),
        post("experiments/delete", experiment_id="$exp"),
        post("experiments/delete", experiment_id="$exp"),
        get("experiments/get", experiment_id="$exp"),
        get("experiments/get-by-name", experiment_name="$p-2"),
        post("experiments/create", name="$p-2"),
        post("experiments/update", experiment_id="$exp", new_name="$p-3"),
        post("experiments/set-experiment-tag", experiment_id="$exp", key="a", value="four"),
        post("runs/create", experiment_id="$exp"),
        post("experiments/restore", experiment_id="$exp"),
        post("experiments/restore", experiment_id="$exp"),
        get("experiments/get", experiment_id="$exp"),
    ],
    "the default experiment": [
        get("experiments/get", experiment_id="0"),
        get("experiments/get-by-name", experiment_name="Default"),
        post("experiments/create", name="Default"),
    ],
    "experiments are searched": [
        *(_experiment(f"$p-{letter}", f"exp{letter}") for letter in "bac"),
        post("experiments/set-experiment-tag", experiment_id="$expb", key="team", value="blue"),
        post("experiments/delete", experiment_id="$expc"),
        *(
            post("experiments/search", max_results=10, filter=f"name LIKE '$p%'{more}", **fields)
            for more, fields in (
                ("", {}),
                ("", {"view_type": "ALL"}),
                ("", {"view_type": "DELETED_ONLY"}),
                ("", {"order_by": ["name ASC"]}),
                ("", {"order_by": ["creation_time DESC"]}),
                ("", {"order_by": ["experiment_id ASC"]}),
                ("", {"order_by": ["last_update_time DESC", "name"]}),
                (" AND tags.team = 'blue'", {}),
                (" AND tags.team != 'blue'", {}),
                (" AND name ILIKE '%A'", {}),
                (" AND creation_time > 0", {}),
                (" AND creation_time = 0", {}),
                (" AND attribute.name = '$p-a'", {}),
                (" AND nothing = 'x'", {}),
            )
        ),
        post("experiments/search", max_results=1, filter="name LIKE '$p%'").keeping(token="next_page_token"),
        post("experiments/search", max_results=1, filter="name LIKE '$p%'", page_token="$token"),
        post("experiments/search", filter="name LIKE '$p%'"),
        get("experiments/search", max_results=5, filter="name = '$p-a'"),
    ],
    "a run's life": [
        _experiment(),
        _run(tags=TAGS, user_id="ann"),
        get("runs/get", run_id="$run"),
        get("runs/get", run_uuid="$run"),
        post("runs/update", run_id="$run", status="FINISHED", end_time=20),
        post("runs/update", run_id="$run", run_name="renamed"),
        post("runs/update", run_id="$run", run_name=""),
        post("runs/update", run_id="$run", status="RUNNING"),
        post("runs/set-tag", run_id="$run", key="mlflow.runName", value="by tag"),
        get("runs/get", run_id="$run"),
        post("runs/delete-tag", run_id="$run", key="a"),
        post("runs/delete-tag", run_id="$run", key="a"),
        post("runs/delete", run_id="$run"),
        post("runs/delete", run_id="$run"),
        get("runs/get", run_id="$run"),
        post("runs/update", run_id="$run", status="FAILED"),
        post("runs/set-tag", run_id="$run", key="x", value="y"),
        post("runs/log-parameter", run_id="$run", key="x", value="y"),
        _metric("m", 1, 1),
        post("runs/log-batch", run_id="$run", tags=[{"key": "x", "value": "y"}]),
        post("runs/restore", run_id="$run"),
        post("runs/restore", run_id="$run"),
        get("runs/get", run_id="$run"),
    ],
    "a run that is told nothing": [
        _experiment(),
        post("runs/create", experiment_id="$exp").keeping(run="run.info.run_id"),
        get("runs/get", run_id="$run"),
        post("runs/create", experiment_id="$exp", tags=[{"key": "mlflow.runName", "value": "tagged"}]),
        post(
            "runs/create",
            experiment_id="$exp",
            run_name="named",
            tags=[{"key": "mlflow.runName", "value": "tagged"}],
        ),
        post(
            "runs/create",
            experiment_id="$exp",
            run_name="same",
            tags=[{"key": "mlflow.runName", "value": "same"}],
        ),
        post("runs/create", experiment_id="$exp", tags=[{"key": "mlflow.user", "value": "bob"}]),
        post("runs/create"),
    ],
    "parameters stand once set": [
        _experiment(),
        _run(),
        post("runs/log-parameter", run_id="$run", key="depth", value="3"),
        post("runs/log-parameter", run_id="$run", key="depth", value="3"),
        post("runs/log-parameter", run_id="$run", key="depth", value="4"),
        post(
            "runs/log-batch",
            run_id="$run",
            params=[{"key": "depth", "value": "3"}, {"key": "n", "value": "1"}],
        ),
        post(
            "runs/log-batch",
            run_id="$run",
            params=[{"key": "depth", "value": "5"}, {"key": "o", "value": "1"}],
        ),
        post(
            "runs/log-batch", run_id="$run", params=[{"key": "q", "value": "5"}, {"key": "q", "value": "6"}]
        ),
        get("runs/get", run_id="$run"),
    ],
    "the latest metric is the one of the last step": [
        _experiment(),
        _run(),
        _metric("loss", 3, 1000, 1),
        _metric("loss", 1, 2000, 2),
        _metric("loss", 2, 3000, 1),
        _metric("loss", 5, 2000, 2),
        _metric("loss", 4, 2000, 2),
        _metric("odd", "NaN", 1),
        _metric("big", "Infinity", 1),
        _metric("small", "-Infinity", 1),
        _metric("text", "0.5", 1),
        get("runs/get", run_id="$run"),
        get("metrics/get-history", run_id="$run", metric_key="loss"),
        get("metrics/get-history", run_id="$run", metric_key="odd"),
        get("metrics/get-history", run_id="$run", metric_key="nothing"),
        get("metrics/get-history", run_id="$run", metric_key="loss", max_results=2).keeping(
            token="next_page_token"
        ),
        get("metrics/get-history", run_id="$run", metric_key="loss", max_results=2, page_token="$token"),
        get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", run_id="$run", metric_key="loss"),
        get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", run_id="$run"),
        get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", metric_key="loss"),
        get("metrics/get-history-bulk-interval", run_ids=["$run"], metric_key="loss"),
        get(
            "metrics/get-history-bulk-interval",
            run_ids=["$run"],
            metric_key="loss",
            start_step=1,
            end_step=1,
            max_results=2,
        ),
        get("metrics/get-history-bulk-interval", run_ids=["$run"]),
        get("metrics/get-history-bulk-interval", metric_key="loss"),
    ],
    "runs are searched": [
        *_THREE_RUNS,
        *(
            post("runs/search", experiment_ids=["$exp"], filter=clause, order_by=["start_time ASC"])
            for clause in (
                "",
                "params.depth = '3'",
                "params.depth != '3'",
                "params.depth LIKE '1%'",
                "param.depth ILIKE '1%'",
                "metrics.loss < 0.4",
                "metrics.loss >= 0.25 AND metrics.loss != 0.5",
                "metric.loss = 0.5",
                "metrics.loss < '0.4'",
                "tags.kind = 'k1'",
                "tags.kind != 'k1'",
                "tags.kind LIKE 'k%'",
                "tag.`kind` = 'k2'",
                "tags.\"mlflow.runName\" = 'run1'",
                "attributes.status = 'FINISHED'",
                "status = 'RUNNING'",
                "status != 'RUNNING'",
                "run_name = 'run1'",
                "run_name LIKE 'run%'",
                "attributes.run_id = '$run1'",
                "run_id IN ('$run1', '$run2')",
                "run_id NOT IN ('$run1')",
                "attributes.start_time > 1",
                "start_time <= 2",
                "end_time = 20",
                "user_id = ''",
                "artifact_uri LIKE '%artifacts'",
                "params.nothing = 'x'",
                "metrics.nothing > 1",
                "dataset.name = 'x'",
                "datasets.digest != 'x'",
                "metrics.loss LIKE '1'",
                "params.depth > 3",
                "params.depth",
                "nothing.depth = '3'",
                "attributes.nothing = 'x'",
                "metrics.loss < abc",
                "params.depth = 3",
                "params.depth = '3' OR params.depth = '4' AND",
                "params.depth IS NULL",
                "params.depth IS NOT NULL",
                "metrics.loss IS NULL",
                "tags.kind IS NULL",
            )
        ),
        *(
            post("runs/search", experiment_ids=["$exp"], order_by=order)
            for order in (
                ["metrics.loss"],
                ["metrics.loss DESC"],
                ["params.depth ASC"],
                ["tags.kind DESC"],
                ["attributes.end_time DESC", "start_time"],
                ["attribute.run_name DESC"],
                ["status", "start_time DESC"],
                ["metrics.nothing", "start_time"],
                ["`metrics`.loss"],
                ["nothing"],
                ["metrics.loss SIDEWAYS"],
            )
        ),
        *(
            post("runs/search", experiment_ids=["$exp"], run_view_type=view, order_by=["start_time"])
            for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL")
        ),
        post("runs/search", experiment_ids=["$exp"], max_results=2, order_by=["start_time"]).keeping(
            token="next_page_token"
        ),
        post(
            "runs/search",
            experiment_ids=["$exp"],
            max_results=2,
            order_by=["start_time"],
            page_token="$token",
        ),
        post("runs/search", experiment_ids=[]),
        post("runs/search"),
        post("runs/search", experiment_ids=["987654"]),
        post("runs/search", experiment_ids=["$exp"], max_results=0),
        post("runs/search", experiment_ids=["$exp"], max_results=50001),
    ],
    "a logged model's life": [
        _experiment(),
        _run(),
        post(
            "logged-models",
            experiment_id="$exp",
            name="clf",
            source_run_id="$run",
            params=[{"key": "depth", "value": "3"}],
            tags=TAGS,
        ).keeping(model="model.info.model_id"),
        get("logged-models/$model"),
        post("runs/outputs", run_id="$run", models=[{"model_id": "$model", "step": 2}]),
        post("runs/log-metric", run_id="$run", key="acc", value=0.5, timestamp=1, step=0, model_id="$model"),
        get("runs/get", run_id="$run"),
        patch("logged-models/$model/tags", tags=[{"key": "a", "value": "three"}, {"key": "c", "value": "d"}]),
        Step("DELETE", "logged-models/$model/tags/b"),
        Step("DELETE", "logged-models/$model/tags/b"),
        post("logged-models/$model/params", model_id="$model", params=[{"key": "width", "value": "4"}]),
        patch("logged-models/$model", model_id="$model", status="LOGGED_MODEL_READY"),
        get("logged-models/$model"),
        get("logged-models/$model/artifacts/directories"),
        post("logged-models/search", experiment_ids=["$exp"]),
        post("logged-models/search", experiment_ids=["$exp"], filter="name = 'clf' AND params.depth = '3'"),
        post("logged-models/search", experiment_ids=["$exp"], filter="metrics.acc > 0.4"),
        post("logged-models/search", experiment_ids=["$exp"], filter="tags.a = 'three'"),
        post("logged-models/search", experiment_ids=["$exp"], filter="name = 'other'"),
        post("registered-models/create", name="$p"),
        post("model-versions/create", name="$p", source="models:/$model", model_id="$model"),
        post("model-versions/create", name="$p", source="models:/$model", model_id="$model", run_id="$run"),
        get("model-versions/get", name="$p", version="1"),
        get("logged-models/$model"),
        Step("DELETE", "logged-models/$model"),
        get("logged-models/$model"),
        Step("DELETE", "logged-models/$model"),
        post("logged-models/search", experiment_ids=["$exp"]),
        get("logged-models/m-0123456789abcdef0123456789abcdef"),
        post("logged-models", experiment_id="$exp", name="a/b"),
        post("logged-models", experiment_id="$exp").keeping(unnamed="model.info.model_id"),
    ],
    "versions from runs and models": [
        _experiment(),
        _run(),
        post("registered-models/create", name="$p"),
        *(
            post("model-versions/create", name="$p", source=source, run_id="$run")
            for source in (
                "runs:/$run/model",
                "runs:/0123456789abcdef0123456789abcdef/model",
                "mlflow-artifacts:/$exp/$run/artifacts/model",
                "mlflow-artifacts:/$exp/$run/other/model",
                "mlflow-artifacts:/$exp/$run/artifacts/../../model",
                "mlflow-artifacts://host/$exp/$run/artifacts/model",
                "s3://bucket/model",
                "models:/$p/1",
            )
        ),
        post("model-versions/create", name="$p", source="runs:/$run/model"),
        post("model-versions/create", name="$p", source="mlflow-artifacts:/$exp/$run/artifacts/model"),
        post("model-versions/create", name="$p", source="models:/$p/1"),
        post("model-versions/create", name="$p", source="models:/$p/1", run_id=""),
        get("model-versions/search", filter="run_id = '$run'", order_by=["version_number"]),
        get("model-versions/get-download-uri", name="$p", version="1"),
        get("model-versions/get-download-uri", name="$p", version="2"),
    ],
    "a run's inputs": [
        _experiment(),
        _run(),
        post(
            "runs/log-inputs",
            run_id="$run",
            datasets=[
                {
                    "tags": [{"key": "mlflow.data.context", "value": "train"}],
                    "dataset": {
                        "name": "iris",
                        "digest": "d1",
                        "source_type": "local",
                        "source": "here",
                        "schema": "s",
                        "profile": "p",
                    },
                },
                {"dataset": {"name": "wine", "digest": "d2", "source_type": "http", "source": "there"}},
            ],
        ),
        get("runs/get", run_id="$run"),
        post("runs/search", experiment_ids=["$exp"], filter="dataset.name = 'iris'"),
        post("runs/search", experiment_ids=["$exp"], filter="dataset.digest = 'd2'"),
        post("runs/search", experiment_ids=["$exp"], filter="dataset.context = 'train'"),
        post("runs/search", experiment_ids=["$exp"], filter="dataset.context = 'test'"),
        post("experiments/search-datasets", experiment_ids=["$exp"]),
        post("/ajax-api/2.0/mlflow/experiments/search-datasets", experiment_ids=["$exp"]),
    ],
    "a run's artifacts": [
        _experiment(),
        _run(),
        get("artifacts/list", run_id="$run"),
        Step(
            "PUT",
            "/api/2.0/mlflow-artifacts/artifacts/$exp/$run/artifacts/model/a.txt",
            raw=b"four",
            content_type="text/plain",
        ),
        get("artifacts/list", run_id="$run"),
        Step("PUT", "/api/2.0/mlflow-artifacts/artifacts/$exp/$run/artifacts/none/b.txt", raw=b""),
        get("artifacts/list", run_id="$run", path="none", after="an empty file"),
        get("artifacts/list", run_id="$run", path="model"),
        get("artifacts/list", run_id="$run", path="model/a.txt"),
        get("artifacts/list", run_id="$run", path="nothing"),
        get("/api/2.0/mlflow-artifacts/artifacts", path="$exp/$run/artifacts"),
        get("/api/2.0/mlflow-artifacts/artifacts", path="$exp/$run/artifacts/model"),
        get("/api/2.0/mlflow-artifacts/artifacts", path="$exp/$run/artifacts/model/a.txt"),
        get("/api/2.0/mlflow-artifacts/artifacts", path="$exp/$run/artifacts/nothing"),
        get("/api/2.0/mlflow-artifacts/artifacts", path="../up"),
        get("/api/2.0/mlflow-artifacts/artifacts/$exp/$run/artifacts/nothing"),
        Step("DELETE", "/api/2.0/mlflow-artifacts/artifacts/$exp/$run/artifacts/model/a.txt"),
        Step("DELETE", "/api/2.0/mlflow-artifacts/artifacts/$exp/$run/artifacts/model/a.txt"),
        get("artifacts/list", run_id="$run"),
    ],
}
