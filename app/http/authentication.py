"""Finding out who makes a request: a token, a name and password, or a browser's session.

Programs send an Authorization header, Basic or Bearer, and any path takes it. A session counts on
pages and links only, never under the API's prefixes: what a browser sends by itself must not be enough
for a call that no form of ours protects.
"""

import contextlib

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from app.accounts import queries, sessions, sign_in_throttle, tokens
from app.accounts.credential_cache import CredentialCache
from app.accounts.credentials import AuthenticatedActor, TeamMode, VerifiedPasswordCache, by_session, by_token
from app.accounts.secrets import TOKEN_PREFIX
from app.audit import recorder
from app.audit.access_refusals import AccessRefusals
from app.audit.recorder import Kind
from app.authz.actors import LOCAL_USER, Actor
from app.authz.permissions import Permission, covers
from app.core.errors import NotFound, PermissionDenied, TooMany
from app.db.transactions import transaction
from app.http.error_sentences import sentence
from app.http.errors import (
    AdministratorNeeded,
    AuthorizationSchemeUnknown,
    AuthorizationUnreadable,
    CredentialsMissing,
    CredentialsRefused,
    ScopeMissing,
    TokenLimitedToModels,
)
from app.settings.settings import Settings

API_PREFIXES = ("/api/", "/ajax-api/")
SESSION_KEY = "session"

# Nobody: what is shown to them needs no right. No account has this key, so nothing was given to it.
NOBODY = Actor(name="nobody", account_id=0, is_limited=True)


class CookieInterface(SecureCookieSessionInterface):
    """Flask's signed cookie, marked Secure wherever the request came over https."""

    def open_session(self, app: Flask, req: Request) -> SecureCookieSession | None:
        # Programs send no cookie at all, and to look through none takes a tenth of a short call.
        return super().open_session(app, req) if "HTTP_COOKIE" in req.environ else self.session_class()

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


class SignIn:
    """Who may come in at all; one to an application, with what its process remembers."""

    def __init__(self, settings: Settings):
        self.team = TeamMode()
        self._verified_passwords = VerifiedPasswordCache()
        self._credential_cache = CredentialCache()
        self._refusals = AccessRefusals()
        self._takes_passwords = settings.passwords

    def identify(self, req: Request) -> AuthenticatedActor:
        """Who makes the request, in the running transaction; NOBODY where nothing says so.

        Raises `SignInNeeded` for a header that is not good, and `TooMany` after too many of those.
        """
        if not self.team.is_on():
            return AuthenticatedActor(LOCAL_USER)
        header = req.environ.get("HTTP_AUTHORIZATION")
        if header is not None:
            return self._credential_cache.identify(header, lambda: self._by_header(req))
        secret = session.get(SESSION_KEY)
        if secret and not req.path.startswith(API_PREFIXES):
            return by_session(secret) or AuthenticatedActor(NOBODY)
        return AuthenticatedActor(NOBODY)

    def _by_header(self, req: Request) -> AuthenticatedActor:
        sent = req.authorization
        address = req.remote_addr or ""
        if sent is None:
            raise AuthorizationUnreadable
        if sent.type == "bearer":
            return by_token(sent.token or "") or self._refuse("", address)
        name, password = sent.get("username") or "", sent.get("password") or ""
        if sent.type != "basic":
            raise AuthorizationSchemeUnknown(sent.type)
        if password.startswith(TOKEN_PREFIX) and (authenticated := by_token(password)):
            return authenticated
        return self.by_password(name, password, address) or self._refuse(name, address)

    def by_password(self, name: str, password: str, address: str) -> AuthenticatedActor | None:
        """Who has that name and password; None for nobody. Raises `TooMany`."""
        if not self._takes_passwords:
            return None
        return self._verified_passwords.by_password(name, password, address)

    def _refuse(self, name: str, address: str) -> AuthenticatedActor:
        self.note_failure(name, address)
        raise CredentialsRefused

    def note_failure(self, name: str, address: str) -> None:
        """Count and record a sign-in that failed, whatever becomes of the request, until there are too many.

        Those are neither: a program with a token that is good no longer must not fill the log, nor
        keep the people who share its address from signing in.
        """
        with contextlib.suppress(TooMany):
            sign_in_throttle.check(name, address)
            with transaction():
                sign_in_throttle.record_failure(name, address)
                recorder.record(
                    Kind.SIGN_IN_REFUSED, actor=NOBODY, subject=_recorded(name), comment=f"from {address}"
                )

    def note_refusal(self, req: Request, actor: Actor, error: PermissionDenied) -> None:
        """Record that somebody known was refused."""
        if actor.account_id:
            with transaction():
                subject = f"{req.method} {req.path}"[:500]
                self._refusals.record(actor, f"{req.method} {req.endpoint}", subject, sentence(error))


def _recorded(name: str) -> str:
    """The name for the record if it is an account's: others are passwords and tokens in the wrong field."""
    try:
        return queries.find(name).name
    except NotFound:
        return ""


def admit(permission: Permission, actor: Actor) -> None:
    """Pass where the actor may use a route that needs `permission`; what it does to which object is for verbs.

    Raises `SignInNeeded` for nobody and `PermissionDenied` for a token whose scopes do not reach so far,
    and for a person who is no administrator where only those may go.
    """
    if permission is Permission.PUBLIC:
        return
    if actor is NOBODY:
        raise CredentialsMissing
    if not covers(actor.scopes, permission):
        raise ScopeMissing
    if permission is Permission.ADMINISTER and not (actor.account_id is None or actor.is_admin):
        raise AdministratorNeeded
    if permission in (Permission.ADMINISTER, Permission.ACCOUNT) and actor.is_limited:
        raise TokenLimitedToModels


def record_use(authenticated: AuthenticatedActor) -> None:
    """Note the use of a token or session, where the last note is old."""
    if authenticated.token_id is not None or authenticated.session_id is not None:
        with transaction():
            if authenticated.token_id is not None:
                tokens.record_use(authenticated.token_id)
            if authenticated.session_id is not None:
                sessions.record_use(authenticated.session_id)


def begin_session(account_id: int, *, hours: int) -> None:
    """Sign the present browser in: a new session, and nothing kept of the old one (its CSRF token, too)."""
    secret = sessions.begin(
        account_id, user_agent=str(request.user_agent), address=request.remote_addr or "", hours=hours
    )
    session.clear()
    session[SESSION_KEY] = secret


def end_session() -> None:
    """Sign the present browser out, here and in the database."""
    secret = session.get(SESSION_KEY)
    session.clear()
    if secret:
        sessions.end(secret)


def keep_private(response: Response) -> Response:
    """Keep the page that a person was shown out of every cache.

    Not only to be asked for anew: going back shows such a page without asking, and after signing out, the
    next person at the browser would see it. The answers to calls need no such word: no cache shares what
    is for an Authorization header (RFC 9111, 3.5).
    """
    actor = g.get("actor")
    if actor is not None and actor.account_id and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "private, no-store"
    return response
