"""The kinds of errors that the database causes. None of them is a mistake of the person or client that asked."""

from dataclasses import dataclass

from app.core.errors import NoRoom, OutcomeUnknown, Unavailable


@dataclass(eq=False)
class DatabaseSilent(Unavailable):
    """The database does not answer."""


@dataclass(eq=False)
class DatabaseBusy(Unavailable):
    """Others keep the database busy; nothing was changed."""


@dataclass(eq=False)
class DatabaseSlow(Unavailable):
    """The database took longer over a statement than is allowed; nothing was changed."""


@dataclass(eq=False)
class DatabaseReplica(Unavailable):
    """The database may only be read for now, as a replica before it is promoted; nothing was changed."""


@dataclass(eq=False)
class DatabaseDamaged(Unavailable):
    """SQLite's file is damaged: some of it cannot be read, and nothing is written to it any more."""


@dataclass(eq=False)
class DatabaseReadOnly(NoRoom):
    """The server may not write to the database's file; nothing was changed."""


@dataclass(eq=False)
class DatabaseFull(NoRoom):
    """The database has no room left; nothing was changed."""


@dataclass(eq=False)
class CommitUnknown(OutcomeUnknown):
    """The database went away while it was told to commit, and may have kept the change."""
