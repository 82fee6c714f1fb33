"""The forms of a model version: describe, move to a stage, delete, tags, aliases."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.authz.permissions import Permission
from app.http.application import current_actor, needs
from app.registry import access, models, versions
from app.registry.queries import VersionRow
from app.stages import definitions, model_names, transitions
from app.stages.errors import NoStageInReach
from app.stages.governed import aliases as governed_aliases
from app.stages.governed import tags as governed_tags
from app.web.forms.aliases import AliasForm
from app.web.forms.descriptions import DescriptionForm
from app.web.forms.tags import TagForm
from app.web.models.forms import ConfirmForm
from app.web.rendering import undo_messages
from app.web.site import abilities
from app.web.stages.forms import TransitionForm
from app.web.versions import pages as version_pages

blueprint = Blueprint(
    "version_changes", __name__, url_prefix="/models/<name>/versions/<int(max=2147483647):number>"
)


def _back(name: str, number: int) -> ResponseReturnValue:
    return redirect(url_for("versions.show", name=name, number=number), 303)


def _to_change(name: str, number: int) -> VersionRow:
    """Returns the version if the viewer may do to it what the route is for, so that no form is shown in vain."""
    access.check(name, abilities.declared_permission(), current_actor())
    return versions.get(name, number)


@blueprint.route("/description", methods=["GET", "POST"])
@needs(Permission.MODELS_EDIT)
def describe(name: str, number: int) -> ResponseReturnValue:
    """Changes the description; if somebody else changed it at the same time, shows both texts and saves nothing."""
    version = _to_change(name, number)
    form = DescriptionForm()
    if not form.is_submitted():
        form.begin(version.description)
    elif form.wants_both and form.validate():
        form.begin_with_both(version.description)
    elif (
        form.validate()
        and form.has_seen(version.description)
        and form.attempt(
            lambda: versions.describe(
                name,
                number,
                form.description.data or None,
                actor=current_actor(),
                seen=version.description or "",
            )
        )
    ):
        flash("Description saved.", "done")
        return _back(name, number)
    return _version_page("versions/describe.html", version, form)


@blueprint.route("/stage", methods=["GET", "POST"])
@needs(Permission.MODELS_TRANSITION)
def transition(name: str, number: int) -> ResponseReturnValue:
    """Moves the version to a stage, if it is still in the one that the person saw."""
    version = versions.get(name, number)
    form = TransitionForm()
    if form.validate_on_submit() and form.attempt(
        lambda: transitions.transition(
            name,
            number,
            form.stage.data or "",
            archive_others=form.archive_others.data,
            comment=(form.comment.data or "").strip() or None,
            seen_stage=form.seen_stage.data,
            actor=current_actor(),
        )
    ):
        flash(f"Version {number} is now in {form.stage.data}.", "done")
        return _back(name, number)
    reachable = version_pages.reachable(version, access.level_on(version.model_id))
    if not reachable:
        raise NoStageInReach(name, number, version.stage)
    known = definitions.names()
    form.offer(known, version.stage, reachable)
    form.seen_stage.data = version.stage
    return _version_page("versions/transition.html", version, form, stages=known)


@blueprint.route("/delete", methods=["GET", "POST"])
@needs(Permission.MODELS_MANAGE)
def delete(name: str, number: int) -> ResponseReturnValue:
    """Deletes the version once the model's name is typed."""
    version = _to_change(name, number)
    form = ConfirmForm(name)
    if form.validate_on_submit() and form.attempt(
        lambda: model_names.delete_version(name, number, actor=current_actor())
    ):
        flash(f"Version {number} deleted. You can restore it here.", "done")
        return redirect(url_for("model_settings.deleted_of_model", name=name), 303)
    return _version_page("versions/delete.html", version, form)


@blueprint.route("/tags", methods=["GET", "POST"])
@needs(Permission.MODELS_EDIT)
def set_tag(name: str, number: int) -> ResponseReturnValue:
    """Sets a tag."""
    version = _to_change(name, number)
    form = TagForm()
    if form.validate_on_submit() and form.attempt(
        lambda: _set_tag(name, number, form.key.data, form.value.data or "")
    ):
        before = version.tags.get(form.key.data)
        flash(undo_messages.set_tag(form.key.data, before, form.value.data or ""), "done")
        return _back(name, number)
    return _version_page("versions/tag.html", version, form)


@blueprint.post("/tags/remove")
@needs(Permission.MODELS_EDIT)
def remove_tag(name: str, number: int) -> ResponseReturnValue:
    """Removes the tag whose key the pressed button carries."""
    key = request.form.get("key", "")
    before = versions.get(name, number).tags.get(key)
    governed_tags.check(name, key, actor=current_actor())
    versions.remove_tag(name, number, key, actor=current_actor())
    flash(undo_messages.removed_tag(key, before), "done")
    return _back(name, number)


@blueprint.route("/aliases", methods=["GET", "POST"])
@needs(Permission.MODELS_EDIT)
def set_alias(name: str, number: int) -> ResponseReturnValue:
    """Points an alias at this version."""
    version = _to_change(name, number)
    form = AliasForm()
    del form.version
    before = models.get(name).aliases if form.is_submitted() else {}
    if form.validate_on_submit() and form.attempt(
        lambda: governed_aliases.set_alias(name, form.alias.data, number, actor=current_actor())
    ):
        flash(undo_messages.moved_alias(form.alias.data, before.get(form.alias.data), number), "done")
        return _back(name, number)
    return _version_page("versions/alias.html", version, form)


def _version_page(template: str, version: VersionRow, form, **context: object) -> ResponseReturnValue:
    return render_template(template, version=version, form=form, **context), form.status


def _set_tag(name: str, number: int, key: str, value: str) -> None:
    governed_tags.check(name, key, actor=current_actor())
    versions.set_tag(name, number, key, value, actor=current_actor())
