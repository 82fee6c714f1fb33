"""What is written down of the installation that a database belongs to, so that a server of another one is noticed."""

import hashlib
import hmac

from sqlalchemy import Column, Connection, String, Table, delete, insert, select

from app.db.transactions import Base

INSTALLATION = Table(
    "installation",
    Base.metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(100), nullable=False),
)

KEY = "secret_key"  # its fingerprint, from which the key does not follow
ROOT = "artifact_root"  # the name in the mark of the folder of artifacts


def fingerprint(secret_key: str) -> str:
    """Returns what tells one key from another and says nothing of either."""
    return hmac.digest(secret_key.encode(), b"greenroom key fingerprint", hashlib.sha256).hex()[:32]


def read(connection: Connection) -> dict[str, str]:
    """Returns everything that is written down."""
    return {row.name: row.value for row in connection.execute(select(INSTALLATION))}


def write(connection: Connection, name: str, value: str) -> None:
    """Writes something down, in place of what was there."""
    connection.execute(delete(INSTALLATION).where(INSTALLATION.c.name == name))
    connection.execute(insert(INSTALLATION).values(name=name, value=value))
