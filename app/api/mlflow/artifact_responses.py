"""A stored file as the answer to a request, so that no browser ever runs what it holds."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from mimetypes import guess_type
from typing import BinaryIO, cast
from urllib.parse import quote

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import http_date
from werkzeug.wsgi import wrap_file

from app.artifacts import ArtifactPath, Entry, OpenedFile, store
from app.authz.actors import Actor
from app.registry.files import access

PIECE = 1024 * 1024  # bytes held in memory at a time

# A file is somebody's, and shown on our own address: nothing in it may load, run, or be taken for a page.
POLICY = "sandbox; default-src 'none'"

# What goes as what it is. Other text goes as plain text, all else as bytes. Pages and PDFs can hold scripts: they are
# attachments in a sandbox like everything here, so no browser opens them on our address.
_NAMED = frozenset(
    {
        "application/json",
        "application/pdf",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/csv",
    }
)
_TEXTS = frozenset(
    {
        "application/javascript",
        "application/xhtml+xml",
        "application/xml",
        "application/yaml",
        "image/svg+xml",
    }
)
# Files without a telling suffix that are text in every MLflow model.
_TEXT_NAMES = frozenset({"MLmodel", "MLproject"})
_TEXT_SUFFIXES = (".yaml", ".yml", ".toml", ".log", ".ini", ".cfg", ".jsonl", ".md")

_TOKEN = re.compile(r"[A-Za-z0-9!#$&+.^_`|~-]+")
_ATTRIBUTE_SAFE = "!#$&+-.^_`|~"  # RFC 5987 attr-char


def file_answer(path: ArtifactPath, actor: Actor) -> Response:
    """Returns the file as a download of exact length: whole, one range of it (206, 416), or 304.

    Raises `NotFound` and `InvalidParameter` as `Store.download` does; what `actor` may not read counts as missing.
    """
    access.check_read(path, actor)
    opened = store().download(path)
    try:
        return _file_response(opened, path.name)
    except BaseException:
        opened.file.close()
        raise


def _file_response(opened: OpenedFile, name: str) -> Response:
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": content_disposition(name),
        "Content-Security-Policy": POLICY,
        "ETag": f'"{opened.tag}"',
        "Last-Modified": http_date(opened.modified),
        "X-Content-Type-Options": "nosniff",
    }
    if request.if_none_match.contains(opened.tag):
        opened.file.close()
        return Response(status=304, headers=headers)
    start, end = _span(opened)
    whole = (start, end) == (0, opened.size)
    if not whole or _asks_for_range(opened):
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{opened.size}"
    headers["Content-Length"] = str(end - start)
    status = 206 if "Content-Range" in headers else 200
    body = _body(opened, start, end)
    return Response(body, status, headers, content_type=content_type(name), direct_passthrough=True)


def _body(opened: OpenedFile, start: int, end: int) -> Iterable[bytes]:
    if request.method == "HEAD":
        opened.file.close()
        return []
    opened.file.seek(start)
    # To the end of the file the server may send by itself (sendfile); a range before it needs counting.
    file = opened.file if end == opened.size else _Slice(opened.file, end - start)
    # A file that only reads and closes, which is all that WSGI asks of one (PEP 3333).
    return wrap_file(request.environ, cast(BinaryIO, file), PIECE)


class _Slice:
    """The next `length` bytes of an open file, as a file of its own."""

    def __init__(self, file: BinaryIO, length: int):
        self._file, self._left = file, length

    def read(self, size: int) -> bytes:
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()


def _asks_for_range(opened: OpenedFile) -> bool:
    """Returns whether the request is for one range of the file as it is now; others get all of it (RFC 9110)."""
    requested = request.range if request.method == "GET" else None
    if requested is None or requested.units != "bytes" or len(requested.ranges) != 1:
        return False
    known = request.if_range
    if known.etag is not None:
        return known.etag == opened.tag
    return known.date is None or int(known.date.timestamp()) == int(opened.modified)


def _span(opened: OpenedFile) -> tuple[int, int]:
    """Returns the first byte to send and the one after the last. Raises the 416 for a range outside the file."""
    if not _asks_for_range(opened) or request.range is None:
        return 0, opened.size
    start, end = request.range.ranges[0]
    if start < 0:  # the last so many bytes
        start = max(0, opened.size + start)
    end = opened.size if end is None else min(end, opened.size)
    if start >= end:
        raise RequestedRangeNotSatisfiable(opened.size, description="The file has no such range of bytes.")
    return start, end


def content_type(name: str) -> str:
    """Returns the type of a file of that name; scripts and drawings are plain text here."""
    guessed = guess_type(name)[0] or ""
    if guessed in _NAMED:
        return guessed
    if guessed == "text/html":
        return "text/html; charset=utf-8"
    if (
        guessed.startswith("text/")
        or guessed in _TEXTS
        or name in _TEXT_NAMES
        or name.endswith(_TEXT_SUFFIXES)
    ):
        return "text/plain; charset=utf-8"
    return "application/octet-stream"


def content_disposition(name: str) -> str:
    """Returns an attachment of that name (RFC 6266), without characters that hide or reorder others."""
    shown = "".join(char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    shown = shown or "download"
    if _TOKEN.fullmatch(shown):
        return f"attachment; filename={shown}"
    plain = unicodedata.normalize("NFKD", shown).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9 ._+()-]", "_", plain).strip() or "download"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe=_ATTRIBUTE_SAFE)}"


def present_entries(entries: Sequence[Entry], below: str = "") -> list[dict]:
    """Returns a folder's entries as MLflow's `FileInfo`, their paths prefixed with `below`."""
    prefix = f"{below}/" if below else ""
    return [
        {"path": prefix + entry.name, "is_dir": True}
        if entry.is_dir
        else {"path": prefix + entry.name, "is_dir": False, "file_size": entry.size}
        for entry in entries
    ]
