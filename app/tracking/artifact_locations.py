"""Where a client may want the artifacts of an experiment kept.

The server never opens such a place: it hands the address back to clients, which go there themselves
with their own keys. So any remote store will do, and nothing that a reader could take for a file of
this machine, for a pointer to another object, or for a way out of the place it names.
"""

import re
from urllib.parse import unquote, urlsplit

from app.artifacts import uris
from app.authz.actors import Actor
from app.core.errors import InvalidParameter, PermissionDenied

LONGEST = 2048  # as MLflow's MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH

_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]+\Z")
_TRAVERSAL = re.compile(r"(^|[/\\])\.\.?([/\\]|$)")

# Schemes of this machine's files, and pointers that a client would follow to something else.
_LOCAL = frozenset({"file", "runs", "models"})
# Schemes whose address names a host that MLflow's own code would connect to, on the server, too
# (`mlflow.store.artifact.host_policy`): a location that MLflow refuses is refused here.
_HOST_ADDRESSED = frozenset({"ftp", "sftp", "hdfs", "viewfs", "http", "https", "r2", "b2", "abfss"})


def check(location: str) -> str:
    """The location itself, if artifacts may be kept there. Raises `InvalidParameter` with the reason."""
    if len(location) > LONGEST:
        raise _refusal(f"cannot be longer than {LONGEST} characters")
    try:
        parts = urlsplit(location)
    except ValueError as error:
        raise _refusal("must be a URI") from error
    # The scheme is compared as written: what differs only in capitals is meant to be read as two things.
    scheme = location.partition(":")[0]
    if not _SCHEME.match(scheme) or ":" not in location or scheme in _LOCAL:
        raise _refusal("must name a remote store, as s3://bucket/path; files of the server are out of reach")
    if scheme in _HOST_ADDRESSED:
        raise _refusal(f"cannot use the '{scheme}' scheme: it names a host to connect to")
    if parts.fragment or "#" in location or ";" in location:
        raise _refusal("URL can't include fragments or params.")
    _refuse_traversal(location)
    uris.from_uri(location)  # which refuses what is wrong about one of our own
    return location


def check_chosen_by(location: str, actor: Actor) -> None:
    """Raise `PermissionDenied` where the actor may not let an experiment keep its artifacts there.

    Whoever has rights on the experiment has them on what lies below its place: so below our own artifact
    root, where the files of others are, only those who may do everything choose one.
    """
    if not actor.may_all and uris.from_uri(location) is not None:
        raise PermissionDenied(
            "Only an administrator may choose a place among this server's artifacts: leave artifact_location out."
        )


def below(location: str, *names: str) -> str:
    """The address of `names` below a checked location; a query string stays at the end."""
    address, mark, query = location.partition("?")
    return "/".join((address.rstrip("/"), *names)) + mark + query


def _refuse_traversal(location: str) -> None:
    text = location
    for _ in range(10):  # whoever wraps an escape in ten others is not naming a store
        if _TRAVERSAL.search(text.replace("?", "/").replace("&", "/").replace("=", "/")):
            raise _refusal("cannot hold the path segments '.' and '..'")
        if "\\" in text or any(ord(char) < 32 or ord(char) == 127 for char in text):
            raise _refusal("cannot hold back-slashes or control characters")
        plain = unquote(text)
        if plain == text:
            return
        text = plain
    raise _refusal("is escaped too often")


def _refusal(why: str) -> InvalidParameter:
    return InvalidParameter(f"'artifact_location' {why}", field="artifact_location")
