"""The browser's door: pages and forms over the same verbs as the API."""

from types import ModuleType

from flask import Response, request

from app.http.application import Greenroom
from app.http.authentication import keep_private
from app.web.site.compression import pack
from app.web.site.error_pages import error_page

# A description may be a long model card; files never come through a page.
MAX_FORM_BYTES = 1024 * 1024

__all__ = ["error_page", "init_app"]


def init_app(app: Greenroom) -> None:
    """Adds the pages to the application."""
    from app.web.site import system, template_environment

    blueprints = [area.blueprint for area in _areas()]
    if app.debug:
        from app.web.site import styleguide

        blueprints.append(styleguide.blueprint)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=system.static_file)
    template_environment.install(app)
    web_blueprints = {blueprint.name for blueprint in blueprints} | {None}

    @app.url_value_preprocessor
    def bound_forms(_endpoint: str | None, _values: dict | None) -> None:
        # Runs before anything reads the form, the check of its CSRF token included.
        if request.blueprint in web_blueprints:
            request.max_content_length = MAX_FORM_BYTES
            request.max_form_memory_size = MAX_FORM_BYTES

    @app.after_request
    def finished(response: Response) -> Response:
        return pack(request, keep_private(response)) if request.blueprint in web_blueprints else response


def _areas() -> tuple[ModuleType, ...]:
    """Returns the modules that have pages. They are imported here, so that the domain can be used without them."""
    from app.web.compare import runs as compare_runs
    from app.web.compare import versions as compare
    from app.web.experiments import curves, register_version, runs, runs_csv
    from app.web.experiments import pages as experiments
    from app.web.models import edit as model_changes
    from app.web.models import history, models_csv, stars
    from app.web.models import pages as models
    from app.web.models import settings as model_settings
    from app.web.site import home, search_help, system
    from app.web.versions import edit as version_changes
    from app.web.versions import files
    from app.web.versions import pages as versions

    return (
        system,
        home,
        models,
        models_csv,
        stars,
        model_changes,
        model_settings,
        versions,
        version_changes,
        files,
        history,
        experiments,
        runs,
        runs_csv,
        register_version,
        compare,
        compare_runs,
        curves,
        search_help,
        *_areas_of_teams(),
    )


def _areas_of_teams() -> tuple[ModuleType, ...]:
    """Returns the modules about people: accounts, permissions, approvals and the rules of stages."""
    from app.web.account import profile, tokens
    from app.web.admin import account_tokens, accounts, audit_log, groups, registry_permissions
    from app.web.approvals import inbox, requests
    from app.web.sharing import members
    from app.web.sign_in import password, set_up, single_sign_on
    from app.web.stages import rules
    from app.web.stages import settings as stage_settings

    return (
        password,
        single_sign_on,
        set_up,
        profile,
        tokens,
        members,
        registry_permissions,
        accounts,
        account_tokens,
        groups,
        audit_log,
        requests,
        inbox,
        stage_settings,
        rules,
    )
