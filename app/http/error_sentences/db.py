"""Sentences about a database that does not do what it is asked."""

from app.db import errors

_READ_ONLY = "The server can't write to its database right now, so nothing was changed."

SENTENCES = {
    errors.DatabaseSilent: "The database is not responding. Try again shortly.",
    errors.DatabaseBusy: "The database is busy, so nothing was changed. Try again shortly.",
    errors.DatabaseSlow: ("The database took too long, so nothing was changed. Try again, or ask for less."),
    errors.DatabaseReplica: _READ_ONLY,
    errors.DatabaseDamaged: (
        "The server's database is damaged, so some of it can't be read and nothing can be changed. "
        "Tell an administrator of the server."
    ),
    errors.DatabaseReadOnly: _READ_ONLY,
    errors.DatabaseFull: "There is no room left for the server's database, so nothing was changed.",
    errors.CommitUnknown: (
        "The database stopped responding at the end, so the change may or may not have been saved. "
        "Check before you try again."
    ),
}
