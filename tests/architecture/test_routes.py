"""Every route says which permission it needs, or the application does not start."""

import pytest

from app.accounts.actors import LOCAL_USER
from app.accounts.permissions import Permission
from app.config import Settings
from app.database import transaction
from app.edge import Greenroom, needs
from app.errors import NotFound
from app.registry import registered_models


@pytest.fixture
def bare(tmp_path) -> Greenroom:
    """An application without any of our routes."""
    app = Greenroom("bare", static_folder=None)
    app.settings = Settings.from_environ({"GREENROOM_INSTANCE": str(tmp_path)})
    return app


def test_a_route_without_a_permission_stops_the_start_and_is_named(bare):
    bare.add_url_rule("/open-to-all", "forgotten", lambda: "hello")

    with pytest.raises(RuntimeError, match=r"/open-to-all \(forgotten\)"):
        bare.refuse_undeclared_routes()


def test_a_route_that_declares_something_else_than_a_permission_stops_the_start(bare):
    view = needs("models:read")(lambda: "hello")
    bare.add_url_rule("/misspelt", "misspelt", view)

    with pytest.raises(RuntimeError, match="misspelt"):
        bare.refuse_undeclared_routes()


def test_a_route_that_declares_its_permission_is_let_through(bare):
    bare.add_url_rule("/models", "models", needs(Permission.MODELS_READ)(lambda: "hello"))

    bare.refuse_undeclared_routes()


def test_what_answers_before_anybody_is_known_is_this_and_nothing_else(app):
    public = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if app.view_functions[rule.endpoint].permission is Permission.PUBLIC
    }
    assert public == {
        "/health", "/version", "/theme", "/static/<path:filename>",
        "/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info",
    }  # fmt: skip


def test_a_view_for_get_that_tries_to_change_something_fails_and_changes_nothing(app, client):
    @needs(Permission.MODELS_READ)
    def sly() -> str:
        registered_models.create("sly", actor=LOCAL_USER)
        return "done"

    app.add_url_rule("/sly", view_func=sly)

    assert client.get("/sly").status_code == 500
    with app.app_context(), transaction(read_only=True), pytest.raises(NotFound):
        registered_models.get("sly")
