"""What teams do with a tracking server beyond the quickstart, with whichever MLflow client runs it.

Usage: python tour.py <address of Greenroom> <name that nothing else here has>. Ends with 0 when all went well.
"""

import sys
import tempfile
from pathlib import Path

import mlflow
import mlflow.sklearn
import numpy
import pandas
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from sklearn.datasets import make_regression
from sklearn.linear_model import LinearRegression

MAJOR = int(mlflow.__version__.split(".")[0])


def refused(code: str, call, *args, **kwargs) -> None:
    """Assert that the call raises MLflow's error of this code."""
    try:
        call(*args, **kwargs)
    except MlflowException as error:
        assert error.error_code == code, error
    else:
        raise AssertionError(f"{call.__name__}{args} was not refused")


def trained():
    features, target = make_regression(n_samples=20, n_features=3, random_state=1)
    frame = pandas.DataFrame(features, columns=["a", "b", "c"])
    return LinearRegression().fit(frame, target), frame, target


def models_have_aliases_tags_and_copies(client: MlflowClient, name: str) -> None:
    model, frame, _target = trained()
    with mlflow.start_run():
        info = (
            mlflow.sklearn.log_model(model, name="model", registered_model_name=name, input_example=frame[:2])
            if MAJOR >= 3
            else mlflow.sklearn.log_model(model, "model", registered_model_name=name, input_example=frame[:2])
        )
    assert info.registered_model_version in (1, "1"), info.registered_model_version
    client.set_registered_model_alias(name, "champion", 1)
    assert int(client.get_model_version_by_alias(name, "champion").version) == 1
    loaded = mlflow.pyfunc.load_model(f"models:/{name}@champion")
    assert numpy.allclose(loaded.predict(frame), model.predict(frame))
    client.set_registered_model_tag(name, "team", "blue")
    client.set_model_version_tag(name, "1", "validated", "yes")
    version = client.get_model_version(name, "1")
    assert (version.tags["validated"], list(version.aliases)) == ("yes", ["champion"]), version
    assert client.get_registered_model(name).aliases == {"champion": "1"}
    copy = client.copy_model_version(f"models:/{name}@champion", f"{name}-copy")
    assert (copy.name, int(copy.version)) == (f"{name}-copy", 1), copy
    loaded = mlflow.pyfunc.load_model(f"models:/{name}-copy/1")
    assert numpy.allclose(loaded.predict(frame), model.predict(frame))
    digest = version.tags["greenroom.digest"]
    assert len(digest) == 64, version.tags
    assert client.get_model_version(f"{name}-copy", "1").tags["greenroom.digest"] == digest
    [same] = client.search_model_versions(f"tags.`greenroom.digest` = '{digest}' AND name = '{name}'")
    assert int(same.version) == 1, same
    refused("INVALID_PARAMETER_VALUE", client.set_model_version_tag, name, "1", "greenroom.digest", "0" * 64)
    refused("INVALID_PARAMETER_VALUE", client.delete_model_version_tag, name, "1", "greenroom.digest")
    found = client.search_registered_models(f"name LIKE '{name}%'", order_by=["name DESC"])
    assert [one.name for one in found] == [f"{name}-copy", name], found
    tagged = client.search_model_versions(f"tags.validated = 'yes' AND name LIKE '{name}%'")
    assert {one.name for one in tagged} == {name, f"{name}-copy"}, tagged
    client.delete_registered_model_alias(name, "champion")
    client.delete_model_version_tag(name, "1", "validated")
    client.delete_registered_model_tag(name, "team")
    refused("INVALID_PARAMETER_VALUE", client.get_model_version_by_alias, name, "champion")
    assert client.get_registered_model(name).tags == {}
    assert [int(one.version) for one in client.get_latest_versions(name, ["None"])] == [1]


def runs_nest_and_are_found(client: MlflowClient) -> None:
    with mlflow.start_run(run_name="parent", tags={"kind": "sweep"}) as parent:
        for depth in (1, 2):
            with mlflow.start_run(run_name=f"child-{depth}", nested=True):
                mlflow.log_param("depth", depth)
                mlflow.log_metric("loss", 1 / depth)
    experiment = parent.info.experiment_id
    children = client.search_runs(
        [experiment], f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["metrics.loss ASC"]
    )
    assert [one.info.run_name for one in children] == ["child-2", "child-1"], children
    frame = mlflow.search_runs([experiment], "metrics.loss < 0.6 AND params.depth = '2'")
    assert list(frame["tags.mlflow.runName"]) == ["child-2"], frame
    page = client.search_runs([experiment], max_results=1)
    assert len(page) == 1
    assert page.token
    assert len(client.search_runs([experiment], max_results=1000, page_token=page.token)) >= 2


def autolog_logs_a_fit(client: MlflowClient) -> None:
    mlflow.sklearn.autolog(log_input_examples=True)
    with mlflow.start_run() as run:
        trained()
    mlflow.sklearn.autolog(disable=True)
    data = client.get_run(run.info.run_id).data
    assert data.params["fit_intercept"] == "True", data.params
    assert data.metrics["training_r2_score"] > 0.99, data.metrics
    assert data.tags["estimator_name"] == "LinearRegression", data.tags
    if MAJOR < 3:
        assert "model" in {one.path for one in client.list_artifacts(run.info.run_id)}
    else:
        assert len(client.get_run(run.info.run_id).outputs.model_outputs) == 1


def artifacts_go_up_and_come_down(client: MlflowClient, folder: Path) -> None:
    (folder / "many" / "deep").mkdir(parents=True)
    (folder / "one.txt").write_text("one")
    (folder / "many" / "two é.txt").write_text("two")
    (folder / "many" / "deep" / "empty.bin").write_bytes(b"")
    with mlflow.start_run() as run:
        mlflow.log_artifact(folder / "one.txt")
        mlflow.log_artifact(folder / "one.txt", "below/here")
        mlflow.log_artifacts(folder / "many", "many")
        mlflow.log_text("# Card", "card.md")
        mlflow.log_dict({"a": [1, 2]}, "settings.json")
        mlflow.log_table({"question": ["q1"], "answer": ["a1"]}, "table.json")
        mlflow.log_table({"question": ["q2"], "answer": ["a2"]}, "table.json")
        # The client makes a name of key, step and time: MLflow 2 with per cent signs that read as escapes.
        mlflow.log_image(numpy.zeros((4, 4, 3), dtype="uint8"), key="loss", step=12, synchronous=True)
    run_id = run.info.run_id
    top = {one.path: (one.is_dir, one.file_size) for one in client.list_artifacts(run_id)}
    assert {"below", "card.md", "images", "many", "one.txt", "settings.json", "table.json"} == set(top), top
    assert (top["one.txt"], top["many"][0]) == ((False, 3), True), top
    assert [one.path for one in client.list_artifacts(run_id, "many/deep")] == ["many/deep/empty.bin"]
    images = Path(client.download_artifacts(run_id, "images", str(folder)))
    assert len([one for one in images.iterdir() if one.read_bytes()]) == 2, list(images.iterdir())
    down = Path(client.download_artifacts(run_id, "many", str(folder)))
    assert (down / "two é.txt").read_text() == "two"
    assert (down / "deep" / "empty.bin").read_bytes() == b""
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/card.md") == "# Card"
    assert mlflow.artifacts.load_dict(f"runs:/{run_id}/settings.json") == {"a": [1, 2]}
    assert list(mlflow.load_table("table.json", [run_id])["answer"]) == ["a1", "a2"]
    if MAJOR < 3:  # the newer client keeps no such list
        assert "mlflow.loggedArtifacts" in client.get_run(run_id).data.tags


def metrics_have_a_history(client: MlflowClient) -> None:
    with mlflow.start_run() as run:
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"odd": float("nan"), "huge": float("inf")}, step=1)
    run_id = run.info.run_id
    history = client.get_metric_history(run_id, "loss")
    assert [(one.step, one.value) for one in history] == [(n, 1 / (n + 1)) for n in range(5)], history
    latest = client.get_run(run_id).data.metrics
    # MLflow's own database keeps the largest double for infinity.
    assert (latest["loss"], latest["huge"] > 1.7e308) == (0.2, True), latest
    assert latest["odd"] != latest["odd"], latest
    metrics = [Metric("batch", float(n), 1000 + n, n) for n in range(1000)]
    client.log_batch(run_id, metrics, [Param("p", "1")], [RunTag("t", "2")])
    assert len(client.get_metric_history(run_id, "batch")) == 1000
    refused("INVALID_PARAMETER_VALUE", client.log_param, run_id, "p", "another")


def runs_remember_their_data(client: MlflowClient) -> None:
    _model, frame, _target = trained()
    dataset = mlflow.data.from_pandas(frame, name="numbers")
    with mlflow.start_run() as run:
        mlflow.log_input(dataset, context="training")
    inputs = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert [(one.dataset.name, one.tags[0].value) for one in inputs] == [("numbers", "training")], inputs
    found = client.search_runs([run.info.experiment_id], "dataset.name = 'numbers'")
    assert [one.info.run_id for one in found] == [run.info.run_id], found


def runs_and_experiments_come_back(client: MlflowClient, name: str) -> None:
    experiment = client.create_experiment(f"{name}-gone", tags={"a": "b"})
    run_id = client.create_run(experiment).info.run_id
    client.set_terminated(run_id)
    client.delete_run(run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    assert not client.search_runs([experiment])
    assert len(client.search_runs([experiment], run_view_type=ViewType.DELETED_ONLY)) == 1
    client.restore_run(run_id)
    client.delete_experiment(experiment)
    assert client.get_experiment(experiment).lifecycle_stage == "deleted"
    assert experiment not in {one.experiment_id for one in client.search_experiments()}
    client.restore_experiment(experiment)
    client.rename_experiment(experiment, f"{name}-back")
    assert client.get_experiment_by_name(f"{name}-back").tags["a"] == "b"
    assert client.get_experiment_by_name(f"{name}-gone") is None
    assert client.get_run(run_id).info.status == "FINISHED"


def what_is_not_offered_stops_nobody(experiment: str) -> None:
    @mlflow.trace
    def doubled(number: int) -> int:
        return 2 * number

    assert doubled(4) == 8
    mlflow.flush_trace_async_logging()
    assert len(mlflow.search_traces(experiment_ids=[experiment])) == 0


def prompts_are_kept(client: MlflowClient, name: str) -> None:
    for template in ("Hi {{who}}", "Good day {{who}}"):
        mlflow.genai.register_prompt(name=name, template=template)
    mlflow.genai.set_prompt_alias(name, alias="short", version=1)
    assert mlflow.genai.load_prompt(f"prompts:/{name}@short").format(who="you") == "Hi you"
    assert [one.name for one in mlflow.genai.search_prompts(f"name = '{name}'")] == [name]
    assert not client.search_registered_models(f"name = '{name}'"), (
        "a prompt is no model to who asks for those"
    )


def main() -> None:
    address, name = sys.argv[1:]
    mlflow.set_tracking_uri(address)
    experiment = mlflow.set_experiment(name).experiment_id
    client = MlflowClient()
    models_have_aliases_tags_and_copies(client, name)
    runs_nest_and_are_found(client)
    autolog_logs_a_fit(client)
    with tempfile.TemporaryDirectory() as folder:
        artifacts_go_up_and_come_down(client, Path(folder))
    metrics_have_a_history(client)
    runs_remember_their_data(client)
    runs_and_experiments_come_back(client, name)
    what_is_not_offered_stops_nobody(experiment)
    if MAJOR >= 3:
        prompts_are_kept(client, f"{name.replace(' ', '-')}-prompt")


if __name__ == "__main__":
    main()
