"""What answers of the API say, and where its calls are."""

from typing import Any

from werkzeug.test import TestResponse

API = "/api/2.0/mlflow/"
FILES = "/api/2.0/mlflow-artifacts/"

HIDDEN = (404, "RESOURCE_DOES_NOT_EXIST")
DENIED = (403, "PERMISSION_DENIED")


def refusal(answer: TestResponse) -> tuple[int, str]:
    """Returns the status and MLflow's code of an answer that refuses something."""
    return answer.status_code, (answer.json or {}).get("error_code", "")


def done(answer: TestResponse) -> Any:
    """Returns what an answer that refuses nothing holds."""
    assert answer.status_code == 200, answer.text
    return answer.json
