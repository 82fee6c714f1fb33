"""Sentences about a database that does not do what it is asked."""

from app.db import errors

_READ_ONLY = "The server may not write to its database at the moment, so nothing was changed."

SENTENCES = {
    errors.DatabaseSilent: "The database does not answer; try again shortly.",
    errors.DatabaseBusy: "Others keep the database busy, so nothing was changed; try again shortly.",
    errors.DatabaseSlow: (
        "The database took too long over this, so nothing was changed; try again, or ask for less."
    ),
    errors.DatabaseReplica: _READ_ONLY,
    errors.DatabaseReadOnly: _READ_ONLY,
    errors.DatabaseFull: "There is no room left for the server's database, so nothing was changed.",
    errors.CommitUnknown: (
        "The database stopped answering at the end, and may have kept this or not: look before you send it again."
    ),
}
