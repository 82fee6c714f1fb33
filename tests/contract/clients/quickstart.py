"""The registry's quickstart, line by line, with whichever MLflow client runs it.

Usage: python quickstart.py <address of Greenroom>. Ends with 0 when every line did what it says.
"""

import sys

import mlflow
import mlflow.sklearn
import numpy
import requests
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from serving import served
from sklearn.datasets import make_regression
from sklearn.ensemble import RandomForestRegressor

MAJOR = int(mlflow.__version__.split(".")[0])
# The newer client loads a forest only when told that it may; that is its own rule.
TRUST = {"skops_trusted_types": ["sklearn.tree._tree.Tree"]} if MAJOR >= 3 else {}
LOGGED = "sk-learn-random-forest-reg-model"
REGISTERED = "sk-learn-random-forest-reg"
RENAMED = "sk-learn-random-forest-reg-new"


def log_and_register(model, features) -> str:
    """Log the model in a run, registering it on the way; the run's id."""
    params = {"n_estimators": 3, "random_state": 42}
    with mlflow.start_run() as run:
        mlflow.log_params(params)
        mlflow.log_param("param1", 7)
        mlflow.log_metrics({"metric1": 0.25, "metric2": 2.5})
        signature = mlflow.models.infer_signature(features, model.predict(features))
        mlflow.sklearn.log_model(
            sk_model=model,
            artifact_path="sklearn-model",
            signature=signature,
            registered_model_name=LOGGED,
            **TRUST,
        )
    return run.info.run_id


def register_in_other_ways(client: MlflowClient, run_id: str) -> None:
    """Register the run's model by its `runs:` address, and by a local path that names the run."""
    version = mlflow.register_model(f"runs:/{run_id}/sklearn-model", REGISTERED)
    assert (version.name, int(version.version)) == (REGISTERED, 1), version
    try:
        client.create_registered_model(REGISTERED)
    except MlflowException as error:
        assert error.error_code == "RESOURCE_ALREADY_EXISTS", error
    else:
        raise AssertionError("a name was given twice")
    source = f"mlruns/0/{run_id}/artifacts/sklearn-model"
    version = client.create_model_version(name=REGISTERED, source=source, run_id=run_id)
    assert int(version.version) == 2, version
    assert version.run_id == run_id, version
    assert version.status == "READY", version


def other_local_paths_are_refused(client: MlflowClient, run_id: str) -> None:
    somewhere = ("/etc/passwd", "file:///etc", "mlruns/0/nothing/artifacts/model", f"mlruns/0/{run_id}/../x")
    for source in somewhere:
        try:
            client.create_model_version(name=REGISTERED, source=source, run_id=run_id)
        except MlflowException as error:
            assert error.error_code == "INVALID_PARAMETER_VALUE", (source, error)
            assert source in error.message, (source, error)
        else:
            raise AssertionError(f"{source} was taken as a source")


def load_and_compare(client: MlflowClient, model, features) -> None:
    """Every version predicts what the trained model does, by number and by stage."""
    expected = model.predict(features)
    client.transition_model_version_stage(name=REGISTERED, version=2, stage="Staging")
    for name in (f"{LOGGED}/1", f"{REGISTERED}/1", f"{REGISTERED}/2", f"{REGISTERED}/Staging"):
        loaded = mlflow.pyfunc.load_model(f"models:/{name}")
        assert numpy.array_equal(loaded.predict(features), expected), name
    assert numpy.array_equal(mlflow.sklearn.load_model(f"models:/{LOGGED}/1").predict(features), expected)


def serve_and_score(client: MlflowClient, model, features) -> None:
    """`mlflow models serve` of the version in Production answers a scoring request."""
    client.transition_model_version_stage(name=REGISTERED, version=1, stage="Production")
    with served(f"models:/{REGISTERED}/Production") as address:
        answer = requests.post(f"{address}/invocations", json={"inputs": features.tolist()}, timeout=60)
    assert answer.status_code == 200, answer.text
    assert numpy.allclose(answer.json()["predictions"], model.predict(features)), answer.text


def change_and_delete(client: MlflowClient) -> None:
    text = "This model version is a scikit-learn random forest containing 3 decision trees"
    version = client.update_model_version(name=REGISTERED, version=1, description=text)
    assert version.description == text, version
    client.rename_registered_model(name=REGISTERED, new_name=RENAMED)
    assert len(client.search_model_versions(f"name='{RENAMED}'")) == 2
    assert not client.search_model_versions(f"name='{REGISTERED}'")
    for stage in ("Production", "Archived"):
        version = client.transition_model_version_stage(name=RENAMED, version=2, stage=stage)
        assert version.current_stage == stage, version
    stages = {
        int(one.version): one.current_stage for one in client.search_model_versions(f"name='{RENAMED}'")
    }
    assert stages == {1: "Production", 2: "Archived"}, stages
    client.delete_model_version(name=RENAMED, version=1)
    assert [int(one.version) for one in client.search_model_versions(f"name='{RENAMED}'")] == [2]
    for name in (RENAMED, LOGGED):
        client.delete_registered_model(name=name)
    try:
        client.get_registered_model(RENAMED)
    except MlflowException as error:
        assert error.error_code == "RESOURCE_DOES_NOT_EXIST", error
    else:
        raise AssertionError("a deleted model is still there")


def main() -> None:
    mlflow.set_tracking_uri(sys.argv[1])
    features, target = make_regression(n_features=4, n_informative=2, random_state=0, shuffle=False)
    model = RandomForestRegressor(n_estimators=3, max_depth=2, random_state=42).fit(features, target)
    client = MlflowClient()
    run_id = log_and_register(model, features)
    register_in_other_ways(client, run_id)
    other_local_paths_are_refused(client, run_id)
    load_and_compare(client, model, features)
    serve_and_score(client, model, features[:5])
    change_and_delete(client)


if __name__ == "__main__":
    main()
