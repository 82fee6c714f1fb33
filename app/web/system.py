"""Health, version and static files: what answers before anybody is known."""

from flask import Blueprint, Response, send_from_directory

from app import config
from app.accounts.permissions import Permission
from app.edge import needs

blueprint = Blueprint("system", __name__)


@blueprint.get("/health")
@needs(Permission.PUBLIC)
def health() -> Response:
    """200 as long as the process answers, as MLflow's clients and load balancers ask it."""
    return Response("OK", content_type="text/plain; charset=utf-8")


@blueprint.get("/version")
@needs(Permission.PUBLIC)
def version() -> Response:
    """The version of Greenroom as plain text."""
    from app import __version__

    return Response(__version__, content_type="text/plain; charset=utf-8")


@needs(Permission.PUBLIC)
def static_file(filename: str) -> Response:
    """A file from static/, and from nowhere else."""
    return send_from_directory(config.ROOT / "static", filename, max_age=3600)
