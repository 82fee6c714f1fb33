"""Finds out who makes a request: a token, a name and password, or a browser's session.

Programs send an Authorization header, Basic or Bearer, and any path takes it. A session counts on
pages and links only, never under the API's prefixes: what a browser sends by itself must not be enough
for a call that none of our forms protects.
"""

import contextlib

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature

from app.accounts import queries, sessions, sign_in_throttle, tokens
from app.accounts.credential_cache import CredentialCache
from app.accounts.credentials import AuthenticatedActor, TeamMode, VerifiedPasswordCache, by_session, by_token
from app.accounts.secrets import TOKEN_PREFIX
from app.audit import recorder
from app.audit.access_refusals import AccessRefusals
from app.audit.recorder import Kind
from app.authz.actors import LOCAL_USER, Actor
from app.authz.permissions import FOR_ADMINISTRATORS, Permission, covers
from app.core.errors import NotFound, PermissionDenied, TooMany
from app.db.errors import DatabaseDamaged
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

# Nobody: what they are shown needs no permission. No account has this key, so it has no grants.
NOBODY = Actor(name="nobody", account_id=0, is_limited=True)


class CookieInterface(SecureCookieSessionInterface):
    """Flask's signed cookie, marked Secure wherever the request came over https."""

    def open_session(self, app: Flask, req: Request) -> SecureCookieSession | None:
        # Programs send no cookie, and looking for one takes a tenth of a short call.
        return self._from_cookie(app, req) if "HTTP_COOKIE" in req.environ else self.session_class()

    def _from_cookie(self, app: Flask, req: Request) -> SecureCookieSession | None:
        """Returns the cookie's content, whatever the age of its signature: the session's row says when it ends.

        Flask's own refuses what is older than its setting, and what another server, whose clock is ahead, signed.
        """
        serializer = self.get_signing_serializer(app)
        value = req.cookies.get(self.get_cookie_name(app))
        if serializer is None or not value:
            return self.session_class()
        try:
            return self.session_class(serializer.loads(value))
        except BadSignature:
            return self.session_class()

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


class SignIn:
    """Decides who may come in; one for each application, with the caches and counts of its process."""

    def __init__(self, settings: Settings):
        self.team = TeamMode()
        self._verified_passwords = VerifiedPasswordCache()
        self._credential_cache = CredentialCache()
        self._refusals = AccessRefusals()
        self._takes_passwords = settings.passwords

    def identify(self, req: Request) -> AuthenticatedActor:
        """Returns who makes the request, in the running transaction; NOBODY for a request without credentials.

        Raises `SignInNeeded` for a header that is not valid, and `TooMany` after too many of those.
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
        """Returns the actor with that name and password, or None. Raises `TooMany` after too many failures."""
        if not self._takes_passwords:
            return None
        return self._verified_passwords.by_password(name, password, address)

    def _refuse(self, name: str, address: str) -> AuthenticatedActor:
        self.record_failure(name, address)
        raise CredentialsRefused

    def record_failure(self, name: str, address: str) -> None:
        """Counts and records a failed sign-in, whatever becomes of the request, until there are too many.

        Further ones are neither counted nor recorded: a program with an expired token must not fill the log,
        nor keep the people who share its address from signing in.
        """
        with contextlib.suppress(TooMany):
            sign_in_throttle.check(name, address)
            with transaction():
                sign_in_throttle.record_failure(name, address)
                recorder.record(
                    Kind.SIGN_IN_REFUSED, actor=NOBODY, subject=_account_name(name), comment=f"from {address}"
                )

    def record_refusal(self, req: Request, actor: Actor, error: PermissionDenied) -> None:
        """Records that a known actor was refused."""
        if actor.account_id:
            with transaction():
                subject = f"{req.method} {req.path}"[:500]
                self._refusals.record(actor, f"{req.method} {req.endpoint}", subject, sentence(error))


def _account_name(name: str) -> str:
    """Returns the name if an account has it, else "": others may be passwords or tokens in the wrong field."""
    try:
        return queries.find(name).name
    except NotFound:
        return ""


def admit(permission: Permission, actor: Actor) -> None:
    """Checks that the actor may use a route that needs `permission`; the verbs check the object itself.

    Raises `SignInNeeded` for nobody, and `PermissionDenied` for a token whose scopes do not cover it,
    and for a person who is not an administrator where only those may go.
    """
    if permission is Permission.PUBLIC:
        return
    if actor is NOBODY:
        raise CredentialsMissing
    if not covers(actor.scopes, permission):
        raise ScopeMissing
    if permission in FOR_ADMINISTRATORS and not (actor.account_id is None or actor.is_admin):
        raise AdministratorNeeded
    if permission in FOR_ADMINISTRATORS | {Permission.ACCOUNT} and actor.is_limited:
        raise TokenLimitedToModels


def record_use(authenticated: AuthenticatedActor) -> None:
    """Records the use of a token or session, where the last record is old."""
    if authenticated.token_id is None and authenticated.session_id is None:
        return
    with (
        contextlib.suppress(DatabaseDamaged),
        transaction(),
    ):  # what can still be read is not refused for this
        if authenticated.token_id is not None:
            tokens.record_use(authenticated.token_id)
        if authenticated.session_id is not None:
            sessions.record_use(authenticated.session_id)


def begin_session(account_id: int, *, hours: int) -> None:
    """Signs the present browser in with a new session; nothing of the old one stays, not even its CSRF token."""
    secret = sessions.begin(
        account_id, user_agent=str(request.user_agent), address=request.remote_addr or "", hours=hours
    )
    session.clear()
    session[SESSION_KEY] = secret


def end_session() -> None:
    """Signs the present browser out, here and in the database."""
    secret = session.get(SESSION_KEY)
    session.clear()
    if secret:
        sessions.end(secret)


def keep_private(response: Response) -> Response:
    """Keeps a page that a person was shown out of every cache.

    `no-cache` would not do: the Back button shows such a page without asking the server, and after signing
    out, the next person at the browser would see it. Answers to calls need no such header: no cache shares
    the answer to a request with an Authorization header (RFC 9111, 3.5).
    """
    actor = g.get("actor")
    if actor is not None and actor.account_id and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "private, no-store"
    return response
