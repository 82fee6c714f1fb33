"""Keeps the files of registered versions as they were registered, and keeps changing and registering apart.

A version's files are held from its registration on: nothing is stored, replaced or deleted at its place, in it or
above it, also after the version or its model was deleted, since both can come back. So what was tried and approved is
what is loaded.

Whoever changes files and whoever registers them lock their path first, until their transaction ends. Locks are taken
from the artifact root downwards, the path itself for oneself and each folder that it is in together with others, as
database systems lock a row and its table: two paths exclude each other where one is at, above or below the other, and
nobody waits in a circle.
"""

import hashlib
import json
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
)

from app.artifacts.paths import ArtifactPath
from app.authz import access_queries
from app.db.statements import Statement, each_of, is_one_of
from app.db.transactions import db, refuse_while_reading
from app.registry.errors import FilesHeld
from app.registry.queries import MODEL, VERSION
from app.registry.tables import ModelVersion, RegisteredModel


class _Holder(NamedTuple):
    name: str
    number: int
    deleted_at: int | None


def _overlaps() -> ColumnElement[bool]:
    """Returns the condition that a version's files lie at, above or below the path of `_where`."""
    storage: ColumnElement[Any] = VERSION.storage
    start, end = bindparam("start", type_=Text), bindparam("end", type_=Text)
    if db.engine.dialect.name == "postgresql":
        # Letter by letter, whatever the order of the database's language: as the index of the column.
        below = and_(storage.op("~>=~")(start), storage.op("~<~")(end))
    else:
        below = and_(storage >= start, storage < end)
    return or_(is_one_of(storage, "folders", str), below)


# Counted, though one would do: told that one is enough, PostgreSQL walks through all versions in the hope that it
# comes soon, and mostly there is none.
_COUNT = Statement(lambda: select(func.count(VERSION.id).label("count")).where(_overlaps()))
# A living version first, then the newest. Of a deleted model nobody is told anything.
_HOLDER = Statement(
    lambda: (
        select(MODEL.name, VERSION.number, VERSION.deleted_at)
        .join_from(ModelVersion.__table__, RegisteredModel.__table__, MODEL.id == VERSION.model_id)
        .where(MODEL.deleted_at.is_(None), _overlaps())
        .order_by(VERSION.deleted_at.is_not(None), VERSION.id.desc())
        .limit(literal_column("1"))
    ),
    _Holder,
    visible_to=access_queries.MODELS.readers_of(MODEL.id),
)
_BEGIN = Statement(select(literal_column("1").label("one")))
_LOCK_SHARED = Statement(
    lambda: select(func.pg_advisory_xact_lock_shared(each_of("keys", int).subquery().c[0]).label("locked"))
)
_LOCK = Statement(
    lambda: select(func.pg_advisory_xact_lock(cast(bindparam("key"), BigInteger)).label("locked"))
)


def lock(path: ArtifactPath) -> None:
    """Keeps all others from changing or registering anything at, above or below the path.

    Until the transaction ends, which has to be one that writes. SQLite has one writer at a time, which is this one
    from its first statement on.
    """
    refuse_while_reading()
    if db.engine.dialect.name != "postgresql":
        _BEGIN.scalar()
        return
    *folders, key = [_lock_key(folder) for folder in folders_of(path)]
    if folders:
        _LOCK_SHARED.rows(keys=json.dumps(folders))
    _LOCK.rows(key=key)


def check_not_held(path: ArtifactPath) -> None:
    """Raises `FilesHeld` where a registered version is made of what lies at, above or below the path."""
    where = _where(path)
    if not _COUNT.scalar(**where):
        return
    holder = _HOLDER.first(**where)
    if holder is None:
        raise FilesHeld(str(path))
    raise FilesHeld(str(path), holder.name, holder.number, holder.deleted_at is not None)


def folders_of(path: ArtifactPath) -> list[str]:
    """Returns every folder that the path is in, from the top, and the path itself; not the root."""
    return ["/".join(path.parts[:end]) for end in range(1, len(path.parts) + 1)]


def _where(path: ArtifactPath) -> dict[str, str]:
    # "0" is what follows "/": between the two is all that begins with the path and a slash.
    return {"folders": json.dumps(folders_of(path)), "start": f"{path}/", "end": f"{path}0"}


def _lock_key(folder: str) -> int:
    """Returns the number of the folder's lock; two folders that share one would only wait for each other."""
    digest = hashlib.blake2b(folder.encode(), digest_size=8, person=b"gr-files").digest()
    return int.from_bytes(digest, signed=True)
