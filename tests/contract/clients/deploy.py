"""A deployment that may read one model and nothing else: load it, download it, and find nothing beside it.

Usage: python deploy.py <address of Greenroom> <the model's name>. Ends with 0 when all went well. The
token stands in MLFLOW_TRACKING_TOKEN.
"""

import sys
from pathlib import Path

import mlflow
import mlflow.artifacts
import mlflow.pyfunc
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException


def main(address: str, name: str) -> None:
    mlflow.set_tracking_uri(address)
    client = MlflowClient()

    for uri in (f"models:/{name}@champion", f"models:/{name}/Production", f"models:/{name}/1"):
        assert list(mlflow.pyfunc.load_model(uri).predict([1, 2])) == [2, 4], uri
    folder = mlflow.artifacts.download_artifacts(f"models:/{name}@champion")
    assert Path(folder, "MLmodel").is_file()

    assert [one.name for one in client.search_registered_models()] == [name]
    version = client.get_model_version_by_alias(name, "champion")
    refused = {
        "RESOURCE_DOES_NOT_EXIST": lambda: client.get_run(version.run_id),
        "PERMISSION_DENIED": lambda: client.set_registered_model_tag(name, "owner", "me"),
    }
    for code, call in refused.items():
        try:
            call()
        except MlflowException as error:
            assert error.error_code == code, error
        else:
            raise AssertionError(f"no {code}")


if __name__ == "__main__":
    main(*sys.argv[1:])
