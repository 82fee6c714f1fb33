"""The format of an export: its files, its summary and its lines.

    greenroom-export.json      the summary, written last
    rows/<table>.jsonl         a JSON object for each row, by the names of the columns
    files.jsonl                a JSON object for each artifact: path, size in bytes, sha256 in hex
    artifacts/<path>           the artifacts, byte for byte

Bytes are `{"base64": text}`. Numbers that JSON does not have are `{"float": "nan" | "inf" | "-inf"}`.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from app.exporting.errors import DamagedExport, NoExport, UnknownExport

FORMAT = 1
SUMMARY = "greenroom-export.json"
ROWS = "rows"
FILES = "files.jsonl"
ARTIFACTS = "artifacts"

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MAX_LINE = 64 * 1024 * 1024  # bytes; the list of a version's files is the longest value there is


class Summary(NamedTuple):
    """What an export says of itself. `models` is None where it holds everything; `made_at` is in ms since 1970."""

    format: int
    id: str
    greenroom: str
    revision: str
    made_at: int
    models: list[str] | None
    has_secrets: bool
    rows: dict[str, int]
    files: int
    bytes: int
    problems: list[dict[str, str]]


class FileLine(NamedTuple):
    """An artifact of the export."""

    path: str
    size: int
    sha256: str


def write_summary(folder: Path, summary: Summary) -> None:
    """Writes the summary, which makes the export complete."""
    text = json.dumps(summary._asdict(), indent=2, ensure_ascii=False) + "\n"
    (folder / SUMMARY).write_text(text, encoding="utf-8")


def read_summary(folder: Path) -> Summary:
    """Returns the summary. Raises `NoExport`, `UnknownExport`, `DamagedExport`."""
    try:
        content = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise NoExport(str(folder)) from None
    except (ValueError, RecursionError):
        raise DamagedExport(SUMMARY, "it is not JSON") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        given = content.get("format") if isinstance(content, dict) else None
        raise UnknownExport(f"its format is {given!r}, and this one reads {FORMAT}")
    try:
        summary = Summary(**content)
    except TypeError:
        raise DamagedExport(SUMMARY, "fields are missing, or there are others") from None
    if not isinstance(summary.rows, dict) or not isinstance(summary.models, list | None):
        raise DamagedExport(SUMMARY, "'rows' or 'models' is not what it should be")
    if _UUID.fullmatch(str(summary.id)) is None:
        raise DamagedExport(SUMMARY, "'id' is no UUID")
    return summary


def encode(row: dict[str, Any]) -> bytes:
    """Returns a row as one line."""
    return orjson.dumps(
        {name: _encoded(value) for name, value in row.items()}, option=orjson.OPT_APPEND_NEWLINE
    )


def lines(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields each line's place and its object. Raises `DamagedExport`; a file that does not exist has no lines."""
    try:
        source = file.open("rb")
    except FileNotFoundError:
        return
    with source:
        number = 0
        while line := source.readline(MAX_LINE + 1):
            number += 1
            place = f"{file.name}, line {number}"
            if len(line) > MAX_LINE:
                raise DamagedExport(place, "it is too long")
            yield place, _object(line, place)


def _object(line: bytes, place: str) -> dict[str, Any]:
    try:
        content = orjson.loads(line)
        if isinstance(content, dict):
            return {name: _decoded(value) for name, value in content.items()}
    except (ValueError, binascii.Error):
        pass
    raise DamagedExport(place, "it is not a JSON object that an export writes")


def _encoded(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    return value


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"base64"}:
            return base64.b64decode(value["base64"], validate=True)
        if set(value) == {"float"} and value["float"] in ("nan", "inf", "-inf"):
            return float(value["float"])
        raise ValueError
    return value
