"""How the application is put together: settings, extensions, doors and error pages."""

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app.approvals import changed_files
from app.core.errors import GreenroomError
from app.db import damage, error_mapping, transactions
from app.db.engine import engine_options
from app.db.errors import DatabaseDamaged
from app.http import authentication, proxies, request_guards
from app.http.application import Greenroom, csrf
from app.http.outages import Outages
from app.manifests import verification
from app.registry import access
from app.settings.settings import ROOT, Settings
from app.tracking.logged_models import registered_versions


def build(settings: Settings | None, *, threads: int) -> Greenroom:
    """Builds the application, see `app.create_app`."""
    app = Greenroom(
        __name__,
        template_folder=str(ROOT / "templates"),
        static_folder=None,  # served by the pages' own route, which declares its permission
        instance_relative_config=False,
    )
    app.settings = settings or Settings.from_environ()
    app.sign_in = authentication.SignIn(app.settings)
    app.session_interface = authentication.CookieInterface()
    _configure(app, threads)
    transactions.db.init_app(app)
    csrf.init_app(app)
    proxies.install(app)
    request_guards.install(app)
    registered_versions.readable_names = access.readable_names
    verification.tell = changed_files.tell
    _add_doors(app)
    app.refuse_undeclared_routes()
    return app


def _configure(app: Greenroom, threads: int) -> None:
    settings = app.settings
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url, threads=threads),
        SESSION_COOKIE_NAME="greenroom",
        SESSION_COOKIE_PATH=settings.prefix or "/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # a form left open over lunch must still work; the session bounds it
        MAX_CONTENT_LENGTH=None,  # bounded per door: JSON in the api, form fields in the pages
    )


def _add_doors(app: Greenroom) -> None:
    # Imported here, so that the domain can be used without Flask's request side being loaded.
    from app import api, web

    api.init_app(app)
    web.init_app(app)

    outages = Outages(app.logger)
    app.after_request(outages.answered)

    def answer_error(error: Exception) -> ResponseReturnValue:
        """Each door answers its errors in its own way; a defect is logged whichever it is."""
        if (outage := error_mapping.to_domain_error(error)) is not None:
            if isinstance(outage, DatabaseDamaged):
                damage.note(transactions.db.engine.url)
            outages.refused(
                outage, str(error.args[0]) if error.args else "", f"{request.method} {request.path}"
            )
            error = outage
        elif not isinstance(error, (HTTPException, GreenroomError)):
            app.logger.exception("unexpected error at %s %s", request.method, request.path)
        return api.error_answer(error) if api.is_api_request() else web.error_page(error)

    app.register_error_handler(Exception, answer_error)
