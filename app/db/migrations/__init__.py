"""The database's schema, step by step, and the one function that brings a database up to it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

HERE = Path(__file__).resolve().parent
_LOCK = 7_305_114  # any number, as long as every Greenroom takes the same one


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def newest() -> str:
    """Returns the newest step, which this Greenroom is written for."""
    return ScriptDirectory(str(HERE)).get_current_head() or ""


def is_known(revision: str) -> bool:
    """Returns whether there is such a step."""
    return any(step.revision == revision for step in ScriptDirectory(str(HERE)).walk_revisions())


def upgrade(engine: Engine, to: str = "head") -> None:
    """Brings the schema to the newest step, or to the one given, in one transaction; harmless when it is there already.

    Several processes may call this at once: the first takes the lock, the others find the work done.
    """
    with engine.begin() as connection:  # BEGIN IMMEDIATE on SQLite, see app.db.transactions
        if engine.dialect.name == "postgresql":
            # However long another's upgrade takes, or a reader of a table that is changed.
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(_config(connection), to)
