"""Addresses made from what was asked: quoted as they came, with the prefix and the query.

Flask gives the path of a request decoded. Put into a link or a redirect like that, `/models/a%20%231` would end at
the model `a `, and `/models/%2541` at another one: so addresses are made here, or by `url_for`, and nowhere else.
"""

from urllib.parse import quote, unquote, urlsplit

from flask import request, url_for

# What a path or a query may hold as it is (RFC 3986, section 3.3); a query keeps its own quoting, too.
_PATH = "/!$&'()*+,:;=@"
_QUERY = f"{_PATH}?%"


def server() -> str:
    """Returns the address of this server as its clients are given it: with its prefix, without a slash at the end."""
    return request.host_url.rstrip("/") + prefix()


def origin() -> str:
    """Returns what browsers call the pages of this server: scheme, host and port."""
    return request.host_url.rstrip("/")


def prefix() -> str:
    """Returns the path below which all of this server lies, quoted; empty where that is the whole host."""
    return _quoted("SCRIPT_NAME", _PATH).rstrip("/")


def home() -> str:
    """Returns the path of the first page."""
    return f"{prefix()}/"


def path() -> str:
    """Returns the path that was asked for."""
    # Browsers take `//name` for another host.
    return f"{prefix()}/{_quoted('PATH_INFO', _PATH).lstrip('/')}"


def asked() -> str:
    """Returns the path that was asked for, with its query."""
    return path() + _query()


def page() -> str:
    """Returns the address of the page that the person is looking at; the first page's for what only takes a form."""
    methods = request.url_rule.methods if request.url_rule else None
    return asked() if request.method in ("GET", "HEAD") or "GET" in (methods or ()) else home()


def same_page(**parts: object) -> str:
    """Returns the address that was asked for, with other parts in its path."""
    # Not through `url_for`, for which some names in a query have a meaning of their own.
    return url_for(request.endpoint or "", **{**(request.view_args or {}), **parts}) + _query()


def local(target: str, otherwise: str | None = None) -> str:
    r"""Returns `target` if it is a path of this server, else `otherwise` or the first page.

    Browsers read a backslash as a slash and drop control characters, so that `/\\host` and `/<tab>/host` would leave
    the site: neither is a path here. Below a prefix, what lies beside it is another program's.
    """
    otherwise = home() if otherwise is None else otherwise
    if any(ord(character) < 32 or character == "\\" for character in target):
        return otherwise
    try:
        parts = urlsplit(target)
    except ValueError:
        return otherwise
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith("//"):
        return otherwise
    return target if _is_below_prefix(parts.path) else otherwise


def _is_below_prefix(of_target: str) -> bool:
    if not prefix():
        return True
    names = unquote(of_target).split("/")
    return f"{of_target}/".startswith(home()) and not {".", ".."} & {*names}


def _query() -> str:
    query = _quoted("QUERY_STRING", _QUERY)
    return f"?{query}" if query else ""


def _quoted(name: str, safe: str) -> str:
    """Returns a part of the request's address; what is no UTF-8 stays as it is, too."""
    return quote(request.environ.get(name, "").encode("latin1"), safe=safe)
