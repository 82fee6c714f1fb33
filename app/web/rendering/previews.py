"""Previews of stored files, as data in our own page: never run, never sent as a page of their own.

A picture becomes a `data:` address, which an <img> decodes and nothing else; text is shown as text.
"""

import base64
import csv
import hashlib
import io
import json
from pathlib import PurePosixPath
from typing import BinaryIO, NamedTuple

from app.artifacts import ArtifactPath, store
from app.core import blocking
from app.web.rendering import picture_cost

MAX_TEXT = 100_000  # bytes of a text that are shown
MAX_PICTURE = 2_000_000
MAX_ROWS, MAX_COLUMNS, MAX_CELL = 100, 30, 200
MAX_HASHED_UNASKED = 16_000_000
PIECE = 1 << 20

PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
}
MARKDOWN = (".md", ".markdown")
TABLES = {".csv": ",", ".tsv": "\t"}
PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".bin", ".ckpt")
NO_PICKLE = "Python pickle: loading it executes code, so there is no preview."
NO_PICTURE = "This picture has too many points or elements to be shown, or its size cannot be read."
NO_TEXT = "There is no preview of this kind of file."


class Preview(NamedTuple):
    """`kind` is text, markdown, table, picture or none; `note` says what is left out, or why there is no preview."""

    size: int
    kind: str
    text: str = ""
    rows: tuple[list[str], ...] = ()
    note: str = ""
    digest: str | None = None


def of_file(path: ArtifactPath, *, digest: bool = False) -> Preview:
    """Returns the preview of a file, with its SHA-256 where the file is small, or `digest` asks for it.

    Raises `NotFound` and `InvalidParameter` as `Store.open` does. Callers check who may see the file.
    """
    file, size = store().open(path)
    with file:
        preview = _preview_of(file, size, PurePosixPath(path.name).suffix.lower())
        if digest or size <= MAX_HASHED_UNASKED:
            preview = preview._replace(digest=blocking.run(_digest, file))
    return preview


def _preview_of(file: BinaryIO, size: int, suffix: str) -> Preview:
    if suffix in PICTURES:
        return _picture(file, size, PICTURES[suffix])
    if suffix in PICKLES:
        return Preview(size, "none", note=NO_PICKLE)
    head = file.read(MAX_TEXT)
    text = _decoded(head, is_cut=size > len(head))
    if text is None:
        return Preview(size, "none", note=NO_TEXT)
    note = f"Only the first {MAX_TEXT // 1000} kB are shown." if size > len(head) else ""
    if suffix in TABLES:
        return _table(text, TABLES[suffix], size, note)
    if suffix == ".json" and (table := _logged_table(text)):
        return _table(table, ",", size, note)
    return Preview(size, "markdown" if suffix in MARKDOWN else "text", text, note=note)


def _decoded(head: bytes, *, is_cut: bool) -> str | None:
    if b"\x00" in head:
        return None
    for spare in range(4 if is_cut else 1):  # the cut may be within a character
        try:
            return head[: len(head) - spare].decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
    return None


def _picture(file: BinaryIO, size: int, kind: str) -> Preview:
    if size > MAX_PICTURE:
        return Preview(
            size, "none", note=f"Pictures of more than {MAX_PICTURE // 1_000_000} MB are not shown."
        )
    data = file.read(MAX_PICTURE)
    if not blocking.run(_is_harmless, data, kind):
        return Preview(size, "none", note=NO_PICTURE)
    return Preview(size, "picture", f"data:{kind};base64,{base64.b64encode(data).decode()}")


def _is_harmless(data: bytes, kind: str) -> bool:
    return picture_cost.is_harmless(data, is_drawing=kind == PICTURES[".svg"])


def _table(text: str, delimiter: str, size: int, note: str) -> Preview:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            if len(rows) > MAX_ROWS:
                note = f"Only the first {MAX_ROWS} rows are shown."
                break
            rows.append([cell[:MAX_CELL] for cell in row[:MAX_COLUMNS]])
            if len(row) > MAX_COLUMNS:
                note = note or f"Only the first {MAX_COLUMNS} columns are shown."
    except csv.Error:
        return Preview(size, "text", text, note=note)
    width = max((len(row) for row in rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows if row]
    return Preview(size, "table", rows=tuple(rows), note=note) if rows else Preview(size, "text", text)


def _logged_table(text: str) -> str | None:
    """Returns a table of `mlflow.log_table`, `{"columns": [...], "data": [[...], ...]}`, as CSV; None for others."""
    try:
        content = json.loads(text)
        lines = [content["columns"], *content["data"]]
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    if not all(isinstance(line, list) for line in lines):
        return None
    table = io.StringIO()
    cells = (
        [cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False) for cell in line]
        for line in lines
    )
    csv.writer(table).writerows(cells)
    return table.getvalue()


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()
