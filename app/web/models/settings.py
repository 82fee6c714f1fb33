"""What only managers of a model do: its settings, and restoring what was deleted."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.authz.permissions import Permission
from app.core.ids import RegisteredModelId
from app.http.application import current_actor, needs
from app.http.error_sentences.stages import archiving_obstacles
from app.registry import access, deleted_models, former_names, models
from app.stages import archive_model, model_names
from app.stages import restore_version as deleted_versions
from app.web.forms.base import Form
from app.web.models.forms import RenameModelForm
from app.web.rendering.formats import counted
from app.web.stages.forms import ArchiveForm

blueprint = Blueprint("model_settings", __name__)


@blueprint.get("/models/<name>/settings")
@needs(Permission.MODELS_MANAGE)
def show(name: str) -> ResponseReturnValue:
    """Shows the settings: the name, the members, deleting the model."""
    access.check(name, Permission.MODELS_MANAGE, current_actor())
    form = RenameModelForm(formdata=None)
    form.new_name.data = name
    model = models.get(name)
    return render_template(
        "models/settings.html", model=model, rename_form=form, former_names=former_names.of_model(model.id)
    )


@blueprint.post("/models/<name>/stop-forwarding")
@needs(Permission.MODELS_MANAGE)
def stop_forwarding(name: str) -> ResponseReturnValue:
    """Lets a former name of the model lead clients nowhere."""
    former = request.form.get("former", "")
    if Form().validate_on_submit():
        former_names.stop_forwarding(name, former, actor=current_actor())
        flash(f"Clients that ask for {former} no longer find {name}.", "done")
    return redirect(url_for("model_settings.show", name=name), 303)


@blueprint.route("/models/<name>/archive", methods=["GET", "POST"])
@needs(Permission.MODELS_TRANSITION)
def archive(name: str) -> ResponseReturnValue:
    """Archives every version of the model, after showing which they are, or what prevents it."""
    access.check(name, Permission.MODELS_TRANSITION, current_actor())
    form, archived = ArchiveForm(), []
    if form.validate_on_submit() and form.attempt(
        lambda: archived.append(
            archive_model.archive_all(
                name, comment=(form.comment.data or "").strip() or None, actor=current_actor()
            )
        )
    ):
        flash(f"{counted(archived[0], 'version')} of {name} archived.", "done")
        return redirect(url_for("models.show", name=name), 303)
    plan = archive_model.plan(name, actor=current_actor())
    html = render_template(
        "models/archive.html",
        model=models.get(name),
        plan=plan,
        obstacles=archiving_obstacles(plan.needs_request, plan.lacking),
        form=form,
    )
    return html, form.status


@blueprint.get("/models/<name>/deleted-versions")
@needs(Permission.MODELS_MANAGE)
def deleted_of_model(name: str) -> ResponseReturnValue:
    """Shows the versions of the model that were deleted last, each with a button that restores it."""
    return _deleted_versions_page(name, Form(formdata=None))


@blueprint.post("/models/<name>/versions/<int(max=2147483647):number>/restore")
@needs(Permission.MODELS_MANAGE)
def restore_version(name: str, number: int) -> ResponseReturnValue:
    """Restores a version."""
    form = Form()
    if form.validate_on_submit() and form.attempt(
        lambda: deleted_versions.restore(name, number, actor=current_actor())
    ):
        flash(f"Version {number} restored, in None and without aliases.", "done")
        return redirect(url_for("versions.show", name=name, number=number), 303)
    return _deleted_versions_page(name, form)


def _deleted_versions_page(name: str, form: Form) -> ResponseReturnValue:
    access.check(name, Permission.MODELS_MANAGE, current_actor())
    html = render_template(
        "models/deleted_versions.html",
        model=models.get(name),
        versions=deleted_versions.newest(name),
        most=deleted_versions.MAX_LISTED,
        form=form,
    )
    return html, 409 if form.form_errors else 200


# Not below /models, where every name is that of a model.
@blueprint.get("/deleted-models")
@needs(Permission.MODELS_MANAGE)
def deleted() -> ResponseReturnValue:
    """Shows the models that were deleted last, of those that the viewer may restore."""
    return _deleted_page(Form(formdata=None))


@blueprint.post("/deleted-models/<int(max=9223372036854775807):model_id>/restore")
@needs(Permission.MODELS_MANAGE)
def restore(model_id: int) -> ResponseReturnValue:
    """Restores a model; while its name is taken, the list says so."""
    form, names = Form(), []
    if form.validate_on_submit() and form.attempt(
        lambda: names.append(model_names.restore(RegisteredModelId(model_id), actor=current_actor()))
    ):
        flash(f"Model {names[0]} restored.", "done")
        return redirect(url_for("models.show", name=names[0]), 303)
    return _deleted_page(form)


def _deleted_page(form: Form) -> ResponseReturnValue:
    html = render_template(
        "models/deleted.html", models=deleted_models.newest(), most=deleted_models.MAX_DELETED, form=form
    )
    return html, 409 if form.form_errors else 200
