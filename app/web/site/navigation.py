"""The main navigation: its entries, and where the present page belongs."""

from typing import NamedTuple

from flask import request, url_for

from app.db.transactions import is_in_transaction
from app.web.site import abilities, badge_counts


class Item(NamedTuple):
    label: str
    url: str
    is_here: bool
    waiting: int = 0


# label, endpoint, and the blueprints of its pages
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
    """Returns the areas in order; at most one of them is the present one."""
    # Stage rules are those of a model, or below /admin those of all models, which belong to administration.
    here = "" if request.path.startswith("/admin/") else request.blueprint
    if here == "members":  # of a model or of an experiment
        here = request.path.split("/")[1]
    entries = [Item(label, url_for(endpoint), here in names) for label, endpoint, names in AREAS]
    if not abilities.is_personal() and abilities.person():
        entries.append(Item("Approvals", url_for("inbox.index"), request.blueprint == "inbox", _waiting()))
    return entries


def _waiting() -> int:
    """Returns how many requests and unread notices wait for the person.

    It is not counted on error pages, whose transaction is over.
    """
    return badge_counts.requests() + badge_counts.unread() if is_in_transaction() else 0


# The parts of administration: name, label, endpoint; and the parts that personal mode has, too.
ADMINISTRATION = (
    ("user", "Users", "accounts.users"),
    ("group", "Groups", "groups.index"),
    ("service", "Service accounts", "accounts.services"),
    ("rights", "Permissions", "rights.index"),
    ("stage", "Stages", "stage_settings.index"),
    ("audit", "Audit log", "audit_log.index"),
)
WITHOUT_ACCOUNTS = ("stage", "audit")
