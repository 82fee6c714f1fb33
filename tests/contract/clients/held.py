"""Files that versions are made of, and people who go on logging: what is refused, and what goes on.

Usage: python held.py <address of Greenroom> <token of anna> <token of ben>. Ben may read anna's experiment.
"""

import os
import sys
import tempfile
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature, set_signature, update_model_requirements
from sklearn.dummy import DummyClassifier


def act_as(token: str) -> None:
    os.environ["MLFLOW_TRACKING_TOKEN"] = token


def model_that_says(answer: int) -> DummyClassifier:
    return DummyClassifier(strategy="constant", constant=answer).fit([[0], [1]], [0, answer])


def answer_of(uri: str) -> int:
    return int(mlflow.sklearn.load_model(uri).predict([[0]])[0])


def refused(action, *arguments, **named) -> str:
    try:
        action(*arguments, **named)
    except (MlflowException, OSError) as error:
        assert "403" in str(error) or "PERMISSION_DENIED" in str(error), error
        return str(error)
    raise AssertionError(f"{action} was not refused")


def log_twice_in_one_run() -> None:
    """A loop over epochs, of which each registers its model under the same name."""
    with mlflow.start_run() as run:
        for answer in (1, 2):
            mlflow.sklearn.log_model(model_that_says(answer), "model", registered_model_name="epochs")
            mlflow.log_metric("auc", answer)
            mlflow.log_text("more", f"notes/{answer}.txt")
    assert [answer_of(f"models:/epochs/{number}") for number in (1, 2)] == [1, 2]
    assert len(MlflowClient().list_artifacts(run.info.run_id, "notes")) == 2


def register_all_of_a_run() -> None:
    """A version of a run's whole artifact folder, while the run goes on and after it has ended."""
    client = MlflowClient()
    with mlflow.start_run() as run:
        mlflow.log_text("first", "notes.txt")
        client.create_model_version("epochs", run.info.artifact_uri, run.info.run_id)
        mlflow.log_text("second", "notes.txt")
        mlflow.log_text("new", "folder/new.txt")
    client.create_model_version("epochs", run.info.artifact_uri, run.info.run_id)
    client.log_text(run.info.run_id, "third", "notes.txt")
    for number, text in (("3", "first"), ("4", "second")):
        uri = client.get_model_version_download_uri("epochs", number)
        with tempfile.TemporaryDirectory() as folder:
            mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder)
            found = {path.name: path.read_text() for path in Path(folder).rglob("*.txt")}
        assert found["notes.txt"] == text, found
        assert ("new.txt" in found) == (number == "4"), found


def change_what_is_registered() -> str:
    """The id of a run with a model that is registered nowhere, after all that was tried on one that is."""
    with mlflow.start_run() as run:
        logged = mlflow.sklearn.log_model(model_that_says(3), "model")
    mlflow.register_model(logged.model_uri, "kept")
    signature = infer_signature([[0]], [3])
    for said in (
        refused(set_signature, logged.model_uri, signature),
        refused(update_model_requirements, logged.model_uri, "add", ["pandas"]),
    ):
        assert "Version 1 of kept is made of the files" in said, said
        assert "Log the model anew" in said, said
    assert mlflow.models.get_model_info("models:/kept/1").signature is None
    with mlflow.start_run():
        again = mlflow.sklearn.log_model(model_that_says(3), "model", signature=signature)
    mlflow.register_model(again.model_uri, "kept")
    assert mlflow.models.get_model_info("models:/kept/2").signature == signature
    MlflowClient().log_text(run.info.run_id, "goes on", "notes.txt")
    with mlflow.start_run():
        return mlflow.sklearn.log_model(model_that_says(4), "model").model_uri


def register_somebody_elses(uri: str, owner: str, other: str) -> None:
    """Ben registers anna's model, which anna goes on changing."""
    act_as(other)
    mlflow.register_model(uri, "bens")
    act_as(owner)
    set_signature(uri, infer_signature([[0]], [4]))
    act_as(other)
    assert answer_of("models:/bens/1") == 4
    assert mlflow.models.get_model_info("models:/bens/1").signature is None


def main(address: str, anna: str, ben: str) -> None:
    act_as(anna)
    mlflow.set_tracking_uri(address)
    mlflow.set_experiment("annas")
    log_twice_in_one_run()
    register_all_of_a_run()
    register_somebody_elses(change_what_is_registered(), anna, ben)


if __name__ == "__main__":
    main(*sys.argv[1:])
