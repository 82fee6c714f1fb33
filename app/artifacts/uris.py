"""Reads and makes the URIs that clients keep of files: `mlflow-artifacts:/<path below the artifact root>`.

Only the path of such a URI means anything here. Every other part of a URI has carried a way out of the
folder in some registry, so a URI that has one is refused and not trimmed.
"""

from urllib.parse import urlsplit

from app.artifacts.errors import InvalidArtifactUri
from app.artifacts.paths import ArtifactPath, parse

SCHEME = "mlflow-artifacts"
_PREFIX = f"{SCHEME}:"


def from_uri(uri: str) -> ArtifactPath | None:
    """Returns the path that an `mlflow-artifacts` URI names; None for a URI of any other scheme.

    Raises `InvalidParameter` for one with a host, user, port, query, parameters or fragment, with an
    unusual spelling of its scheme, or whose path the path guard refuses.
    """
    if not uri.startswith(_PREFIX):
        _refuse_disguise(uri)
        return None
    rest = uri[len(_PREFIX) :]
    path = rest.removeprefix("//")
    if not path.startswith("/") or (path is not rest and path.startswith("//")):
        raise InvalidArtifactUri(SCHEME, "names no host and an absolute path")
    if any(mark in path for mark in "?#;"):
        raise InvalidArtifactUri(SCHEME, "has no query, parameters or fragment")
    return parse(path[1:])


def _refuse_disguise(uri: str) -> None:
    """Refuses what other readers take for our scheme: capitals, or white space that they strip."""
    try:
        scheme = urlsplit(uri).scheme
    except ValueError:  # such as a broken IPv6 host, which is no URI of ours
        scheme = ""
    if SCHEME in (scheme, "".join(uri.split()).partition(":")[0].lower()):
        raise InvalidArtifactUri(SCHEME, f"begins with exactly {_PREFIX!r}")


def to_uri(path: ArtifactPath) -> str:
    """Returns the URI of a path below the artifact root."""
    return f"{_PREFIX}/{path}"


def experiment_root(experiment_id: int) -> str:
    """Returns the URI below which all files of the experiment are kept, unless it was made with another."""
    return f"{_PREFIX}/{experiment_id}"
