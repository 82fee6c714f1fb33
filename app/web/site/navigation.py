"""The main navigation: what it lists and where the present page lies in it."""

from typing import NamedTuple

from flask import request, url_for

from app.db.transactions import is_in_transaction
from app.web.site import abilities, badge_counts


class Item(NamedTuple):
    label: str
    url: str
    is_here: bool
    waiting: int = 0


# label, endpoint, blueprints whose pages belong to it
AREAS = (
    ("Home", "home.show", ("home",)),
    (
        "Models",
        "models.index",
        (
            "models",
            "model_changes",
            "model_settings",
            "stage_history",
            "stage_rules",
            "versions",
            "version_changes",
            "version_files",
            "transition_requests",
            "compare",
        ),
    ),
    ("Experiments", "experiments.index", ("experiments", "runs", "registrations", "compare_runs")),
)


def items() -> list[Item]:
    """The areas in order; at most one of them is where the person is."""
    # Stage rules are a model's, or, below /admin, those of all: then they belong to administration.
    here = "" if request.path.startswith("/admin/") else request.blueprint
    if here == "members":  # of a model or of an experiment
        here = request.path.split("/")[1]
    found = [Item(label, url_for(endpoint), here in names) for label, endpoint, names in AREAS]
    if not abilities.is_personal() and abilities.person():
        found.append(Item("Approvals", url_for("inbox.index"), request.blueprint == "inbox", _waiting()))
    return found


def _waiting() -> int:
    """How many requests and unread notices wait for the person.

    Not counted on pages about an error, whose transaction is over.
    """
    return badge_counts.requests() + badge_counts.unread() if is_in_transaction() else 0


# The parts of administration: name, label, endpoint; and those that are there in personal mode, too.
ADMINISTRATION = (
    ("user", "Users", "accounts.users"),
    ("group", "Groups", "groups.index"),
    ("service", "Service accounts", "accounts.services"),
    ("rights", "Rights", "rights.index"),
    ("stage", "Stages", "stage_settings.index"),
    ("audit", "Audit log", "audit_log.index"),
)
WITHOUT_ACCOUNTS = ("stage", "audit")
