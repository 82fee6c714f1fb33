"""The rule of a stage, for all models or for one: shown in words and in its parts, set, and removed."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts import groups
from app.authz.permissions import Permission
from app.core.errors import NotFound
from app.http.application import current_actor, needs
from app.registry import access, models, queries
from app.stages import approver_groups, rule_settings, rules
from app.stages.rules import EffectiveRule
from app.web.errors import UnusableGroup
from app.web.forms.base import Form
from app.web.stages.settings import find
from app.web.stages.settings_forms import GROUP_FIELDS, RuleForm

blueprint = Blueprint("stage_rules", __name__)

GROUPS_OFFERED = 50  # with a box to tick; further ones are typed by name


@blueprint.route("/admin/stages/<stage>/rule", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def edit(stage: str) -> ResponseReturnValue:
    """Shows and sets the rule of the stage for all models without their own, and lists the other models."""
    row = find(stage)
    return _edit(rules.of(row, None), None, url_for("stage_settings.index"))


@blueprint.post("/admin/stages/<stage>/rule/remove")
@needs(Permission.ADMINISTER)
def remove(stage: str) -> ResponseReturnValue:
    """Goes back to the default rule of stages."""
    row, form = find(stage), Form()
    if form.validate_on_submit():
        rule_settings.remove_rule(row.name, actor=current_actor())
        flash(f"{row.name} uses the default rule again.", "done")
    return redirect(url_for("stage_settings.index"), 303)


@blueprint.get("/models/<name>/settings/rules")
@needs(Permission.MODELS_READ)
def of_model(name: str) -> ResponseReturnValue:
    """Shows what each stage requires on this model, and which of these rules are its own."""
    model = models.get(name)
    every = rules.of_all_stages(model.id)
    described = list(zip(every, rules.describe_each(every), strict=True))
    return render_template("stages/rules_of_model.html", model=model, rules=described)


@blueprint.route("/models/<name>/settings/rules/<stage>", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def edit_of_model(name: str, stage: str) -> ResponseReturnValue:
    """Gives the model a rule of its own for the stage."""
    access.check(name, Permission.MODELS_READ, current_actor())
    rule = rules.of(find(stage), queries.model_id(name))
    return _edit(rule, name, url_for("stage_rules.of_model", name=name))


@blueprint.post("/models/<name>/settings/rules/<stage>/remove")
@needs(Permission.ADMINISTER)
def remove_of_model(name: str, stage: str) -> ResponseReturnValue:
    """Removes the model's own rule, so that the stage's rule applies again."""
    row, form = find(stage), Form()
    if form.validate_on_submit():
        rule_settings.remove_rule(row.name, name, actor=current_actor())
        flash(f"For {row.name} the default rule applies again.", "done")
    return redirect(url_for("stage_rules.of_model", name=name), 303)


def _edit(rule: EffectiveRule, model: str | None, back: str) -> ResponseReturnValue:
    form, stage = RuleForm(), rule.stage.name
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
        description=rules.describe(rule),
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
    for field in GROUP_FIELDS:
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
