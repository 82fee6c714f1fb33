"""The digests of stored files, kept when they are taken, so that no file is read twice without need."""

import hashlib
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

import orjson
from sqlalchemy import select

from app.artifacts import ArtifactPath, StoredFile
from app.artifacts.local_tree import ITSELF
from app.db.statements import Statement, each_of
from app.db.transactions import in_parts, upsert
from app.manifests.tables import FileDigest


class _Known(NamedTuple):
    path_key: str
    tag: str
    size: int
    sha256: str


_TABLE = FileDigest.__table__
_COLUMNS = ("path_key", "tag", "size", "sha256")


def _upsert():
    new = upsert(_TABLE)
    changed = {name: new.excluded[name] for name in _COLUMNS[1:]}
    return new.on_conflict_do_update(index_elements=["path_key"], set_=changed)


_RECORD = Statement(_upsert, columns=_COLUMNS)
_KNOWN = Statement(
    lambda: select(*(_TABLE.c[name] for name in _COLUMNS)).where(
        _TABLE.c.path_key.in_(each_of("path_keys", str))
    ),
    _Known,
)


def record_upload(path: ArtifactPath | str, tag: str, size: int, sha256: str) -> None:
    """Keeps the digest of a file that was just stored at the path; `tag` is that of `OpenedFile`.

    To be called in the transaction that publishes the file: whoever then registers it need not read it.
    """
    _RECORD.run(path_key=_key(str(path)), tag=tag, size=size, sha256=sha256)


def record_all(path: str, taken: Sequence[tuple[StoredFile, str]]) -> None:
    """Keeps the digests of files below the path."""
    rows: list[dict[str, str | int]] = [
        {
            "path_key": _key(_whole(path, file.path)),
            "tag": file.tag,
            "size": file.size,
            "sha256": sha256,
        }
        for file, sha256 in taken
    ]
    if rows:
        # In the same order for everybody: two who register the same files at once would otherwise lock each other.
        _RECORD.run_many(sorted(rows, key=itemgetter("path_key")))


def known(paths: Sequence[str], files: Sequence[StoredFile]) -> dict[str, str]:
    """Returns the digests that are known of files that lie below each of these paths, by the files' own paths.

    Files below more than one path are copies that share their bytes and hence their tags (hard links).
    """
    digests: dict[str, str] = {}
    for path in paths:
        missing = {_key(_whole(path, file.path)): file for file in files if file.path not in digests}
        if not missing:
            break
        for part in in_parts(missing):
            for row in _KNOWN.rows(path_keys=orjson.dumps(part).decode()):
                file = missing[row.path_key]
                if (row.tag, row.size) == (file.tag, file.size):
                    digests[file.path] = row.sha256
    return digests


def _whole(path: str, below: str) -> str:
    if below == ITSELF:
        return path
    return f"{path}/{below}" if path else below


def _key(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()
