"""The files of versions, as those see them who look after all of them."""

from typing import NamedTuple

from sqlalchemy import bindparam, literal_column, select

from app.db.statements import Statement
from app.manifests.tables import UNREADABLE, ManifestOfVersion
from app.manifests.versions import OF_VERSION
from app.registry.queries import MODEL, VERSION
from app.registry.tables import ModelVersion, RegisteredModel


class UnreadableVersion(NamedTuple):
    """A version, living or deleted, with files that cannot be read, and why not."""

    name: str
    number: int
    problem: str


_UNREADABLE = Statement(
    select(MODEL.name, VERSION.number, OF_VERSION.problem)
    .join_from(ManifestOfVersion.__table__, ModelVersion.__table__, VERSION.id == OF_VERSION.version_id)
    .join(RegisteredModel.__table__, MODEL.id == VERSION.model_id)
    .where(OF_VERSION.state == literal_column(f"'{UNREADABLE}'"))
    .order_by(OF_VERSION.version_id.desc())
    .limit(bindparam("most")),
    UnreadableVersion,
)


def unreadable(most: int) -> list[UnreadableVersion]:
    """Returns the versions whose files could not be read, the newest first; for the operator, who sees all."""
    return _UNREADABLE.rows(most=most)
