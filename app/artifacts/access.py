"""Who may write where below the artifact root. Every door that stores or removes bytes asks here."""

from app.accounts.actors import Actor
from app.artifacts.paths import ArtifactPath
from app.errors import InvalidParameter


def may_write(path: ArtifactPath, actor: Actor) -> None:
    """Pass where `actor` may store or remove bytes at `path`; raise what the answer is otherwise.

    As in MLflow, a route's permission is enough for any place below the root: the client writes before
    the server has heard of some of these places. `path` is what was parsed, so that a rule by its first
    part, the experiment's id, judges the very place that is written.
    """
    del actor  # the person at the machine may write everywhere
    if path.is_root:
        raise InvalidParameter("An artifact path must include a file name.", field="path")
