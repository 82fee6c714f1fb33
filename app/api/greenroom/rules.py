"""Greenroom's calls on rules: a file that declares them can be sent again and again.

A rule is named by one of `stage`, `alias` and `tag`, and by `model` where it is that model's own.
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from app.accounts import groups
from app.api.errors import ChecksUnreadable, OnlyForAliases, RuleNotFound, RuleTargetMissing
from app.api.fields import Field, Flag, Text, Unreadable, Whole
from app.api.routing import call
from app.authz.permissions import Permission
from app.core.errors import NotFound
from app.http.application import current_actor
from app.registry import queries
from app.stages import approver_groups, definitions, rule_settings, rules
from app.stages.errors import UnknownGroup
from app.stages.governed import targets
from app.stages.rules import EffectiveRule
from app.stages.tables import REFUSE

PATH = "/greenroom/rules"
TARGET = (Text(name="stage"), Text(name="alias"), Text(name="tag"), Text(name="model"))
_GROUPS = ("approver_groups", "direct_groups", "emergency_groups")


class Checks(Field):
    """A check: its name, or an object with its `name` and the `reporter` that alone may report it."""

    def read_one(self, value: Any) -> tuple[str, str | None]:
        if isinstance(value, str):
            return value, None
        if isinstance(value, dict) and isinstance(value.get("name"), str):
            reporter = value.get("reporter")
            if reporter is None or isinstance(reporter, str):
                return value["name"], reporter
        raise Unreadable


@call("GET", PATH, Permission.MODELS_READ, *TARGET)
def get_rule(args: SimpleNamespace) -> dict:
    """Returns the rule in force."""
    model_id = None if args.model is None else queries.model_id(args.model)
    name = _target(args)
    target = definitions.find(name) if args.stage is not None else targets.exact(name)
    if target is None:
        raise RuleNotFound(name)
    return {"rule": present_rule(rules.of(target, model_id), args.model)}


@call(
    "PUT",
    PATH,
    Permission.SETTINGS,
    *TARGET,
    Text(name="bound_to"),
    Text(name="follows"),
    Whole(name="approvals", default=1),
    Text(name="approver_groups", many=True, default=()),
    Flag(name="requester_counts", default=False),
    Flag(name="must_ask", default=False),
    Text(name="direct_groups", many=True, default=()),
    Checks(name="checks", many=True, default=()),
    Flag(name="description", default=False),
    Flag(name="schema", default=False),
    Text(name="tags", many=True, default=()),
    Flag(name="exclusive", default=False),
    Text(name="emergency_groups", many=True, default=()),
    Text(name="rollback_changed", default=REFUSE),
    Text(name="seen"),
)
def put_rule(args: SimpleNamespace) -> dict:
    """Sets the rule; what is left out is as by default."""
    target = _target(args)
    if args.alias is None and (args.bound_to is not None or args.follows is not None):
        raise OnlyForAliases
    names = [name for name, _ in args.checks]
    if len(set(names)) < len(names):
        raise ChecksUnreadable
    rule = rule_settings.set_rule(
        target,
        args.model,
        bound_to=args.bound_to,
        follows=args.follows,
        approvals=args.approvals,
        requester_counts=args.requester_counts,
        must_request=args.must_ask,
        checks=names,
        reporters={name: reporter for name, reporter in args.checks if reporter is not None},
        needs_description=args.description,
        needs_schema=args.schema,
        tags=args.tags,
        is_exclusive=args.exclusive,
        approver_groups=_group_ids(args.approver_groups, "approver_groups"),
        direct_groups=_group_ids(args.direct_groups, "direct_groups"),
        emergency_groups=_group_ids(args.emergency_groups, "emergency_groups"),
        rollback_changed=args.rollback_changed,
        seen_etag=args.seen,
        actor=current_actor(),
    )
    return {"rule": present_rule(rule, args.model)}


@call("DELETE", PATH, Permission.SETTINGS, *TARGET)
def delete_rule(args: SimpleNamespace) -> dict:
    """Removes the rule, if there is one; returns the one in force then."""
    target = _target(args)
    if args.stage is None and targets.exact(target) is None:
        return {}
    rule = rule_settings.remove_rule(target, args.model, actor=current_actor())
    return {"rule": present_rule(rule, args.model)}


def _target(args: SimpleNamespace) -> str:
    """Returns the name of what the rule is about, with the mark of an alias or a tag. Raises `RuleTargetMissing`."""
    given = [name for name in ("stage", "alias", "tag") if getattr(args, name) is not None]
    if len(given) != 1:
        raise RuleTargetMissing
    if args.alias is not None:
        return targets.named_alias(args.alias)
    return str(args.stage) if args.tag is None else targets.named_tag(args.tag)


def _group_ids(names: Sequence[str], field: str) -> list[int]:
    try:
        return [groups.find(name).id for name in names]
    except NotFound as error:
        raise UnknownGroup(field) from error


def present_rule(rule: EffectiveRule, model: str | None) -> dict:
    """Returns a rule as its calls take and answer it; `text` says it in words, `etag` stands for it."""
    names = approver_groups.group_names(rule.all_groups)
    reporters = {reporter.check: reporter.name for reporter in rule.reporters}
    kind = "alias" if rule.is_of_alias else "tag" if rule.is_of_tag else "stage"
    shown: dict[str, Any] = {
        kind: rule.stage.name if kind == "stage" else rule.stage.name[1:],
        "approvals": rule.approvals,
        "requester_counts": rule.requester_counts,
        "must_ask": rule.must_request,
        "checks": [
            {"name": name, "reporter": reporters[name]} if name in reporters else {"name": name}
            for name in rule.checks
        ],
        "description": rule.needs_description,
        "schema": rule.needs_schema,
        "tags": list(rule.tags),
        "exclusive": rule.is_exclusive,
        "rollback_changed": rule.rollback_changed,
        **{
            field: [names[group_id] for group_id in getattr(rule, field) if group_id in names]
            for field in _GROUPS
        },
        "text": rules.describe(rule),
        "etag": rules.etag(rule),
        "is_default": rule.id is None,
    }
    if kind == "alias":
        shown |= {"bound_to": rule.bound_stage, "follows": rule.followed_stage}
    if model is not None:
        shown |= {"model": model, "is_own": rule.model_id is not None}
    return shown
