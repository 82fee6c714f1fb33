"""Fills a live Greenroom over REST, as MLflow's clients do."""

import json
import time
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import requests

SIGNATURE_INPUTS = [
    {"type": "long", "name": "tenure_months", "required": True},
    {"type": "double", "name": "monthly_charge", "required": True},
    {"type": "string", "name": "contract", "required": True},
    {"type": "boolean", "name": "has_support_calls", "required": False},
]
SIGNATURE_OUTPUTS = [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}}]
REQUIREMENTS = "mlflow==3.17.0\ncloudpickle==3.1.1\nnumpy==2.3.1\npandas==2.3.0\nscikit-learn==1.7.0\n"


def mlmodel(run_id: str) -> str:
    """An MLmodel file as sklearn models have it, with a signature."""
    return (
        "artifact_path: model\n"
        "flavors:\n"
        "  python_function:\n    loader_module: mlflow.sklearn\n    model_path: model.pkl\n"
        "    python_version: 3.11.9\n"
        "  sklearn:\n    pickled_model: model.pkl\n    sklearn_version: 1.7.0\n"
        f"mlflow_version: 3.17.0\nmodel_size_bytes: 48211\nrun_id: {run_id}\n"
        "signature:\n"
        f"  inputs: '{json.dumps(SIGNATURE_INPUTS)}'\n"
        f"  outputs: '{json.dumps(SIGNATURE_OUTPUTS)}'\n"
        "utc_time_created: '2026-03-02 09:14:55.120933'\n"
    )


def present_ms() -> int:
    """Now, in milliseconds, as clients send it."""
    return int(time.time() * 1000)


def pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags and parameters as the wire has them."""
    return [{"key": key, "value": value} for key, value in values.items()]


class Library:
    """The calls that tests need; each raises when Greenroom refuses."""

    def __init__(self, url: str):
        self.url = url
        self.session = requests.Session()

    def call(self, method: str, path: str, **body: object) -> dict:
        """One call of MLflow's REST API, below /api/2.0/mlflow/."""
        sent = {"params": body} if method == "GET" else {"json": body}
        answer = self.session.request(method, f"{self.url}/api/2.0/mlflow/{path}", timeout=30, **sent)
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def experiment(self, name: str, tags: Mapping[str, str] | None = None) -> str:
        return self.call("POST", "experiments/create", name=name, tags=pairs(tags or {}))["experiment_id"]

    def run(
        self,
        experiment: str,
        name: str,
        *,
        params: Mapping[str, str] | None = None,
        metrics: Mapping[str, Sequence[float]] | None = None,
        tags: Mapping[str, str] | None = None,
        minutes: int = 12,
    ) -> str:
        """A finished run of so many minutes; its id. Each metric is a curve, a value for each step."""
        end = present_ms()
        start = end - minutes * 60_000
        info = self.call(
            "POST",
            "runs/create",
            experiment_id=experiment,
            run_name=name,
            user_id="ada",
            start_time=start,
            tags=pairs(tags or {}),
        )["run"]["info"]
        points = [
            {"key": key, "value": value, "timestamp": start + step * 1000, "step": step}
            for key, values in (metrics or {}).items()
            for step, value in enumerate(values)
        ]
        self.call("POST", "runs/log-batch", run_id=info["run_id"], metrics=points, params=pairs(params or {}))
        self.call("POST", "runs/update", run_id=info["run_id"], status="FINISHED", end_time=end)
        return info["run_id"]

    def use_data_set(self, run_id: str, name: str, digest: str) -> None:
        """Note that the run was trained on a data set."""
        dataset = {"name": name, "digest": digest, "source_type": "s3", "source": "{}"}
        context = [{"key": "mlflow.data.context", "value": "training"}]
        self.call("POST", "runs/log-inputs", run_id=run_id, datasets=[{"dataset": dataset, "tags": context}])

    def put(self, experiment: str, run_id: str, path: str, content: bytes) -> None:
        """Upload an artifact of a run."""
        place = f"{experiment}/{run_id}/artifacts/{quote(path)}"
        url = f"{self.url}/api/2.0/mlflow-artifacts/artifacts/{place}"
        answer = self.session.put(url, data=content, timeout=30)
        assert answer.status_code == 200, f"PUT {place}: {answer.status_code} {answer.text[:500]}"

    def put_model(self, experiment: str, run_id: str) -> None:
        """Upload a small model with MLmodel, requirements and an unreadable pickle as `model`."""
        self.put(experiment, run_id, "model/MLmodel", mlmodel(run_id).encode())
        self.put(experiment, run_id, "model/requirements.txt", REQUIREMENTS.encode())
        self.put(experiment, run_id, "model/model.pkl", bytes(range(256)) * 180)

    def model(self, name: str, description: str = "", tags: Mapping[str, str] | None = None) -> str:
        self.call(
            "POST", "registered-models/create", name=name, description=description, tags=pairs(tags or {})
        )
        return name

    def version(
        self,
        name: str,
        run_id: str | None = None,
        *,
        source: str | None = None,
        description: str = "",
        stage: str | None = None,
        aliases: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Register the `model` of a run, or what lies at `source`; the number of the version."""
        optional = {"run_id": run_id} if run_id else {}
        number = self.call(
            "POST",
            "model-versions/create",
            name=name,
            source=source or f"runs:/{run_id}/model",
            description=description,
            tags=pairs(tags or {}),
            **optional,
        )["model_version"]["version"]
        if stage:
            self.call(
                "POST",
                "model-versions/transition-stage",
                name=name,
                version=number,
                stage=stage,
                archive_existing_versions=False,
            )
        for alias in aliases:
            self.call("POST", "registered-models/alias", name=name, alias=alias, version=number)
        return number

    def version_row(self, name: str, number: str | int) -> dict:
        """What the API says of a version."""
        return self.call("GET", "model-versions/get", name=name, version=str(number))["model_version"]
