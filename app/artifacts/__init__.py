"""Keeps the bytes of artifacts: everything below one root, by parsed paths (see `paths`), through `store()`."""

from flask import current_app

from app.artifacts.local_store import LocalStore
from app.artifacts.paths import ArtifactPath, parse
from app.artifacts.store import Entry, OpenedFile, Store, StoredFile, WrittenFile

__all__ = ["ArtifactPath", "Entry", "OpenedFile", "Store", "StoredFile", "WrittenFile", "parse", "store"]

_KEY = "greenroom-artifacts"

# In the configuration of an application: whether the start has checked that the root is marked as this installation's.
ROOT_IS_MARKED = "ARTIFACT_ROOT_IS_MARKED"


def store() -> Store:
    """Returns the store of the running application; needs an application context."""
    existing = current_app.extensions.get(_KEY)
    if existing is None:
        # Two threads may both come here first: either's store does.
        is_marked = bool(current_app.config.get(ROOT_IS_MARKED))
        root = current_app.settings.artifacts  # type: ignore[attr-defined]
        existing = current_app.extensions.setdefault(_KEY, LocalStore(root, is_marked=is_marked))
    return existing
