"""What an export holds: which tables, in which order, and which of their columns refer to other rows.

A table or a reference that nobody listed here fails a test: a new one is a decision.
"""

from sqlalchemy import Table

from app.db.installation import INSTALLATION
from app.db.transactions import Base

# What belongs to a server and not to its data: who is signed in, who failed to, whose turn a job is, and what was
# learned of files by where they lie on a disk.
LEFT_OUT = frozenset(
    {
        "web_session",
        "failed_sign_in",
        "background_job",
        "account_revision",
        "file_digest",
        INSTALLATION.name,  # another installation has a key and a folder of its own
    }
)

# What lets somebody in: left out, unless it is asked for.
SECRET_TABLES = frozenset({"access_token", "access_token_model"})
SECRET_COLUMNS = frozenset({("account", "password_hash")})

# References that the database does not know of, since what they lead to may be gone. Account and token ids are not
# among them: of a few models, people are their names.
SOFT_REFERENCES = {
    ("event", "experiment_id"): "experiment",
    ("event", "run_id"): "run",
    ("stage_rule", "bound_stage_id"): "stage",
    ("stage_rule", "followed_stage_id"): "stage",
}

# Columns that name an account, for which a few models have none: the name beside it stays.
ACCOUNTS = frozenset(
    {
        ("event", "actor_id"),
        ("event", "token_id"),
        ("stage_interval", "actor_id"),
        ("alias_interval", "actor_id"),
        ("version_check", "actor_id"),
        ("version_comment", "author_id"),
        ("transition_request", "asker_id"),
        ("transition_request", "decided_by_id"),
        ("transition_request", "token_maker_id"),
        ("transition_request", "service_creator_id"),
        ("transition_approval", "approver_id"),
        ("transition_approval", "token_maker_id"),
    }
)


def tables() -> list[Table]:
    """Returns the tables of a whole export, each after those that it refers to."""
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]
