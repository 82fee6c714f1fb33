"""Greenroom: a model registry for teams. Read `build` in `app/factory.py` first."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.http.application import Greenroom
    from app.settings.settings import Settings


def create_app(settings: "Settings | None" = None, *, threads: int = 16) -> "Greenroom":
    """Builds the application: settings, extensions, doors, error pages, in this order.

    `settings` come from the environment unless given; `threads` is how many requests one process
    will serve at a time. Raises `app.settings.env.ConfigError` for an unusable setting and `RuntimeError`
    when a route declares no permission.
    """
    # Imported here: a server's process must be able to load `app.server` before anything else of ours.
    from app import factory

    return factory.build(settings, threads=threads)
