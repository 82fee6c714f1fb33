"""The forms of a registered model: create, describe, rename, delete, tags, aliases."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.authz.permissions import Permission
from app.http import addresses
from app.http.application import current_actor, needs
from app.registry import access, models
from app.registry.queries import ModelRow
from app.stages import model_names
from app.stages.governed import aliases as governed_aliases
from app.stages.governed import tags as governed_tags
from app.web.forms.aliases import AliasForm
from app.web.forms.descriptions import DescriptionForm
from app.web.forms.tags import TagForm
from app.web.models.forms import ConfirmForm, CreateModelForm, RenameModelForm
from app.web.rendering import undo_messages
from app.web.site import abilities

blueprint = Blueprint("model_changes", __name__)


def _back(name: str) -> ResponseReturnValue:
    return redirect(url_for("models.show", name=name), 303)


def _to_change(name: str) -> ModelRow:
    """Returns the model if the viewer may do to it what the route is for, so that no form is shown in vain."""
    access.check(name, abilities.declared_permission(), current_actor())
    return models.get(name)


# Not below /models, where every name is that of a model.
@blueprint.route("/new-model", methods=["GET", "POST"])
@needs(Permission.MODELS_CREATE)
def create() -> ResponseReturnValue:
    """Makes an empty model, into which clients register versions."""
    form = CreateModelForm()
    if form.validate_on_submit() and form.attempt(
        lambda: model_names.create(
            form.name.data, description=form.description.data or None, actor=current_actor()
        )
    ):
        flash(f"Model {form.name.data} created.", "done")
        return _back(form.name.data)
    return render_template("models/create.html", form=form), form.status


@blueprint.route("/models/<name>/description", methods=["GET", "POST"])
@needs(Permission.MODELS_EDIT)
def describe(name: str) -> ResponseReturnValue:
    """Changes the description; if somebody else changed it at the same time, shows both texts and saves nothing."""
    model = _to_change(name)
    form = DescriptionForm()
    if not form.is_submitted():
        form.begin(model.description)
    elif form.wants_both and form.validate():
        form.begin_with_both(model.description)
    elif (
        form.validate()
        and form.has_seen(model.description)
        and form.attempt(
            lambda: models.describe(
                name, form.description.data or None, actor=current_actor(), seen=model.description or ""
            )
        )
    ):
        flash("Description saved.", "done")
        return _back(name)
    return _model_page("models/describe.html", model, form)


@blueprint.route("/models/<name>/rename", methods=["GET", "POST"])
@needs(Permission.MODELS_MANAGE)
def rename(name: str) -> ResponseReturnValue:
    """Gives the model another name."""
    model = _to_change(name)
    form = RenameModelForm()
    if not form.is_submitted():
        form.new_name.data = name
    elif form.validate() and form.attempt(
        lambda: model_names.rename(
            name, form.new_name.data, forwards=form.forwards.data, actor=current_actor()
        )
    ):
        flash(f"{name} is now called {form.new_name.data}.", "done")
        return _back(form.new_name.data)
    return _model_page("models/rename.html", model, form)


@blueprint.route("/models/<name>/delete", methods=["GET", "POST"])
@needs(Permission.MODELS_MANAGE)
def delete(name: str) -> ResponseReturnValue:
    """Deletes the model once its name is typed."""
    model = _to_change(name)
    form = ConfirmForm(name)
    if form.validate_on_submit() and form.attempt(lambda: model_names.delete(name, actor=current_actor())):
        flash(f"Model {name} and its versions deleted. You can restore them here.", "done")
        return redirect(url_for("model_settings.deleted"), 303)
    return _model_page("models/delete.html", model, form)


@blueprint.route("/models/<name>/tags", methods=["GET", "POST"])
@needs(Permission.MODELS_EDIT)
def set_tag(name: str) -> ResponseReturnValue:
    """Sets a tag."""
    model = _to_change(name)
    form = TagForm()
    if form.validate_on_submit() and form.attempt(
        lambda: _set_tag(name, form.key.data, form.value.data or "")
    ):
        before = model.tags.get(form.key.data)
        flash(undo_messages.set_tag(form.key.data, before, form.value.data or ""), "done")
        return _back(name)
    return _model_page("models/tag.html", model, form)


@blueprint.post("/models/<name>/tags/remove")
@needs(Permission.MODELS_EDIT)
def remove_tag(name: str) -> ResponseReturnValue:
    """Removes the tag whose key the pressed button carries."""
    key = request.form.get("key", "")
    before = models.get(name).tags.get(key)
    governed_tags.check(name, key, actor=current_actor())
    models.remove_tag(name, key, actor=current_actor())
    flash(undo_messages.removed_tag(key, before), "done")
    return _back(name)


@blueprint.route("/models/<name>/aliases", methods=["GET", "POST"])
@needs(Permission.MODELS_EDIT)
def set_alias(name: str) -> ResponseReturnValue:
    """Points an alias at a version of the model."""
    model = _to_change(name)
    form = AliasForm()
    if form.validate_on_submit() and form.attempt(
        lambda: governed_aliases.set_alias(name, form.alias.data, form.version.data, actor=current_actor()),
        names="version",
    ):
        before = model.aliases.get(form.alias.data)
        flash(undo_messages.moved_alias(form.alias.data, before, int(form.version.data)), "done")
        return _back(name)
    return _model_page("models/alias.html", model, form)


@blueprint.post("/models/<name>/aliases/remove")
@needs(Permission.MODELS_EDIT)
def remove_alias(name: str) -> ResponseReturnValue:
    """Removes the alias that the pressed button carries, and goes back to the page with the button."""
    alias = request.form.get("alias", "")
    before = models.get(name).aliases.get(alias)
    governed_aliases.remove_alias(name, alias, actor=current_actor())
    flash(undo_messages.removed_alias(alias, before), "done")
    return redirect(addresses.local(request.form.get("next", ""), url_for("models.show", name=name)), 303)


def _model_page(template: str, model: ModelRow, form) -> ResponseReturnValue:
    return render_template(template, model=model, form=form), form.status


def _set_tag(name: str, key: str, value: str) -> None:
    governed_tags.check(name, key, actor=current_actor())
    models.set_tag(name, key, value, actor=current_actor())
