"""Somebody without an account, or with a token that is none: every call says that one must sign in.

Usage: python outsider.py <address of Greenroom>.
"""

import sys

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException


def main(address: str) -> None:
    mlflow.set_tracking_uri(address)
    client = MlflowClient()
    for action in (
        client.search_registered_models,
        client.search_experiments,
        lambda: client.get_registered_model("churn"),
        lambda: client.create_registered_model("churn"),
    ):
        try:
            action()
        except MlflowException as error:
            assert "401" in str(error) or error.error_code == "UNAUTHENTICATED", error
        else:
            raise AssertionError("it was let in")


if __name__ == "__main__":
    main(*sys.argv[1:])
