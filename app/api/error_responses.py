"""Domain errors in MLflow's words: `{"error_code", "message", "sqlstate", "error_class"}` and a status.

The codes and statuses are those of `mlflow.exceptions.ERROR_CODE_TO_HTTP_STATUS`, the last two
fields those of `mlflow.error_classification`, which MLflow 3.17 adds to the codes it classifies.
"""

from collections.abc import Mapping
from urllib.parse import quote

import orjson
from flask import Response
from werkzeug.exceptions import HTTPException

from app.accounts.errors import OwnAccount
from app.api.error_sentences import sentence
from app.core import errors
from app.http import addresses

# domain error -> (MLflow's code, HTTP status)
CODES: dict[type[errors.GreenroomError], tuple[str, int]] = {
    errors.InvalidParameter: ("INVALID_PARAMETER_VALUE", 400),
    # The code of MLflow's `users/delete`.
    OwnAccount: ("BAD_REQUEST", 400),
    errors.UnknownField: ("INVALID_PARAMETER_VALUE", 400),
    errors.NotFound: ("RESOURCE_DOES_NOT_EXIST", 404),
    errors.AlreadyExists: ("RESOURCE_ALREADY_EXISTS", 400),
    errors.PermissionDenied: ("PERMISSION_DENIED", 403),
    errors.ApprovalRequired: ("PERMISSION_DENIED", 403),
    errors.SignInNeeded: ("UNAUTHENTICATED", 401),
    errors.TooMany: ("REQUEST_LIMIT_EXCEEDED", 429),
    errors.StaleState: ("RESOURCE_CONFLICT", 409),
    # MLflow answers INVALID_STATE with 500; a client's mistake is not the server's fault.
    errors.InvalidState: ("INVALID_STATE", 400),
    errors.TooLarge: ("INVALID_PARAMETER_VALUE", 413),
    # MLflow answers this code with 429, after which its clients send the same again, and again.
    errors.NoRoom: ("RESOURCE_EXHAUSTED", 507),
    errors.OutcomeUnknown: ("TEMPORARILY_UNAVAILABLE", 503),
    errors.NotOffered: ("NOT_IMPLEMENTED", 501),
    # MLflow's clients try again by themselves.
    errors.Unavailable: ("TEMPORARILY_UNAVAILABLE", 503),
}

HTTP_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "ENDPOINT_NOT_FOUND",
    405: "ENDPOINT_NOT_FOUND",
    429: "REQUEST_LIMIT_EXCEEDED",
    413: "INVALID_PARAMETER_VALUE",
    416: "INVALID_PARAMETER_VALUE",
    501: "NOT_IMPLEMENTED",
    503: "TEMPORARILY_UNAVAILABLE",
}

# code -> (sqlstate, error_class), as MLflow 3.17 classifies them; codes not listed carry neither.
CLASSES = {
    "BAD_REQUEST": ("KAM00", "INVALID_PARAMETER_VALUE"),
    "ENDPOINT_NOT_FOUND": ("KAM00", "RESOURCE_NOT_FOUND"),
    "INTERNAL_ERROR": ("XXM00", "CLIENT_INTERNAL_ERROR"),
    "INVALID_PARAMETER_VALUE": ("KAM00", "INVALID_PARAMETER_VALUE"),
    "INVALID_STATE": ("XXM00", "CLIENT_INTERNAL_ERROR"),
    "PERMISSION_DENIED": ("KAM00", "PERMISSION_DENIED"),
    "RESOURCE_ALREADY_EXISTS": ("KAM00", "RESOURCE_ALREADY_EXISTS"),
    "RESOURCE_DOES_NOT_EXIST": ("KAM00", "RESOURCE_NOT_FOUND"),
    "TEMPORARILY_UNAVAILABLE": ("XXM00", "CLIENT_INTERNAL_ERROR"),
}


# The one error of ours for which MLflow has a class of its own and no code.
OF_UNKNOWN_FIELDS = ("KAM04", "ATTRIBUTE_NOT_FOUND")


def error_response(
    code: str,
    message: str,
    status: int,
    headers: Mapping[str, str] | None = None,
    classes: tuple[str, str] | None = None,
) -> Response:
    """Returns MLflow's JSON error body with its status; `classes` unless they are those of the code."""
    body = {"error_code": code, "message": message}
    if pair := classes or CLASSES.get(code):
        body["sqlstate"], body["error_class"] = pair
    return Response(orjson.dumps(body), status, headers, content_type="application/json")


def for_domain_error(error: errors.GreenroomError) -> Response:
    """Returns the answer to a client for an error that a verb raised."""
    code, status = error.value_in(CODES)
    message = sentence(error)
    if isinstance(error, errors.ApprovalRequired):
        message = f"{message} {_how_to_request(error)}"
    headers = {}
    if isinstance(error, errors.SignInNeeded):
        headers["WWW-Authenticate"] = 'Basic realm="Greenroom", charset="UTF-8"'
    if isinstance(error, errors.TooMany):
        headers["Retry-After"] = str(error.retry_after)
    classes = OF_UNKNOWN_FIELDS if isinstance(error, errors.UnknownField) else None
    return error_response(code, message, status, headers, classes)


def _how_to_request(error: errors.ApprovalRequired) -> str:
    """Returns how and where to request what the caller may not do directly."""
    version = f"{addresses.server()}/models/{quote(error.model, safe='')}/versions/{error.number}"
    page = f"{version}/requests/new?stage={quote(error.stage)}"
    return f"Ask for it at {page} or with POST /api/2.0/mlflow/transition-requests/create."


def for_http_error(error: HTTPException) -> Response:
    """Returns the answer for what Flask itself refuses: an unknown path, a wrong method, an incomplete body."""
    status = error.code or 500
    code = HTTP_CODES.get(status, "INTERNAL_ERROR" if status >= 500 else "BAD_REQUEST")
    headers = {k: v for k, v in error.get_headers() if k in ("Allow", "Content-Range", "WWW-Authenticate")}
    return error_response(code, error.description or error.name, status, headers)


def for_defect(_error: Exception) -> Response:
    """Returns the answer to a defect of ours: it gives no details, which are in the log."""
    return error_response("INTERNAL_ERROR", "Greenroom failed at this request; its log says why.", 500)
