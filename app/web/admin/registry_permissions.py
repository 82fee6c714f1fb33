"""Permissions on all models and on all experiments, which administrators grant."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.authz.permissions import Area, Permission
from app.http.application import current_actor, needs
from app.sharing import grants
from app.web.errors import AreaNotFound
from app.web.sharing import members
from app.web.sharing.forms import MemberForm
from app.web.sharing.members import Change
from app.web.site import abilities

blueprint = Blueprint("rights", __name__, url_prefix="/admin/rights")

AREAS = (Area.MODELS, Area.EXPERIMENTS)


def _area(text: str) -> Area:
    """Returns the area of that name. Raises `AreaNotFound`."""
    area = next((area for area in AREAS if area.value == text), None)
    if area is None:
        raise AreaNotFound(text)
    return area


@blueprint.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """Shows who has which permission on everything of either area."""
    abilities.require_team()
    return render_template(
        "admin/registry_permissions.html",
        names=members.offered_names(),
        areas=[(area, grants.of_area(area), _form(area), abilities.levels_table(area)) for area in AREAS],
        levels=grants.LEVELS,
    )


def _form(area: Area) -> MemberForm:
    form = MemberForm(formdata=None)
    for field in form:
        field.id = field.label.field_id = f"{area.value}-{field.id}"
    form.offer(grants.LEVELS[area])
    return form


@blueprint.post("/<area>")
@needs(Permission.ADMINISTER)
def give(area: str) -> ResponseReturnValue:
    """Grants somebody a level on everything of the area."""
    target, form = _area(area), MemberForm()
    return _done(target, form, done=members.give(form, _change(target), target, f"all {target.value}"))


@blueprint.post("/<area>/remove")
@needs(Permission.ADMINISTER)
def take(area: str) -> ResponseReturnValue:
    """Removes somebody's grant on everything of the area."""
    target, form = _area(area), MemberForm()
    return _done(target, form, done=members.take(form, _change(target), target))


def _change(area: Area) -> Change:
    return lambda who, level: grants.set_on_area(area, who, level, actor=current_actor())


def _done(area: Area, form: MemberForm, *, done: bool) -> ResponseReturnValue:
    if done:
        return redirect(url_for("rights.index"), 303)
    html = render_template("admin/give.html", form=form, area=area, names=members.offered_names())
    return html, form.status
