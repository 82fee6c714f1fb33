"""Where a form may send a person back to: paths of this site and nothing else."""

from urllib.parse import urlsplit


def local_path(target: str, otherwise: str = "/") -> str:
    """`target` if it is a path of this site, else `otherwise`.

    Browsers read a backslash as a slash and drop control characters, so that `/\\\\host` and
    `/<tab>/host` would leave the site: neither is a path here.
    """
    if any(ord(character) < 32 or character == "\\" for character in target):
        return otherwise
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith("//"):
        return otherwise
    return target
