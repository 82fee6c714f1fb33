"""The API door: MLflow's wire. Its spelling of names, codes and paths exists in this package only."""

from flask import Response, request
from werkzeug.exceptions import HTTPException

from app.api import error_responses
from app.api.routing import v2, v3
from app.core.errors import GreenroomError
from app.http.application import Greenroom, csrf

PREFIXES = ("/api/", "/ajax-api/")
# For links in pages: MLflow's two beside its prefixes, and ours for logged models.
LINKS = ("/get-artifact", "/model-versions/get-artifact", "/logged-models/get-artifact")


def init_app(app: Greenroom) -> None:
    """Mounts the calls under both of MLflow's prefixes and answers every error under them in JSON."""
    from app.api import endpoints, not_offered  # noqa: F401  (importing declares the calls)
    from app.api.mlflow import owned_artifacts, server

    for blueprint, version in ((v2, "2.0"), (v3, "3.0")):
        csrf.exempt(blueprint)
        for prefix in PREFIXES:
            name = f"{blueprint.name}_{prefix.strip('/').replace('-', '_')}"
            app.register_blueprint(blueprint, url_prefix=f"{prefix}{version}", name=name)
    for prefix in PREFIXES:
        # MLflow declares this one path without the slash after the version, and its clients send it so.
        endpoint = f"{v2.name}_{prefix.strip('/').replace('-', '_')}.inputs_search_datasets"
        app.add_url_rule(
            f"{prefix}2.0mlflow/experiments/search-datasets", endpoint=endpoint, methods=["POST"]
        )
    app.register_blueprint(owned_artifacts.links)
    app.register_blueprint(server.discovery)
    csrf.exempt(not_offered.outside)
    app.register_blueprint(not_offered.outside)


def is_api_request() -> bool:
    """Returns whether the present request is for the API, an unknown path under its prefixes included."""
    return request.path.startswith(PREFIXES) or request.path in LINKS


def error_answer(error: Exception) -> Response:
    """Returns the JSON answer for any exception of a request for the API."""
    if isinstance(error, GreenroomError):
        return error_responses.for_domain_error(error)
    if isinstance(error, HTTPException):
        return error_responses.for_http_error(error)
    return error_responses.for_defect(error)
