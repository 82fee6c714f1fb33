"""The members of a model or an experiment: who has which level, and forms that grant and remove them."""

from collections.abc import Callable
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts import groups, queries
from app.authz.levels import Level
from app.authz.permissions import Area, Permission
from app.core.errors import NotFound
from app.http.application import current_actor, needs
from app.registry import access, models
from app.sharing import grants
from app.sharing.grants import GrantRow, Principal
from app.tracking import access as tracking_access
from app.tracking import experiments
from app.web.sharing.forms import MemberForm
from app.web.site import abilities

blueprint = Blueprint("members", __name__)

NAMES_OFFERED = 150

# Grants somebody a level on what the page is about; None removes the grant.
Change = Callable[[Principal, Level | None], object]


class Subject(NamedTuple):
    """What people are members of: `kind` names its kind, `page` is its own page, `read` looks it up again."""

    area: Area
    kind: str
    name: str
    page: str
    url: str
    remove_url: str
    may_manage: bool
    rows: list[GrantRow]
    read: Callable[[], object]


def _of_model(name: str) -> Subject:
    abilities.require_team()
    model = models.get(name)
    return Subject(
        Area.MODELS,
        "model",
        model.name,
        url_for("models.show", name=name),
        url_for("members.of_model", name=name),
        url_for("members.remove_from_model", name=name),
        abilities.may("models:manage", access.level_on(model.id)),
        grants.of_model(name),
        lambda: models.get(name),
    )


def _of_experiment(experiment_id: int) -> Subject:
    abilities.require_team()
    experiment = experiments.find(experiment_id)
    return Subject(
        Area.EXPERIMENTS,
        "experiment",
        experiment.name,
        url_for("experiments.show", experiment_id=experiment_id),
        url_for("members.of_experiment", experiment_id=experiment_id),
        url_for("members.remove_from_experiment", experiment_id=experiment_id),
        abilities.may("experiments:manage", tracking_access.level_on(experiment_id)),
        grants.of_experiment(experiment_id),
        lambda: experiments.find(experiment_id),
    )


@blueprint.get("/models/<name>/members")
@needs(Permission.MODELS_READ)
def of_model(name: str) -> ResponseReturnValue:
    """Shows who has which level on the model."""
    return _page(_of_model(name), MemberForm(formdata=None))


@blueprint.post("/models/<name>/members")
@needs(Permission.MODELS_MANAGE)
def set_on_model(name: str) -> ResponseReturnValue:
    """Grants somebody a level on the model, which replaces the one they had."""
    return _give(_of_model(name), _on_model(name))


@blueprint.post("/models/<name>/members/remove")
@needs(Permission.MODELS_MANAGE)
def remove_from_model(name: str) -> ResponseReturnValue:
    """Removes somebody's grant on the model."""
    return _take(_of_model(name), _on_model(name))


def _on_model(name: str) -> Change:
    return lambda who, level: grants.set_on_model(name, who, level, actor=current_actor())


@blueprint.get("/experiments/<int:experiment_id>/members")
@needs(Permission.EXPERIMENTS_READ)
def of_experiment(experiment_id: int) -> ResponseReturnValue:
    """Shows who has which level on the experiment."""
    return _page(_of_experiment(experiment_id), MemberForm(formdata=None))


@blueprint.post("/experiments/<int:experiment_id>/members")
@needs(Permission.EXPERIMENTS_SHARE)
def set_on_experiment(experiment_id: int) -> ResponseReturnValue:
    """Grants somebody a level on the experiment, which replaces the one they had."""
    return _give(_of_experiment(experiment_id), _on_experiment(experiment_id))


@blueprint.post("/experiments/<int:experiment_id>/members/remove")
@needs(Permission.EXPERIMENTS_SHARE)
def remove_from_experiment(experiment_id: int) -> ResponseReturnValue:
    """Removes somebody's grant on the experiment."""
    return _take(_of_experiment(experiment_id), _on_experiment(experiment_id))


def _on_experiment(experiment_id: int) -> Change:
    return lambda who, level: grants.set_on_experiment(experiment_id, who, level, actor=current_actor())


def _give(subject: Subject, change: Change) -> ResponseReturnValue:
    form = MemberForm()
    if give(form, change, subject.area, subject.name):
        return _done(subject)
    return _page(subject, form)


def _take(subject: Subject, change: Change) -> ResponseReturnValue:
    form = MemberForm()
    if take(form, change, subject.area):
        return _done(subject)
    return _page(subject, form)


def give(form: MemberForm, change: Change, area: Area, on: str) -> bool:
    """Returns whether the form's level was granted on what `on` names; if not, the form says why."""
    form.offer(grants.LEVELS[area])
    if not (
        form.validate_on_submit()
        and form.attempt(lambda: change(form.principal(), form.chosen_level()), names="name")
    ):
        return False
    flash(f"{_named(form)} now has the permission “{form.chosen_level().label}” on {on}.", "done")
    return True


def take(form: MemberForm, change: Change, area: Area) -> bool:
    """Returns whether the grant was removed; if not, the form says why."""
    form.offer(grants.LEVELS[area])
    if not (form.validate_on_submit() and form.attempt(lambda: change(form.principal(), None), names="name")):
        return False
    flash(f"{_named(form)} no longer has access here.", "done")
    return True


def _named(form: MemberForm) -> str:
    who = form.principal()
    return who.name if who.account_id else who.label[0].upper() + who.label[1:]


def _done(subject: Subject) -> ResponseReturnValue:
    """Leads back to the members; people who have just removed their own access go to the list instead."""
    try:
        subject.read()
    except NotFound:
        return redirect(url_for(f"{subject.area.value}.index"), 303)
    return redirect(subject.url, 303)


def _page(subject: Subject, form: MemberForm) -> ResponseReturnValue:
    form.offer(grants.LEVELS[subject.area])
    names = offered_names() if subject.may_manage else []
    html = render_template(
        "sharing/members.html",
        subject=subject,
        form=form,
        inherited=grants.of_area(subject.area),
        names=names,
        levels=grants.LEVELS[subject.area],
        abilities=abilities.levels_table(subject.area),
    )
    return html, form.status


def offered_names() -> list[str]:
    """Returns names to choose from while typing: the first of the accounts and groups."""
    accounts, _ = queries.search(max_results=NAMES_OFFERED)
    group_rows, _ = groups.search(max_results=NAMES_OFFERED)
    return sorted({row.name for row in accounts} | {row.name for row in group_rows}, key=str.casefold)
