"""What the searches find, and what a filter or an order may hold, where calls and cases elsewhere do not go."""

from tests.contract.peer.steps import Step, get, patch, post

RM, MV = "registered-models", "model-versions"

_OF_RUNS = (
    "run_id = ''",
    "run_id = '$run'",
    "run_id != '$run'",
    "run_id IN ('')",
    "run_id IN ('', '$run')",
    "run_id NOT IN ('$run')",
    "run_id LIKE '%'",
    "run_id ILIKE ''",
)
# What Greenroom understands and MLflow does not; `differences.py` says so.
_BEYOND = {
    RM: (
        "name = '$p' OR name = '$p-2'",
        "NOT name = '$p'",
        "(name = '$p')",
        "`name` = '$p'",
        "attributes.name = '$p'",
        "alias = 'champion'",
        "stage = 'Production'",
        "description = 'first'",
        "tags.team IS NULL AND name = '$p'",
    ),
    MV: (
        "name = '$p' OR name = '$p-2'",
        "alias = 'champion'",
        "stage = 'Production'",
        "params.depth = '3'",
        "metrics.loss < 1",
        "tags.team IS NOT NULL AND name = '$p'",
    ),
}
_MODEL_FILTERS = (
    "params.alpha = 0.5",
    "params.alpha != 0.5",
    "params.alpha = '0.5'",
    "tags.size = 7",
    "name LIKE '$p%' AND metrics.acc > 0.2 AND metrics.acc < 0.9",
    # beyond MLflow
    "tag.size = '7'",
    "param.alpha = '0.5'",
    "metric.acc > 0",
    "attribute.name = '$p-1'",
    "params.alpha = '0.5' OR params.alpha = '1'",
    'params.alpha = "0.5"',
    "status = 'READY'",
)
_MODEL_ORDERS = (
    [{"field_name": "name"}, {"field_name": "name", "ascending": False}],
    [{"field_name": "metrics.acc", "dataset_name": "ds", "dataset_digest": "d1"}],
    [{"field_name": "metrics.acc", "dataset_digest": "d1"}],
    [{"field_name": "nothing"}],
    [{"field_name": "name DESC"}],
    [{"field_name": "tags.size"}],
    [{}],
)

_TWO_MODELS = [
    post("experiments/create", name="$p").keeping(exp="experiment_id"),
    post("runs/create", experiment_id="$exp").keeping(run="run.info.run_id"),
    *(
        step
        for number, (alpha, digest) in enumerate((("0.5", "d1"), ("1", "d2")), 1)
        for step in (
            post(
                "logged-models",
                experiment_id="$exp",
                name=f"$p-{number}",
                source_run_id="$run",
                params=[{"key": "alpha", "value": alpha}],
                tags=[{"key": "size", "value": "7"}],
            ).keeping(**{f"model{number}": "model.info.model_id"}),
            *(
                post(
                    "runs/log-metric",
                    run_id="$run",
                    key="acc",
                    value=value,
                    timestamp=number,
                    step=at,
                    model_id=f"$model{number}",
                    **on,
                )
                for at, (value, on) in enumerate(
                    ((number / 4, {}), (1 / number, {"dataset_name": "ds", "dataset_digest": digest}))
                )
            ),
        )
    ),
    patch("logged-models/$model1", model_id="$model1", status="LOGGED_MODEL_READY"),
]


def _of_models(**fields: object) -> Step:
    return post("logged-models/search", experiment_ids=["$exp"], **fields)


CASES: dict[str, list[Step]] = {
    "versions are searched by their runs": [
        post("experiments/create", name="$p").keeping(exp="experiment_id"),
        post("runs/create", experiment_id="$exp").keeping(run="run.info.run_id"),
        post(f"{RM}/create", name="$p"),
        post(f"{MV}/create", name="$p", source="s3://b/1", run_id="$run"),
        post(f"{MV}/create", name="$p", source="s3://b/2"),
        post(f"{MV}/create", name="$p", source="s3://b/3", run_id=""),
        *(get(f"{MV}/search", filter=f"name = '$p' AND {clause}") for clause in _OF_RUNS),
        post(f"{MV}/create", name="$p", source="s3://b/4", run_id="$run", model_id="m-" + "0" * 32),
    ],
    "a page token is good for the search that gave it out": [
        post("experiments/create", name="$p").keeping(exp="experiment_id"),
        *(post("runs/create", experiment_id="$exp", start_time=at, run_name=f"r{at}") for at in (1, 2, 3)),
        post("runs/search", experiment_ids=["$exp"], max_results=1, order_by=["start_time"]).keeping(
            token="next_page_token"
        ),
        post(
            "runs/search",
            experiment_ids=["$exp"],
            max_results=2,
            order_by=["start_time"],
            page_token="$token",
        ),
        post("runs/search", experiment_ids=["$exp"], max_results=1, page_token="$token"),
    ],
    "filters and orders have more in them than MLflow's": [
        post(f"{RM}/create", name="$p", description="first"),
        post(f"{RM}/create", name="$p-2"),
        post(f"{MV}/create", name="$p", source="s3://b/1"),
        *(
            get(f"{noun}/search", filter=clause, max_results=1000)
            for noun, clauses in _BEYOND.items()
            for clause in clauses
        ),
        get(f"{RM}/search", filter="name LIKE '$p%'", order_by=["attribute.name"]),
        get(f"{MV}/search", filter="name LIKE '$p%'", order_by=[" name DESC "]),
        get(f"{MV}/search", filter="name LIKE '$p%'", order_by=["metrics.loss"]),
        post("experiments/create", name="$p").keeping(exp="experiment_id"),
        post("experiments/search", max_results=5, filter="name like '$p'"),
        post("experiments/search", max_results=5, filter="name = '$p'", order_by=["name", "name DESC"]),
        post("runs/search", experiment_ids=["$exp"], filter="status IN ('FINISHED', 'FAILED')"),
        post("runs/search", experiment_ids=["$exp"], filter="tags.from = 'x'"),
    ],
    "logged models are found by their own rules": [
        *_TWO_MODELS,
        *(_of_models(filter=clause) for clause in _MODEL_FILTERS),
        *(_of_models(order_by=order) for order in _MODEL_ORDERS),
        *(
            _of_models(datasets=[{"dataset_name": "ds", **digest}], filter=clause)
            for digest in ({"dataset_digest": "d1"}, {})
            for clause in ("", "metrics.acc > 0.6")
        ),
        _of_models(max_results=-1),
        _of_models(max_results=1, order_by=[{"field_name": "name"}]).keeping(token="next_page_token"),
        _of_models(max_results=1, order_by=[{"field_name": "name"}], page_token="$token"),
        _of_models(max_results=1, page_token="$token"),
        post("runs/log-metric", run_id="$run", key="odd", value="NaN", timestamp=1, model_id="$model1"),
        get("logged-models/$model1", after="a metric that is no number"),
        get("logged-models/$model1", allow_deleted="yes"),
    ],
    "a batch is logged as a whole": [
        post("experiments/create", name="$p").keeping(exp="experiment_id"),
        post("runs/create", experiment_id="$exp").keeping(run="run.info.run_id"),
        post(
            "runs/log-batch",
            run_id="$run",
            metrics=[{"key": "loss", "value": 1, "timestamp": 1, "model_id": "m-" + "0" * 32}],
            params=[{"key": "depth", "value": "3"}],
        ),
        # What nobody reads tells this look from others, which the difference is not to cover.
        get("runs/get", run_id="$run", after="a batch that was refused"),
        get("metrics/get-history-bulk", run_id="$run", metric_key="loss"),
    ],
}
