"""The browser's door: pages and forms over the same verbs as the API."""

from types import ModuleType

from flask import Response, request

from app.edge import Greenroom
from app.signing import keep_private
from app.web.compression import pack
from app.web.errors import error_page

# A description may be a long model card; files never come through a page.
LARGEST_FORM = 1024 * 1024

__all__ = ["error_page", "init_app"]


def init_app(app: Greenroom) -> None:
    """Mount the pages."""
    from app.web import jinja, system

    blueprints = [area.blueprint for area in _areas()]
    if app.debug:
        from app.web import styleguide

        blueprints.append(styleguide.blueprint)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=system.static_file)
    jinja.install(app)
    ours = {blueprint.name for blueprint in blueprints} | {None}

    @app.url_value_preprocessor
    def bound_forms(_endpoint: str | None, _values: dict | None) -> None:
        # Runs before anything reads the form, the check of its CSRF token included.
        if request.blueprint in ours:
            request.max_content_length = LARGEST_FORM
            request.max_form_memory_size = LARGEST_FORM

    @app.after_request
    def finished(response: Response) -> Response:
        return pack(request, keep_private(response)) if request.blueprint in ours else response


def _areas() -> tuple[ModuleType, ...]:
    """The modules that have pages; imported here, so that the domain can be used without them."""
    from app.web import (
        compare,
        compare_runs,
        curves,
        experiments,
        home,
        model_changes,
        model_settings,
        models,
        registrations,
        runs,
        search_help,
        stage_history,
        stars,
        system,
        version_changes,
        version_files,
        versions,
    )

    return (
        system,
        home,
        models,
        stars,
        model_changes,
        model_settings,
        versions,
        version_changes,
        version_files,
        stage_history,
        experiments,
        runs,
        registrations,
        compare,
        compare_runs,
        curves,
        search_help,
        *_areas_of_teams(),
    )


def _areas_of_teams() -> tuple[ModuleType, ...]:
    """Those about people: who they are, what they may do, and what they ask of each other."""
    from app.web import (
        account_tokens,
        accounts,
        audit_log,
        groups,
        inbox,
        members,
        profile,
        rights,
        set_up,
        signing,
        single_sign_on,
        stage_rules,
        stage_settings,
        tokens,
        transition_requests,
    )

    return (
        signing,
        single_sign_on,
        set_up,
        profile,
        tokens,
        members,
        rights,
        accounts,
        account_tokens,
        groups,
        audit_log,
        transition_requests,
        inbox,
        stage_settings,
        stage_rules,
    )
