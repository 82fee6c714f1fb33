"""Error pages: a status for each family of errors, and what to do next for each status."""

from typing import NamedTuple, cast

from flask import Response, current_app, make_response, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.core import errors
from app.db import error_mapping
from app.http import addresses
from app.http.application import current_greenroom
from app.registry import former_names
from app.registry.errors import ModelNotFound
from app.web.error_sentences import sentence
from app.web.rendering import form_recovery

STATUSES: dict[type[errors.GreenroomError], int] = {
    errors.InvalidParameter: 400,
    errors.UnknownField: 400,
    errors.NotFound: 404,
    errors.AlreadyExists: 409,
    errors.PermissionDenied: 403,
    errors.ApprovalRequired: 403,
    errors.SignInNeeded: 401,
    errors.TooMany: 429,
    errors.StaleState: 409,
    errors.InvalidState: 409,
    errors.TooLarge: 413,
    errors.NoRoom: 507,
    errors.OutcomeUnknown: 503,
    errors.NotOffered: 404,
    errors.Unavailable: 503,
}


class Advice(NamedTuple):
    title: str
    explanation: str
    next_step: str


ADVICE = {
    400: Advice(
        "Invalid request",
        "The address or form contains something we can't process.",
        "Go back, correct it, and submit it again.",
    ),
    401: Advice(
        "Sign in first",
        "Only people with an account here can see or do this.",
        "Sign in, then open this address again. Anything you submitted is below: sign in in another "
        "tab, then submit it again.",
    ),
    403: Advice(
        "You don't have permission",
        "You don't have access to this.",
        "Ask a manager of the model or experiment, or an administrator.",
    ),
    404: Advice(
        "Page not found",
        "It may have been renamed or deleted, or the address is incomplete.",
        "Look in the list of models, or ask the person who sent you the address.",
    ),
    405: Advice(
        "This address only accepts forms",
        "It has no page of its own.",
        "Go back to the page of the model and use the form there.",
    ),
    409: Advice(
        "It has changed in the meantime",
        "Someone changed this first. Nothing was saved.",
        "Go back, reload the page to see the current state, and try again.",
    ),
    413: Advice(
        "Too large",
        "The form is larger than the limit.",
        "Shorten the text, which is below unless it is several megabytes long. To add files, log them to a "
        "run with an MLflow client.",
    ),
    429: Advice(
        "Too many attempts",
        "There were too many attempts in a short time.",
        "Wait a few minutes and try again.",
    ),
    500: Advice(
        "Something went wrong on our side",
        "This is our mistake, not yours. Nothing was changed.",
        "Try again. If it keeps happening, tell your administrator when it happened: the log has details.",
    ),
    503: Advice(
        "Greenroom is not ready",
        "A part of it, most likely the database, is not responding right now.",
        "Wait a minute and reload. If it keeps happening, tell your administrator.",
    ),
    507: Advice(
        "Greenroom cannot store this",
        "Its disk is full or can't be written to right now.",
        "Tell your administrator. Anything you submitted is below: submit it again later.",
    ),
}

# After these the same form may work later.
PASSING_STATUSES = (401, 429, 500, 503, 507)

CSRF_ADVICE = Advice(
    "This form is no longer valid",
    "It was opened in an earlier browser session, or was sent by another site. Nothing was changed.",
    "Go back, reload the page, and submit the form again.",
)
# Where the error page can send the form again.
CSRF_AGAIN = CSRF_ADVICE._replace(
    next_step="What you submitted is below: check it, and submit it again from here."
)


def status_of(error: Exception) -> int:
    """Returns the HTTP status of an error; 500 for a defect."""
    if isinstance(error, errors.GreenroomError):
        return error.value_in(STATUSES)
    if isinstance(error, HTTPException):
        return error.code or 500
    return 500


def error_page(error: Exception) -> Response:
    """Returns the page that says what went wrong and what to do next; a redirect is passed on as it is."""
    if isinstance(error, HTTPException) and (error.response is not None or (error.code or 500) < 400):
        return cast(Response, error.get_response())
    error = _error_for_nobody(error)
    if isinstance(error, errors.SignInNeeded) and request.method in ("GET", "HEAD"):
        return make_response(redirect(url_for("signing.sign_in", next=addresses.asked()), 303))
    if isinstance(error, ModelNotFound) and (renamed := _page_of_renamed(error)) is not None:
        return make_response(redirect(renamed, 302))
    if request.method not in ("GET", "HEAD"):
        # Flask's own key. The view's messages are wrong now, as what it did was undone, perhaps by a failed commit.
        session.pop("_flashes", None)
    error = _error_for_sender(error) if isinstance(error, (CSRFError, RequestEntityTooLarge)) else error
    status = status_of(error)
    again = _is_passing(error, status) and form_recovery.may_send_again()
    advice = _advice(error, status, again)
    try:
        html = render_template(
            "site/error.html",
            status=status,
            advice=advice,
            detail=_detail(error),
            typed_fields=form_recovery.fields(),
            send_again=again,
            action=addresses.asked(),
            ask=url_for("transition_requests.ask", name=error.model, number=error.number, stage=error.stage)
            if isinstance(error, errors.ApprovalRequired)
            else None,
        )
    except Exception:  # the same defect may break the page about it, too
        current_app.logger.exception("the error page failed at %s", request.path)
        return Response(
            f"{advice.title}. {advice.next_step}", status, content_type="text/plain; charset=utf-8"
        )
    answer = make_response(html, status)
    if isinstance(error, errors.TooMany):
        answer.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, HTTPException):
        answer.headers.extend((k, v) for k, v in error.get_headers() if k in ("Allow", "Retry-After"))
    return answer


def _error_for_nobody(error: Exception) -> Exception:
    """Returns what is wrong with an address that does not exist, although nobody is signed in.

    There is nothing to sign in for, and probes and scrapers of metrics take a redirect for a good answer.
    """
    wrong = request.routing_exception
    is_about_sign_in = isinstance(error, errors.SignInNeeded) and request.method in ("GET", "HEAD")
    return wrong if is_about_sign_in and wrong is not None and (wrong.code or 500) >= 400 else error


def _page_of_renamed(error: ModelNotFound) -> str | None:
    """Returns the address of the same page of the model that had this name before it was renamed, if there is one."""
    parts = request.view_args or {}
    if request.method not in ("GET", "HEAD") or request.endpoint is None or parts.get("name") != error.name:
        return None
    try:
        name = former_names.leads_to(error.name)
    except (errors.GreenroomError, SQLAlchemyError):  # the page about the first error says what is wrong
        return None
    if name is None:
        return None
    return addresses.same_page(name=name)


def _error_for_sender(error: Exception) -> Exception:
    """Returns what the sender is refused for: forms and their tokens are checked before it is known who sent them."""
    try:
        current_greenroom().check_refused_sender()
    except (errors.GreenroomError, SQLAlchemyError) as other:
        return error_mapping.to_domain_error(other) or other
    return error


def _is_passing(error: Exception, status: int) -> bool:
    """Returns whether the same form may work later; not where what it asks for may be done already."""
    if isinstance(error, errors.OutcomeUnknown):
        return False
    return isinstance(error, CSRFError) or status in PASSING_STATUSES


def _advice(error: Exception, status: int, again: bool) -> Advice:
    if isinstance(error, CSRFError):
        return CSRF_AGAIN if again else CSRF_ADVICE
    return ADVICE.get(status, ADVICE[400 if status < 500 else 500])


def _detail(error: Exception) -> str | None:
    """Returns the error's own sentence, unless that is for programs."""
    if isinstance(error, errors.SignInNeeded) and "Authorization" not in request.headers:
        return None
    return sentence(error) if isinstance(error, errors.GreenroomError) else None
