"""Tells which versions name a run that only the client's word joins to the version's files.

A client may say of any logged model, and of any address in an object store, that a run of its choice made it. Such a
run's metrics prove nothing about the files, so no rule may count them.
"""

from collections.abc import Iterable

from sqlalchemy import select

from app.db.transactions import db
from app.registry.tables import ModelVersion


def among(version_ids: Iterable[int]) -> frozenset[int]:
    """Returns those of the versions whose run is claimed."""
    ids = list(version_ids)
    if not ids:
        return frozenset()
    query = select(ModelVersion.id).where(ModelVersion.id.in_(ids), ModelVersion.run_claimed)
    return frozenset(db.session.scalars(query))


def is_claimed(version_id: int) -> bool:
    """Returns whether the version's run is claimed: its metrics must not count in rules."""
    return bool(among([version_id]))
