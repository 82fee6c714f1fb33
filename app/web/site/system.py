"""Health, version, static files and the colour scheme, which need no sign-in."""

from flask import Blueprint, Response, redirect, request, send_from_directory
from flask.typing import ResponseReturnValue
from sqlalchemy import literal_column, select

from app.authz.permissions import Permission
from app.core.version import VERSION
from app.db.statements import Statement
from app.http import addresses
from app.http.application import needs
from app.settings import settings
from app.web.site import assets

blueprint = Blueprint("system", __name__)

THEMES = ("system", "light", "dark")
THEME_COOKIE = "greenroom_theme"
YEAR = 365 * 24 * 3600

_ANY_ROW = Statement(select(literal_column("1")))


@blueprint.get("/health")
@needs(Permission.PUBLIC)
def health() -> Response:
    """Answers 200 while the process answers, as MLflow's clients and load balancers ask it."""
    return Response("OK", content_type="text/plain; charset=utf-8")


@blueprint.get("/livez", endpoint="live")
@needs(Permission.PUBLIC)
def live() -> Response:
    """Answers as `/health` does, under the name that Kubernetes' probes are given."""
    return health()


@blueprint.get("/ready", endpoint="ready")
@needs(Permission.PUBLIC)
def ready() -> Response:
    """Answers 200 while the database answers, too. The error of one that doesn't is answered with 503, as ever."""
    _ANY_ROW.first()
    return Response("OK", content_type="text/plain; charset=utf-8")


@blueprint.get("/version")
@needs(Permission.PUBLIC)
def version() -> Response:
    """Answers with the version of Greenroom as plain text."""
    return Response(VERSION, content_type="text/plain; charset=utf-8")


@needs(Permission.PUBLIC)
def static_file(filename: str) -> Response:
    """Answers with a file from static/, and from nowhere else; kept for a year when the address carries its digest."""
    if filename == assets.STYLES:
        answer = Response(assets.styles(), content_type="text/css; charset=utf-8")
        answer.set_etag(assets.digest(filename))
        answer.make_conditional(request)
    else:
        answer = send_from_directory(settings.ROOT / "static", filename)
    answer.vary.discard("Cookie")
    if request.args.get("v") == assets.digest(filename):
        answer.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    else:
        answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.post("/theme")
@needs(Permission.PUBLIC, reads=True)
def choose_theme() -> ResponseReturnValue:
    """Keeps the colour scheme in a cookie and goes back to the page with the button."""
    answer = redirect(addresses.local(request.form.get("next", "")), 303)
    theme = request.form.get("theme")
    if theme in THEMES:
        answer.set_cookie(
            THEME_COOKIE,
            theme,
            max_age=YEAR,
            path=addresses.prefix() or "/",
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
    return answer


def theme() -> str:
    """Returns the colour scheme of the present request: system, light or dark."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "system"
