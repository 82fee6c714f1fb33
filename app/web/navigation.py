"""The main navigation: what it lists and where the present page lies in it."""

from typing import NamedTuple

from flask import request, url_for


class Item(NamedTuple):
    label: str
    url: str
    is_here: bool


# label, endpoint, blueprints whose pages belong to it
AREAS = (
    ("Models", "models.index", ("models", "model_changes", "model_settings", "versions", "version_changes",
                                "version_files", "compare")),
    ("Experiments", "experiments.index", ("experiments", "runs", "registrations", "compare_runs")),
)  # fmt: skip


def items() -> list[Item]:
    """The areas in order; at most one of them is where the person is."""
    return [Item(label, url_for(endpoint), request.blueprint in names) for label, endpoint, names in AREAS]


# The parts of administration: name, label, endpoint.
ADMINISTRATION = (
    ("user", "Users", "accounts.users"),
    ("group", "Groups", "groups.index"),
    ("service", "Service accounts", "accounts.services"),
    ("rights", "Rights", "rights.index"),
    ("audit", "Audit log", "audit_log.index"),
)  # fmt: skip
