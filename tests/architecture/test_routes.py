"""Routes as a whole: each declares who may call it, and only some methods change anything."""

import ast
from pathlib import Path

import pytest

from app.authz.permissions import Permission
from app.http.application import Greenroom, needs

READS = {Permission.PUBLIC, Permission.MODELS_READ, Permission.EXPERIMENTS_READ}
CHANGES = {"POST", "PUT", "PATCH", "DELETE"}
PAGES = Path(__file__).parents[2] / "app" / "web"


def _views(app):
    for rule in app.url_map.iter_rules():
        yield rule, app.view_functions[rule.endpoint]


def test_every_route_declares_a_permission(app):
    assert not [
        rule.rule
        for rule, view in _views(app)
        if not isinstance(getattr(view, "permission", None), Permission)
    ]


def test_a_route_without_a_permission_stops_the_start():
    app = Greenroom("bare", static_folder=None)
    app.add_url_rule("/bare", view_func=lambda: "")
    with pytest.raises(RuntimeError, match="/bare"):
        app.refuse_undeclared_routes()


def test_a_declared_route_does_not():
    app = Greenroom("declared", static_folder=None)
    app.add_url_rule("/declared", view_func=needs(Permission.PUBLIC)(lambda: ""))
    app.refuse_undeclared_routes()


def test_what_needs_no_more_than_reading_is_not_sent_by_a_changing_method_of_the_pages(app):
    wrong = [
        rule.rule
        for rule, view in _views(app)
        if view.__module__.startswith("app.web")
        and rule.methods & CHANGES
        and view.permission in READS
        and not view.reads
    ]
    assert wrong == []


def test_the_verbs_of_the_pages_are_called_with_the_one_who_acts():
    """Each call of a page that names an actor gives the request's own, and nobody else."""
    for file in PAGES.rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)):
            for keyword in call.keywords:
                if keyword.arg == "actor":
                    assert ast.unparse(keyword.value) in ("current_actor()", "actor"), (
                        f"{file.name}:{call.lineno}"
                    )


def test_addresses_below_a_model_leave_every_name_to_models(app):
    """A page beside `/models/<name>` would hide the model of that name."""
    fixed = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/models/") and not rule.rule.startswith("/models/<name>")
    ]
    assert fixed == []
