"""The browser's door: pages and forms over the same verbs as the API."""

from flask import Response

from app.edge import Greenroom


def init_app(app: Greenroom) -> None:
    """Mount the pages."""
    from app.web import system

    app.register_blueprint(system.blueprint)
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=system.static_file)


def error_page(error: Exception) -> Response:
    """The page a person gets for any error."""
    return Response(str(error), 500)
