"""Accounts kept through MLflow's own client for them, `AuthServiceClient`.

Usage: python users.py <address> <password of root>, signed in as root by MLflow's variables. Ends with 0
when every answer was as it should be.
"""

import importlib.util
import os
import sys
import types
from pathlib import Path

from mlflow.exceptions import MlflowException

# Importing the package itself loads MLflow's server for it, which needs more than a client installs.
PACKAGE = "mlflow.server.auth"
package = types.ModuleType(PACKAGE)
package.__path__ = [str(Path(importlib.util.find_spec("mlflow.server").origin).parent / "auth")]
sys.modules[PACKAGE] = package

from mlflow.server.auth.client import AuthServiceClient  # noqa: E402

FIRST, SECOND = "a first long passphrase", "a second long passphrase"


def refused(code: str, call, *arguments) -> str:
    try:
        call(*arguments)
    except MlflowException as error:
        assert error.error_code == code, error
        return str(error)
    raise AssertionError(f"{call.__name__} was not refused")


def main(address: str) -> None:
    client = AuthServiceClient(address)
    name = f"dora-{os.getpid()}"
    made = client.create_user(name, FIRST)
    assert (made.username, made.is_admin) == (name, False)
    said = refused("RESOURCE_ALREADY_EXISTS", client.create_user, name, SECOND)
    assert "argon2" not in said and SECOND not in said, said
    refused("INVALID_PARAMETER_VALUE", client.create_user, f"{name}-2", "password1234")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_user, "nobody")
    client.update_user_admin(name, True)
    assert client.get_user(name).is_admin is True
    client.update_user_password(name, SECOND)

    os.environ["MLFLOW_TRACKING_USERNAME"], os.environ["MLFLOW_TRACKING_PASSWORD"] = name, SECOND
    assert client.get_user(name).id == made.id
    refused("BAD_REQUEST", client.delete_user, name)
    refused("INVALID_PARAMETER_VALUE", client.update_user_password, name, FIRST)
    client.update_user_admin(name, False)
    refused("PERMISSION_DENIED", client.delete_user, "root")

    os.environ["MLFLOW_TRACKING_USERNAME"] = "root"
    os.environ["MLFLOW_TRACKING_PASSWORD"] = sys.argv[2]
    client.delete_user(name)
    refused("RESOURCE_DOES_NOT_EXIST", client.get_user, name)


if __name__ == "__main__":
    main(sys.argv[1])
