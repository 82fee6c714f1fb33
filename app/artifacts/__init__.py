"""Where artifact bytes live. Everything below one root, by parsed paths (see `paths`), through `store()`."""

from flask import current_app

from app.artifacts.local_store import LocalStore
from app.artifacts.paths import ArtifactPath, parse
from app.artifacts.store import Entry, Opened, Store, Written

__all__ = ["ArtifactPath", "Entry", "Opened", "Store", "Written", "parse", "store"]

_KEY = "greenroom-artifacts"


def store() -> Store:
    """The store of the running application; needs an application context."""
    made = current_app.extensions.get(_KEY)
    if made is None:
        # Two threads may both come here first: either's store does.
        made = current_app.extensions.setdefault(_KEY, LocalStore(current_app.settings.artifacts))  # type: ignore[attr-defined]
    return made
