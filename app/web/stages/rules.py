"""The rule of a stage, for all models or for one: shown in words and in its parts, set, and removed."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import groups
from app.authz.levels import Level
from app.authz.permissions import Permission
from app.core.errors import InvalidParameter, NotFound
from app.core.ids import RegisteredModelId
from app.http.application import current_actor, needs
from app.registry import access, models, queries
from app.registry.tables import ARCHIVED, NONE
from app.stages import approver_groups, definitions, rule_settings, rules
from app.stages.definitions import ALIAS_MARK, TAG_MARK, StageRow
from app.stages.governed import following, targets
from app.stages.rules import EffectiveRule
from app.web.errors import StageNotFound, UnusableGroup
from app.web.forms.base import Form
from app.web.stages.settings import find
from app.web.stages.settings_forms import GROUP_FIELDS, RuleForm

blueprint = Blueprint("stage_rules", __name__)

_MARKS = (ALIAS_MARK, TAG_MARK)
GROUPS_OFFERED = 50  # with a box to tick; further ones are typed by name


@blueprint.route("/admin/stages/<stage>/rule", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def edit(stage: str) -> ResponseReturnValue:
    """Shows and sets the rule of the stage for all models without their own, and lists the other models."""
    row = find_target(stage)
    return _edit(rules.of(row, None), None, url_for("stage_settings.index"))


@blueprint.post("/admin/stages/<stage>/rule/remove")
@needs(Permission.ADMINISTER)
def remove(stage: str) -> ResponseReturnValue:
    """Goes back to the default rule of stages."""
    row, form = find_target(stage), Form()
    if form.validate_on_submit():
        rule_settings.remove_rule(row.name, actor=current_actor())
        is_stage = not row.name.startswith(_MARKS)
        flash(
            f"{row.name} uses the default rule again." if is_stage else f"{row.name} is free again.", "done"
        )
    return redirect(url_for("stage_settings.index"), 303)


@blueprint.get("/models/<name>/settings/rules")
@needs(Permission.MODELS_READ)
def of_model(name: str) -> ResponseReturnValue:
    """Shows what each stage requires on this model, and which of these rules are its own."""
    model = models.get(name)
    every = rules.of_all_stages(model.id)
    described = list(zip(every, rules.describe_each(every), strict=True))
    return render_template(
        "stages/rules_of_model.html",
        model=model,
        rules=described,
        governed=governed_rules(model.id),
    )


@blueprint.post("/models/<name>/settings/champion")
@needs(Permission.MODELS_MANAGE)
def follow_production(name: str) -> ResponseReturnValue:
    """Lets @champion of the model follow Production, by one click."""
    form = Form()
    if form.validate_on_submit():
        following.follow(name, actor=current_actor())
        flash(f"@champion of {name} follows Production now.", "done")
    return redirect(url_for("models.show", name=name, _anchor="aliases-title"), 303)


@blueprint.post("/models/<name>/settings/champion/stop")
@needs(Permission.MODELS_MANAGE)
def stop_following_production(name: str) -> ResponseReturnValue:
    """Takes back that @champion of the model follows Production."""
    form = Form()
    if form.validate_on_submit():
        following.stop(name, actor=current_actor())
        flash(f"@champion of {name} no longer follows Production. It stays where it is.", "done")
    return redirect(url_for("models.show", name=name, _anchor="aliases-title"), 303)


@blueprint.get("/admin/rule-of")
@needs(Permission.ADMINISTER)
def choose() -> ResponseReturnValue:
    """Leads to the rule of the alias or tag that was typed, on all models or on the one named."""
    target, model = request.args.get("target", "").strip(), request.args.get("model", "").strip()
    if not target:
        return redirect(url_for("stage_settings.index"), 303)
    if not target.startswith(_MARKS):
        target = f"{ALIAS_MARK}{target}"
    row = find_target(target)
    if model:
        return redirect(url_for("stage_rules.edit_of_model", name=model, stage=row.name), 303)
    return redirect(url_for("stage_rules.edit", stage=row.name), 303)


def find_target(name: str) -> StageRow:
    """Returns the stage that an address names, or the alias or tag, with its mark. Raises `StageNotFound`."""
    if not name.startswith(_MARKS):
        return find(name)
    try:
        name = targets.named_alias(name[1:]) if name.startswith(ALIAS_MARK) else targets.named_tag(name[1:])
    except InvalidParameter:
        raise StageNotFound(name) from None
    return targets.exact(name) or StageRow(0, name, int(Level.MANAGE_PRODUCTION))


def describe_now(rule: EffectiveRule) -> str:
    """Returns what is in force: an alias or a tag has no rule until it is given one."""
    if rule.id is None and (rule.is_of_alias or rule.is_of_tag):
        return f"{rule.stage.name} has no rule. Anyone who can edit the model can set it."
    return rules.describe(rule)


def governed_rules(model_id: RegisteredModelId) -> list[tuple[EffectiveRule, str]]:
    """Returns the rules of aliases and tags in force on the model, with their words."""
    rows = [*definitions.governed("alias"), *definitions.governed("tag")]
    every = rules.of_each([(row, model_id) for row in rows]) if rows else []
    return [(rule, rules.describe(rule)) for rule in every if rule.id is not None]


@blueprint.route("/models/<name>/settings/rules/<stage>", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def edit_of_model(name: str, stage: str) -> ResponseReturnValue:
    """Gives the model a rule of its own for the stage."""
    access.check(name, Permission.MODELS_READ, current_actor())
    rule = rules.of(find_target(stage), queries.model_id(name))
    return _edit(rule, name, url_for("stage_rules.of_model", name=name))


@blueprint.post("/models/<name>/settings/rules/<stage>/remove")
@needs(Permission.ADMINISTER)
def remove_of_model(name: str, stage: str) -> ResponseReturnValue:
    """Removes the model's own rule, so that the stage's rule applies again."""
    row, form = find_target(stage), Form()
    if form.validate_on_submit():
        rule_settings.remove_rule(row.name, name, actor=current_actor())
        flash(f"For {row.name} the default rule applies again.", "done")
    return redirect(url_for("stage_rules.of_model", name=name), 303)


def _edit(rule: EffectiveRule, model: str | None, back: str) -> ResponseReturnValue:
    form, stage = RuleForm(), rule.stage.name
    form.suit(rule, [known for known in definitions.names() if known not in (NONE, ARCHIVED)])
    form.offer(*_offered(rule))
    if not form.is_submitted():
        form.begin(rule, rules.describe(rule))
    elif form.validate() and form.attempt(
        lambda: rule_settings.set_rule(stage, model, **_values(form), actor=current_actor())
    ):
        flash(f"Rule of {stage} saved. Applies from the next decision.", "done")
        return redirect(back, 303)
    if form.is_stale:
        rule = rules.of(rule.stage, queries.model_id(model) if model else None)
        form.seen.data = rules.describe(rule)
    html = render_template(
        "stages/rule.html",
        rule=rule,
        description=describe_now(rule),
        model=model,
        form=form,
        own_rules=[(name, rules.describe(own)) for name, own in rules.overrides_by_model(rule.stage)]
        if model is None
        else [],
        back=back,
        is_own=rule.id is not None and (model is None or rule.model_id is not None),
    )
    return html, form.status


def _values(form: RuleForm) -> dict[str, Any]:
    """Returns the values of the form, with the groups that were named instead of ticked. Raises `UnusableGroup`."""
    values = form.values()
    for field in (name for name in GROUP_FIELDS if name in form):
        ticked = list(form[field].data or [])
        values[field] = ticked + [_group(name, f"more_{field}") for name in form.named(field)]
    return values


def _group(name: str, field: str) -> int:
    try:
        return groups.find(name).id
    except NotFound as error:
        raise UnusableGroup(error, field) from error


def _offered(rule: EffectiveRule) -> tuple[list[tuple[int, str]], bool]:
    """Returns the groups to tick, the first by name and those in the rule, and whether there are more."""
    rows, token = groups.search(max_results=GROUPS_OFFERED)
    names = {row.id: row.name for row in rows} | approver_groups.group_names(rule.all_groups)
    return sorted(names.items(), key=lambda pair: pair[1].casefold()), token is not None
