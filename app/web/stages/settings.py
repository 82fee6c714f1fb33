"""The list of stages, which administrators create, change, order and remove."""

from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.authz.permissions import Permission
from app.core.errors import InvalidParameter
from app.http.application import current_actor, needs
from app.stages import definitions, rules, settings
from app.stages.definitions import StageRow
from app.stages.rules import EffectiveRule
from app.web.errors import StageNotFound
from app.web.forms.base import Form
from app.web.stages.settings_forms import OrderForm, RemoveStageForm, StageForm, describe_level

blueprint = Blueprint("stage_settings", __name__, url_prefix="/admin")


class StageLine(NamedTuple):
    """A stage of the list and its descriptions; `overrides` counts the models with a rule of their own."""

    stage: StageRow
    level: str
    rule: str
    overrides: int
    is_fixed: bool


def find(name: str) -> StageRow:
    """Returns the stage that an address names. Raises `StageNotFound`."""
    try:
        return definitions.find(name)
    except InvalidParameter:
        raise StageNotFound(name) from None


@blueprint.get("/stages")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """Shows the stages in their order, with their purpose and their rule."""
    return _list(OrderForm(formdata=None))


def _governed() -> list[tuple[EffectiveRule, str]]:
    """Returns the aliases, patterns and keys of tags that a rule names, with what it says of all models."""
    rows = [*definitions.governed("alias"), *definitions.governed("tag")]
    if not rows:
        return []
    every = rules.of_each([(row, None) for row in rows])
    return [(rule, rules.describe(rule) if rule.id else "No rule for all models.") for rule in every]


def _list(form: Form) -> ResponseReturnValue:
    lines = [
        StageLine(
            rule.stage,
            describe_level(rule.stage.level),
            rules.describe(rule),
            len(rules.overrides_by_model(rule.stage)),
            rule.stage.name in settings.PERMANENT_STAGES,
        )
        for rule in rules.of_all_stages()
    ]
    order = ",".join(line.stage.name for line in lines)
    return render_template(
        "stages/index.html", lines=lines, order=order, form=form, governed=_governed()
    ), form.status


@blueprint.route("/new-stage", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def create() -> ResponseReturnValue:
    """Makes a stage."""
    form = StageForm()
    if form.validate_on_submit() and form.attempt(
        lambda: settings.create(
            (form.name.data or "").strip(),
            colour=form.colour.data,
            purpose=(form.purpose.data or "").strip(),
            level=int(form.level.data),
            actor=current_actor(),
        )
    ):
        return _done(f"Stage {(form.name.data or '').strip()} created, before Archived.")
    return render_template("stages/edit.html", stage=None, form=form), form.status


@blueprint.route("/stages/<stage>/edit", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def edit(stage: str) -> ResponseReturnValue:
    """Changes the name, colour, purpose or level of the stage."""
    row, form = find(stage), StageForm()
    if row.name in settings.PERMANENT_STAGES:
        del form.name  # clients know None and Archived by their names
    if not form.is_submitted():
        form.begin(row)
    elif form.validate() and form.attempt(
        lambda: settings.change(
            row.name,
            name=(form.name.data or "").strip() if "name" in form else None,
            colour=form.colour.data,
            purpose=(form.purpose.data or "").strip(),
            level=int(form.level.data),
            seen=form.seen.data or "",
            actor=current_actor(),
        )
    ):
        return _done("Stage saved.")
    if form.is_stale:
        row = find(row.name)
        form.seen.data = row.token
    return render_template(
        "stages/edit.html", stage=row, form=form, level=describe_level(row.level)
    ), form.status


@blueprint.post("/stages/<stage>/move")
@needs(Permission.ADMINISTER)
def move(stage: str) -> ResponseReturnValue:
    """Moves the stage up or down by one, by the button pressed."""
    row, form = find(stage), OrderForm()
    names = (form.order.data or "").split(",")
    step = 1 if request.form.get("direction") == "down" else -1
    if row.name in names:
        index = names.index(row.name)
        names.insert(max(0, index + step), names.pop(index))
    if form.validate_on_submit() and form.attempt(lambda: settings.reorder(names, actor=current_actor())):
        return _done(f"{row.name} moved {'down' if step > 0 else 'up'}.")
    return _list(form)


@blueprint.route("/stages/<stage>/remove", methods=["GET", "POST"])
@needs(Permission.ADMINISTER)
def remove(stage: str) -> ResponseReturnValue:
    """Removes the stage, once the form says where its versions go."""
    row, form = find(stage), RemoveStageForm()
    if form.validate_on_submit() and form.attempt(
        lambda: settings.remove(row.name, to=form.to.data or None, actor=current_actor())
    ):
        return _done(f"Stage {row.name} removed.")
    form.offer([other.name for other in definitions.all_stages() if other.id != row.id])
    html = render_template(
        "stages/remove.html",
        stage=row,
        holders=settings.count_versions(row.name),
        form=form,
        is_fixed=row.name in settings.PERMANENT_STAGES,
    )
    return html, form.status


def _done(words: str) -> ResponseReturnValue:
    flash(words, "done")
    return redirect(url_for("stage_settings.index"), 303)
