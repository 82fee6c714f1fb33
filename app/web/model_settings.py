"""What only managers of a model do: its settings, and bringing back what was deleted."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts.permissions import Permission
from app.edge import current_actor, needs
from app.registry import access, deleted_models, registered_models
from app.web.forms.base import Form
from app.web.forms.models import RenameModelForm

blueprint = Blueprint("model_settings", __name__)


@blueprint.get("/models/<name>/settings")
@needs(Permission.MODELS_MANAGE)
def show(name: str) -> ResponseReturnValue:
    """Rename the model, keep its members, or delete it."""
    access.check(name, Permission.MODELS_MANAGE, current_actor())
    form = RenameModelForm(formdata=None)
    form.new_name.data = name
    return render_template("models/settings.html", model=registered_models.get(name), rename_form=form)


# Not below /models, where every name is a model's.
@blueprint.get("/deleted-models")
@needs(Permission.MODELS_MANAGE)
def deleted() -> ResponseReturnValue:
    """The models deleted last, of those that the viewer may bring back."""
    return _deleted_page(Form(formdata=None))


@blueprint.post("/deleted-models/<int(max=9223372036854775807):model_id>/restore")
@needs(Permission.MODELS_MANAGE)
def restore(model_id: int) -> ResponseReturnValue:
    """Bring a model back; while its name is taken the list says so."""
    form, names = Form(), []
    if form.validate_on_submit() and form.attempt(
        lambda: names.append(deleted_models.restore(model_id, actor=current_actor()))
    ):
        flash(f"Model {names[0]} is back.", "done")
        return redirect(url_for("models.show", name=names[0]), 303)
    return _deleted_page(form)


def _deleted_page(form: Form) -> ResponseReturnValue:
    html = render_template(
        "models/deleted.html", models=deleted_models.newest(), most=deleted_models.MOST, form=form
    )
    return html, 409 if form.form_errors else 200
