"""Somebody with an account who was given nothing: what is another's is not there.

Usage: python stranger.py <address of Greenroom> <the word that member.py was given>.
"""

import sys

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException


def refused(code: str, action) -> None:
    try:
        found = action()
    except MlflowException as error:
        assert error.error_code == code, (error.error_code, error)
    else:
        raise AssertionError(f"it answered {found}")


def main(address: str, word: str) -> None:
    mlflow.set_tracking_uri(address)
    client = MlflowClient()
    name, missing = word.replace(" ", "-"), "RESOURCE_DOES_NOT_EXIST"

    assert {one.name for one in client.search_registered_models()} <= {
        "kept-mlflow-2-mine",
        "kept-mlflow-3-mine",
    }
    assert list(client.search_model_versions()) == []
    assert client.get_experiment_by_name(f"of {word}") is None
    assert f"of {word}" not in [one.name for one in client.search_experiments()]
    refused(missing, lambda: client.get_registered_model(name))
    refused(missing, lambda: client.get_model_version(name, "1"))
    refused(missing, lambda: client.get_model_version_download_uri(name, "1"))
    refused(missing, lambda: client.delete_registered_model(name))
    refused(missing, lambda: client.transition_model_version_stage(name, "1", "Staging"))
    refused(missing, lambda: client.set_registered_model_alias(name, "mine", "1"))
    # What is theirs, they may do all the same; a name in use is all that they learn of others.
    client.create_registered_model(f"{name}-mine")
    client.set_registered_model_tag(f"{name}-mine", "a", "b")


if __name__ == "__main__":
    main(*sys.argv[1:])
