"""Every route of the application as requests that could succeed, made from a table of values.

A route without values here is not walked, and `unknown` says so: whoever adds one adds its values.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.routing import Rule

from app.authz.permissions import Permission
from app.http.application import Greenroom

# What answers before anybody is known; nothing of the registry is in it. No other route may be PUBLIC.
PUBLIC = {
    "set_up.set_up",
    "signing.sign_in",
    "single_sign_on.finish",
    "single_sign_on.start",
    "static",
    "system.choose_theme",
    "system.health",
    "system.live",
    "system.ready",
    "system.version",
    "server_server_info",
    "discovery.databricks_config",
    "upload_part",  # whose token is the permission
}

# Leave this optional field out.
ABSENT = None

# What stands in a part of an address or a field of a call, whichever route it is of. `<run>` and the like
# are put in from the world that the walk goes through.
VALUES: dict[str, Any] = {
    "account": "<reader>",
    "trace_id": "tr-1",
    "approvals": 1,
    "approver_groups": ABSENT,
    "checks": ["scan"],
    "colour": ABSENT,
    "direct_groups": ABSENT,
    "emergency_groups": ABSENT,
    "rollback_changed": ABSENT,
    "exclusive": ABSENT,
    "level": ABSENT,
    "members": ["<reader>"],
    "model": ABSENT,
    "bound_to": ABSENT,
    "follows": ABSENT,
    "tag": ABSENT,
    "must_ask": ABSENT,
    "position": ABSENT,
    "purpose": "To try it.",
    "requester_counts": ABSENT,
    "schema": ABSENT,
    "seen": ABSENT,
    "to": ABSENT,
    "access_control_list": [{"user_name": "<reader>", "permission_level": "CAN_READ"}],
    "alias": "<alias>",
    "at": 4_000_000_000_000,
    "allow_deleted": ABSENT,
    "forward_old_name": ABSENT,
    "archive_existing_versions": ABSENT,
    "area": "models",
    "artifact_directory_path": ABSENT,
    "artifact_location": ABSENT,
    "check": "scan",
    "comment": "words",
    "comment_id": 1,
    "creator": "<owner>",
    "current_password": ABSENT,
    "dataset_digest": ABSENT,
    "dataset_name": ABSENT,
    "datasets": ABSENT,
    "description": "other words",
    "digest": ABSENT,
    "end_step": ABSENT,
    "end_time": ABSENT,
    "expiration": ABSENT,
    "experiment_id": "<experiment>",
    "experiment_ids": ["<experiment>"],
    "experiment_name": "<experiment name>",
    "filter": "",
    "folder": "<folder>",
    "group": "<group>",
    "id": "<comment>",
    "is_admin": True,
    "key": "<tag>",
    "link": ABSENT,
    "max_results": 100,
    "metric_key": "<metric>",
    "metrics": [{"key": "m", "value": 1, "timestamp": 1}],
    "model_id": "<model>",
    "model_json": '{"artifact_path": "m", "flavors": {}, "run_id": "r", "utc_time_created": "t"}',
    "model_type": ABSENT,
    "models": [{"model_id": "m-1"}],
    "name": "<name>",
    "new_name": "another-name",
    "num_parts": 1,
    "number": 1,
    "order_by": ABSENT,
    "page_token": ABSENT,
    "params": [{"key": "p", "value": "1"}],
    "parts": [],
    "password": "nobody would put this together",
    "path": "<file>",
    "request_id": 1,
    "rest": "anything",
    "run_id": "<run>",
    "run_ids": ["<run>"],
    "run_link": ABSENT,
    "run_name": "another-run",
    "run_view_type": ABSENT,
    "source": "s3://bucket/model",
    "source_run_id": "<run>",
    "stage": "Staging",
    "stages": ABSENT,
    "start_step": ABSENT,
    "start_time": ABSENT,
    "state": "passed",
    "status": "FINISHED",
    "step": ABSENT,
    "summary": ABSENT,
    "tag_key": "<tag>",
    "tags": [{"key": "t", "value": "u"}],
    "timestamp": 1,
    "token_id": "<token>",
    "upload_id": "<upload>",
    "user_id": ABSENT,
    "username": "<reader>",
    "value": "1.5",
    "version": "1",
    "view_type": ABSENT,
}

# Where a route wants something else by the same name.
OTHERWISE: dict[str, dict[str, Any]] = {
    "account_tokens.revoke": {"account": "<owner>"},
    "multipart_uploads_abort_multipart_upload": {"path": "<upload file>"},
    "multipart_uploads_complete_multipart_upload": {"path": "<upload file>"},
    "artifacts_list_folder": {"path": "<folder>"},
    "transition_requests_approve_request": {"stage": "<asked stage>"},
    "transition_requests_create_request": {"stage": "Archived"},
    "transition_requests_delete_request": {"stage": "<asked stage>"},
    "transition_requests_reject_request": {"stage": "<asked stage>"},
    "transition_requests_restore_comment": {"id": "<deleted comment id>"},
    "groups_delete_group": {"group": "walkers"},
    "groups_put_group": {"group": "walkers", "is_admin": False},
    "rules_get_rule": {"alias": ABSENT},
    "rules_delete_rule": {"alias": ABSENT},
    "rules_put_rule": {"alias": ABSENT, "description": False, "tags": ["team"]},
    "stages_delete_stage": {"stage": "Walking"},
    "stages_put_stage": {"stage": "Walking"},
    "experiments_create": {"name": "another-experiment"},
    "experiments_restore": {"experiment_id": "<deleted experiment>"},
    "logged_models_create": {"name": "another-model"},
    "logged_models_finalize": {"status": "LOGGED_MODEL_READY"},
    "manifests_report_digest": {"digest": "0" * 64},
    "metrics_log_metric": {"model_id": ABSENT},
    "model_versions_create": {"model_id": ABSENT},
    "owned_artifacts_list_of_run": {"path": ABSENT},
    "owned_artifacts_presigned_download_url": {"path": "model/MLmodel"},
    "owned_artifacts_presigned_upload_url": {"path": "model/MLmodel", "model_id": ABSENT},
    "model_settings.restore": {"model_id": "<deleted model>"},
    "model_settings.restore_version": {"number": 3},
    "permissions_change": {"id": "<model key>"},
    "permissions_get": {"id": "<model key>"},
    "permissions_levels": {"id": "<model key>"},
    "permissions_replace": {"id": "<model key>"},
    "registered_models_create": {"name": "another-model"},
    "runs_restore": {"run_id": "<deleted run>"},
    "stage_history.return_to": {"number": 2},
    "transition_requests.deleted_comment": {"comment_id": "<deleted comment>"},
    "transition_requests.restore_comment": {"comment_id": "<deleted comment>"},
    "users_create": {"username": "another"},
}

# The query, or the body, of routes that declare no fields.
QUERIES: dict[str, dict[str, str]] = {
    "artifact_links.file_of_model": {"model_id": "<model>", "path": "MLmodel"},
    "artifact_links.file_of_run": {"run_id": "<run>", "path": "model/MLmodel"},
    "artifact_links.file_of_version": {"name": "<name>", "version": "1", "path": "MLmodel"},
    "file_of_logged_model": {"artifact_file_path": "MLmodel"},
    "upload_to_run": {"run_uuid": "<run>", "path": "new"},
}
BODIES = {"artifacts_upload": b"bytes", "upload_to_run": b"bytes"}

# What a person types into a form; the rest is as the page gives it.
FORMS: dict[str, dict[str, str]] = {
    "account_tokens.create": {"name": "another"},
    "account_tokens.revoke": {},
    "accounts.create_service": {"name": "another"},
    "accounts.create_user": {"name": "another"},
    "accounts.delete": {},
    "accounts.disable": {},
    "accounts.enable": {},
    "accounts.prepare": {},
    "accounts.set_admin": {},
    "accounts.set_full_name": {"full_name": "Somebody"},
    "accounts.set_password": {
        "password": "nobody would put this together",
        "again": "nobody would put this together",
    },
    "groups.add": {"account": "<reader>"},
    "groups.create": {"name": "another"},
    "groups.delete": {},
    "groups.edit": {"name": "another"},
    "groups.remove": {"account": "<reader>"},
    "groups.set_admin": {},
    "inbox.read": {"up_to": "1"},
    "members.remove_from_experiment": {"kind": "account", "name": "<reader>", "level": "10"},
    "members.remove_from_model": {"kind": "account", "name": "<reader>", "level": "10"},
    "members.set_on_experiment": {"kind": "account", "name": "<reader>", "level": "20"},
    "members.set_on_model": {"kind": "account", "name": "<reader>", "level": "20"},
    "model_changes.create": {"name": "another-model"},
    "model_changes.delete": {"confirm": "<name>"},
    "model_changes.describe": {"description": "words"},
    "model_changes.remove_alias": {"alias": "<alias>"},
    "model_changes.remove_tag": {"key": "<tag>"},
    "model_changes.rename": {"new_name": "another-name"},
    "model_changes.set_alias": {"alias": "other", "version": "1"},
    "model_changes.set_tag": {"key": "k", "value": "v"},
    "profile.change_password": {
        "current_password": "<password>",
        "password": "nobody would put this together",
        "again": "nobody would put this together",
    },
    "profile.end_other_sessions": {},
    "profile.end_session": {"session": "1"},
    "profile.set_full_name": {"full_name": "Somebody"},
    "registrations.register": {"name": "<name>"},
    "rights.give": {"kind": "account", "name": "<reader>", "level": "20"},
    "rights.take": {"kind": "account", "name": "<reader>", "level": "20"},
    "signing.sign_out": {},
    "model_settings.archive": {},
    "model_settings.restore": {},
    "model_settings.restore_version": {},
    "model_settings.stop_forwarding": {"former": "left"},
    "stage_history.return_to": {},
    "stage_rules.edit": {"approvals": "2"},
    "stage_rules.follow_production": {},
    "stage_rules.stop_following_production": {},
    "stage_rules.edit_of_model": {"approvals": "2"},
    "stage_rules.remove": {},
    "stage_rules.remove_of_model": {},
    "stage_settings.create": {"name": "Another"},
    "stage_settings.edit": {"name": "Another"},
    "stage_settings.move": {"direction": "down", "order": "None,Staging,Production,Archived"},
    "stage_settings.remove": {"to": "Archived"},
    "stars.change": {"add": "<name>"},
    "tokens.create": {"name": "another"},
    "tokens.revoke": {},
    "transition_requests.ask": {"stage": "Archived"},
    "transition_requests.comment": {"comment": "words"},
    "transition_requests.decide": {"decision": "reject"},
    "transition_requests.delete_comment": {},
    "transition_requests.edit_comment": {"comment": "words"},
    "transition_requests.restore_comment": {},
    "transition_requests.withdraw": {},
    "version_changes.delete": {"confirm": "<name>"},
    "version_changes.describe": {"description": "words"},
    "version_changes.remove_tag": {"key": "<tag>"},
    "version_changes.set_alias": {"alias": "other"},
    "version_changes.set_tag": {"key": "k", "value": "v"},
    "version_changes.transition": {"stage": "Production"},
}

_PART = re.compile(r"<(?:[^<>:]+:)?([^<>:]+)>")
_BLUEPRINT = re.compile(r"api_\d(?:_\w+)?\.")


@dataclass(frozen=True)
class Call:
    """One request: a method at one address of a route, with all that it may be sent."""

    endpoint: str
    method: str
    path: str
    permission: Permission
    reads: bool
    is_page: bool
    query: dict[str, Any] = field(default_factory=dict)
    json: dict[str, Any] | None = None
    data: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def changes(self) -> bool:
        """Whether it asks for something to become different."""
        return self.method not in ("GET", "HEAD") and not self.is_search

    @property
    def is_search(self) -> bool:
        return self.permission in (Permission.MODELS_READ, Permission.EXPERIMENTS_READ)

    def options(self) -> dict[str, Any]:
        """What a test client is given to send it."""
        found: dict[str, Any] = {"query_string": self.query}
        if self.json is not None:
            found["json"] = self.json
        elif self.data is not None:
            found["data"] = self.data
        return found

    def sent(self) -> Iterator[str]:
        """Every text that the request holds, which an answer may repeat; the longest first."""
        texts = set(_texts([self.path, self.query, self.json, self.data])) | set(self.path.split("/"))
        yield from sorted((text for text in texts if len(text) > 3), key=len, reverse=True)


def name_of(rule: Rule) -> str:
    """The endpoint as the tables name it: the same for each address that a call is mounted at."""
    return _BLUEPRINT.sub("", rule.endpoint, count=1)


def unknown(app: Greenroom) -> list[str]:
    """A sentence for each route, part or field that the tables have no value for."""
    found = []
    for rule in app.url_map.iter_rules():
        view, name = app.view_functions[rule.endpoint], name_of(rule)
        named = set(_PART.findall(rule.rule)) | {one.name for one in getattr(view, "fields", ())}
        for part in sorted(named - VALUES.keys() - OTHERWISE.get(name, {}).keys()):
            if view.permission is not Permission.PUBLIC:
                found.append(f"{name} takes {part!r}: say in VALUES or OTHERWISE what to send as that.")
        if view.permission is Permission.PUBLIC:
            continue
        changes = rule.methods & {"POST", "PUT", "PATCH", "DELETE"}
        if _is_page(rule) and changes and name not in FORMS:
            found.append(f"{name} takes a form: say in FORMS what a person types into it.")
        elif not _is_page(rule) and not hasattr(view, "fields") and not _is_simple(name):
            found.append(f"{name} declares no fields: say in QUERIES or BODIES what to send.")
    return found


def _is_simple(name: str) -> bool:
    return (
        name in QUERIES or name in BODIES or name.startswith(("artifacts_", "not_offered", "api_not_offered"))
    )


def _is_page(rule: Rule) -> bool:
    beside = (
        "/api/",
        "/ajax-api/",
        "/api",
        "/get-artifact",
        "/model-versions/get-artifact",
        "/graphql",
        "/gateway",
        "/v1/",
    )
    return not rule.rule.startswith(beside)


def calls(app: Greenroom, world: Mapping[str, str]) -> Iterator[Call]:
    """Each method of each address of each route that is not PUBLIC, in the order of their addresses."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        view, name = app.view_functions[rule.endpoint], name_of(rule)
        if view.permission is Permission.PUBLIC:
            continue
        values = {**VALUES, **OTHERWISE.get(name, {})}
        parts = set(_PART.findall(rule.rule))
        if not values.keys() >= parts:
            continue
        path = _PART.sub(lambda found, values=values: str(_put(values[found[1]], world)), rule.rule)
        fields = {one.name for one in getattr(view, "fields", ())} - parts
        body = {key: _put(values[key], world) for key in sorted(fields) if values.get(key) is not ABSENT}
        for method in sorted(rule.methods - {"OPTIONS"}):
            call = Call(
                name,
                method,
                path,
                view.permission,
                view.reads,
                _is_page(rule),
                query=_put(QUERIES.get(name, {}), world),
            )
            yield _with_body(call, body, world, has_fields=hasattr(view, "fields"))


def _with_body(call: Call, body: dict[str, Any], world: Mapping[str, str], *, has_fields: bool) -> Call:
    values: dict[str, Any] = {}
    if call.method in ("GET", "HEAD"):
        values = {"query": {**call.query, **body}}
    elif has_fields:
        values = {"json": body}
    elif call.is_page:
        values = {"data": _put(FORMS.get(call.endpoint, {}), world)}
    else:
        values = {"data": BODIES.get(call.endpoint)}
    return Call(**{**vars(call), **values})


def _put(value: Any, world: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return re.sub(r"<([^<>]+)>", lambda found: world[found[1]], value)
    if isinstance(value, dict):
        return {key: _put(one, world) for key, one in value.items()}
    return [_put(one, world) for one in value] if isinstance(value, list) else value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
