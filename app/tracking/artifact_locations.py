"""Checks where a client may want the artifacts of an experiment kept.

The server never opens such a location: it hands the address back to clients, which go there themselves
with their own keys. So any remote store will do, and nothing that a reader could take for a file of
this machine, for a pointer to another object, or for a way out of the location it names.
"""

import re
from urllib.parse import unquote, urlsplit

from app.artifacts import uris
from app.artifacts.paths import COPIES_FOLDER
from app.authz.actors import Actor
from app.tracking.errors import ArtifactLocationDenied, InvalidArtifactLocation, LocationFault

MAX_LENGTH = 2048  # as MLflow's MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH

_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]+\Z")
_TRAVERSAL = re.compile(r"(^|[/\\])\.\.?([/\\]|$)")

# Schemes of this machine's files, and pointers that a client would follow to something else.
_LOCAL = frozenset({"file", "runs", "models"})
# What a browser runs or opens by itself where somebody shows the location as a link.
_OF_BROWSERS = frozenset({"about", "blob", "data", "javascript", "mailto", "tel", "vbscript", "view-source"})
# Schemes whose address names a host that MLflow's own code would connect to, on the server, too
# (`mlflow.store.artifact.host_policy`): a location that MLflow refuses is refused here.
_HOST_ADDRESSED = frozenset({"ftp", "sftp", "hdfs", "viewfs", "http", "https", "r2", "b2", "abfss"})


def check(location: str) -> str:
    """Returns the location itself. Raises `InvalidArtifactLocation` where no artifacts may be kept there."""
    if len(location) > MAX_LENGTH:
        raise InvalidArtifactLocation(LocationFault.TOO_LONG, MAX_LENGTH)
    try:
        parts = urlsplit(location)
    except ValueError as error:
        raise InvalidArtifactLocation(LocationFault.NOT_A_URI) from error
    # The scheme is compared as written: what differs only in capitals is meant to be read as two things.
    scheme = location.partition(":")[0]
    if not _SCHEME.match(scheme) or ":" not in location or scheme in _LOCAL | _OF_BROWSERS:
        raise InvalidArtifactLocation(LocationFault.NOT_REMOTE)
    if scheme in _HOST_ADDRESSED:
        raise InvalidArtifactLocation(LocationFault.NAMES_A_HOST, scheme)
    if parts.fragment or "#" in location or ";" in location:
        raise InvalidArtifactLocation(LocationFault.FRAGMENT)
    _refuse_traversal(location)
    path = uris.from_uri(location)  # which refuses what is wrong about one of our own
    if path is not None and path.is_copy:
        raise InvalidArtifactLocation(LocationFault.OF_VERSIONS, COPIES_FOLDER)
    return location


def check_chosen_by(location: str, actor: Actor) -> None:
    """Raises `ArtifactLocationDenied` where the actor may not let an experiment keep its artifacts there.

    Whoever has access to the experiment has it to everything below its location. So only those who may do
    everything choose a location below our own artifact root, where the files of others are.
    """
    if not actor.may_all and uris.from_uri(location) is not None:
        raise ArtifactLocationDenied()


def below(location: str, *names: str) -> str:
    """Returns the address of `names` below a checked location; a query string stays at the end."""
    address, mark, query = location.partition("?")
    return "/".join((address.rstrip("/"), *names)) + mark + query


def _refuse_traversal(location: str) -> None:
    text = location
    for _ in range(10):  # whoever wraps an escape in ten others is not naming a store
        if _TRAVERSAL.search(text.replace("?", "/").replace("&", "/").replace("=", "/")):
            raise InvalidArtifactLocation(LocationFault.DOT_SEGMENT)
        if "\\" in text or any(ord(char) < 32 or ord(char) == 127 for char in text):
            raise InvalidArtifactLocation(LocationFault.CONTROL_CHARACTER)
        plain = unquote(text)
        if plain == text:
            return
        text = plain
    raise InvalidArtifactLocation(LocationFault.ESCAPED_TOO_OFTEN)
