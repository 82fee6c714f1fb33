"""A member of a team at work: log, register, find, load, move, each in what is their own.

Usage: python member.py <address of Greenroom> <a word for names>. Ends with 0 when all went well. Who it
is stands in MLFLOW_TRACKING_USERNAME and _PASSWORD, or in MLFLOW_TRACKING_TOKEN.
"""

import sys
import tempfile
from pathlib import Path

import mlflow
import mlflow.pyfunc
from mlflow import MlflowClient


class Twice(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [2 * value for value in model_input]


def main(address: str, word: str) -> None:
    mlflow.set_tracking_uri(address)
    client = MlflowClient()
    name = word.replace(" ", "-")

    # In the experiment that everybody has, and in one of their own.
    with mlflow.start_run():
        mlflow.log_metric("seen", 1)
    mlflow.set_experiment(f"of {word}")
    with mlflow.start_run() as run:
        mlflow.log_params({"depth": 3})
        mlflow.log_metrics({"auc": 0.9}, step=1)
        with tempfile.TemporaryDirectory() as folder:
            note = Path(folder, "note.txt")
            note.write_text("hello")
            mlflow.log_artifact(str(note))
        logged = mlflow.pyfunc.log_model("model", python_model=Twice())
    version = mlflow.register_model(logged.model_uri, name)

    assert client.get_run(run.info.run_id).data.metrics["auc"] == 0.9
    assert [one.path for one in client.list_artifacts(run.info.run_id) if one.path == "note.txt"]
    client.set_registered_model_alias(name, "champion", version.version)
    client.set_model_version_tag(name, version.version, "reviewed", "yes")
    client.transition_model_version_stage(name, version.version, "Production")
    assert [one.name for one in client.search_registered_models(f"name = '{name}'")] == [name]
    assert client.get_model_version(name, version.version).current_stage == "Production"
    assert client.get_latest_versions(name, ["Production"])[0].version == version.version
    for uri in (f"models:/{name}@champion", f"models:/{name}/Production", f"models:/{name}/1"):
        assert list(mlflow.pyfunc.load_model(uri).predict([1, 2])) == [2, 4], uri


if __name__ == "__main__":
    main(*sys.argv[1:])
