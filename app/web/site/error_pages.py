"""Error pages: a status for each family of errors, and what to do next for each status."""

from typing import NamedTuple, cast

from flask import Response, current_app, make_response, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.core import errors
from app.db import error_mapping
from app.http.application import current_greenroom
from app.web.error_sentences import sentence
from app.web.rendering import form_recovery

STATUSES: dict[type[errors.GreenroomError], int] = {
    errors.InvalidParameter: 400,
    errors.UnknownField: 400,
    errors.NotFound: 404,
    errors.AlreadyExists: 409,
    errors.PermissionDenied: 403,
    errors.AskFirst: 403,
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
        "Something in the address or the form is not as it should be.",
        "Go back, correct it, and send it again.",
    ),
    401: Advice(
        "Sign in first",
        "Only people with an account here can see or do this.",
        "Sign in, then open this address again. What you sent, if anything, is below: sign in in another "
        "tab, and send it again.",
    ),
    403: Advice(
        "You may not do this",
        "What you asked for needs a permission that you do not have here.",
        "Ask whoever manages what this is about, or an administrator.",
    ),
    404: Advice(
        "Page not found",
        "It may have been renamed or deleted, or the address was cut off on its way.",
        "Look for it in the list of models, or ask whoever sent you the address.",
    ),
    405: Advice(
        "This address only takes forms",
        "It takes what a form sends and has no page of its own.",
        "Go back to the page of the model and use the form there.",
    ),
    409: Advice(
        "It has changed in the meantime",
        "Someone changed this first, so nothing was done.",
        "Go back, reload the page to see how it is now, and decide again.",
    ),
    413: Advice(
        "That is too much at once",
        "What was sent is larger than a form may be.",
        "Shorten the text, which is below unless it is several megabytes long. Files belong to a run: log "
        "them with an MLflow client.",
    ),
    429: Advice(
        "Too many attempts", "This was tried too often in a short time.", "Wait a few minutes and try again."
    ),
    500: Advice(
        "Something went wrong on our side",
        "This is a defect of ours and not your mistake; nothing was changed.",
        "Try it once more. If it stays, tell whoever runs this server when it was: the log has the rest.",
    ),
    503: Advice(
        "Greenroom is not ready",
        "A part of it, most likely the database, does not answer at the moment.",
        "Wait a minute and reload. If it stays, tell whoever runs this server.",
    ),
    507: Advice(
        "Greenroom cannot store this",
        "Its disk is full, or not to be written at the moment.",
        "Tell whoever runs this server. What you sent, if anything, is below: send it again later.",
    ),
}

# After these the same form may work later.
PASSING_STATUSES = (401, 429, 500, 503, 507)

CSRF_ADVICE = Advice(
    "This form is no longer valid",
    "It was opened before the browser's session began anew, or was sent by another site; nothing was changed.",
    "Go back, reload the page, and send the form again.",
)
# Where the error page can send the form again.
CSRF_AGAIN = CSRF_ADVICE._replace(
    next_step="What you sent is below: look it over, and send it again from here."
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
    if isinstance(error, errors.SignInNeeded) and request.method in ("GET", "HEAD"):
        return make_response(redirect(url_for("signing.sign_in", next=request.full_path.rstrip("?")), 303))
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
            action=request.full_path.rstrip("?"),
            ask=url_for("transition_requests.ask", name=error.model, number=error.number, stage=error.stage)
            if isinstance(error, errors.AskFirst)
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


def _error_for_sender(error: Exception) -> Exception:
    """Returns what the sender is refused for: forms and their tokens are checked before it is known who sent them."""
    try:
        current_greenroom().meet_sender()
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
