"""What the HTTP doors share: the application class, who is acting, and the permission a route declares."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect

from app.authz.actors import LOCAL_USER, Actor
from app.authz.permissions import Permission
from app.authz.viewer import acting_as
from app.core.errors import PermissionDenied
from app.db.transactions import transaction
from app.http import authentication
from app.settings.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])

csrf = CSRFProtect()


def needs(permission: Permission, *, reads: bool | None = None) -> Callable[[View], View]:
    """Declares the permission that a route requires; the server does not start with a route that has none.

    `reads` says that the view changes no row although its method may be POST (a search, say). GET and
    HEAD always read: a view that tries to change something then fails, whatever it declares.
    """

    def declare(view: View) -> View:
        vars(view).update(permission=permission, reads=bool(reads))
        return view

    return declare


def current_actor() -> Actor:
    """Returns who makes the present request. Doors hand the actor to the verbs, which never look it up."""
    return g.get("actor", authentication.NOBODY)


def current_greenroom() -> "Greenroom":
    """Returns the application that answers the present request."""
    return cast("Greenroom", current_app)


class Greenroom(Flask):
    """Flask with our settings, sign-in, and one transaction around each view."""

    settings: Settings
    sign_in: authentication.SignIn

    # The address of a proxy that passed a request on although the settings trust none.
    unknown_proxy: str | None = None

    def dispatch_request(self) -> ResponseReturnValue:
        """Finds out who asks and whether they may, runs the view on their behalf, and commits what it did.

        Any exception, a failing commit too, undoes all that the view did.
        """
        view = self.view_functions.get(request.endpoint or "")
        permission = getattr(view, "permission", Permission.ACCOUNT)  # for addresses that do not exist, too
        reads = request.method in ("GET", "HEAD", "OPTIONS") or getattr(view, "reads", False)
        if self.sign_in.team.was_off():  # personal mode, in which nothing needs to be looked up
            g.actor = LOCAL_USER
            with transaction(read_only=reads):
                return super().dispatch_request()
        try:
            with transaction(read_only=reads), acting_as(self._admitted(permission)):
                return super().dispatch_request()
        except PermissionDenied as error:
            self.sign_in.record_refusal(request, current_actor(), error)
            raise

    def check_refused_sender(self) -> None:
        """Finds out who sent a form that was refused before its view was reached, and whether they may send it.

        Raises as `authentication.admit` does.
        """
        view = self.view_functions.get(request.endpoint or "")
        with transaction(read_only=True):
            g.actor = self.sign_in.identify(request).actor
        authentication.admit(getattr(view, "permission", Permission.ACCOUNT), current_actor())

    def _admitted(self, permission: Permission) -> Actor:
        if permission is Permission.PUBLIC:
            g.actor = authentication.NOBODY
            return authentication.NOBODY
        authenticated = self.sign_in.identify(request)
        g.actor = actor = authenticated.actor
        authentication.admit(permission, actor)
        authentication.record_use(authenticated)
        return actor

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Returns the function itself: none of ours is asynchronous, and Flask calls this nine times a request."""
        return func

    def refuse_undeclared_routes(self) -> None:
        """Raises where a route declares no permission: deny by default starts with knowing what each route requires."""
        bare = sorted(
            f"{rule.rule} ({rule.endpoint})"
            for rule in self.url_map.iter_rules()
            if not isinstance(getattr(self.view_functions[rule.endpoint], "permission", None), Permission)
        )
        if bare:
            raise RuntimeError(f"routes without a declared permission: {', '.join(bare)}")
