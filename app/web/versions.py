"""The page of one model version."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.permissions import Permission
from app.audit import events
from app.edge import needs
from app.registry import stages, versions
from app.web import provenance, snippets
from app.web.forms.aliases import AliasForm
from app.web.forms.stages import TransitionForm
from app.web.forms.tags import TagForm
from app.web.numbers import positive

blueprint = Blueprint("versions", __name__)

EVENTS_A_PAGE = 12


@blueprint.get("/models/<name>/versions/<int(max=2147483647):number>")
@needs(Permission.MODELS_READ)
def show(name: str, number: int) -> ResponseReturnValue:
    """One version: its stage and how to move it, what it is, where it comes from, how to load it."""
    version = versions.get(name, number)
    known = stages.names()
    newest = any(row.id == version.id for row in stages.latest(name, [version.stage]))
    moments = events.timeline(
        version_id=version.id, before_id=positive(request.args.get("before")), limit=EVENTS_A_PAGE + 1
    )
    return render_template(
        "versions/show.html", version=version, stages=known, origin=provenance.of_version(version),
        snippets=snippets.for_version(version, request.host_url.rstrip("/"), newest),
        moments=moments[:EVENTS_A_PAGE],
        older=moments[EVENTS_A_PAGE - 1].id if len(moments) > EVENTS_A_PAGE else None,
        transition_form=transition_form(known, version.stage),
        tag_form=TagForm(formdata=None), alias_form=alias_form(),
    )  # fmt: skip


def transition_form(known: list[str], present: str) -> TransitionForm:
    """The form as the page offers it: the next stage chosen, the present one remembered."""
    form = TransitionForm(formdata=None)
    form.offer(known, present)
    form.seen_stage.data = present
    return form


def alias_form() -> AliasForm:
    """The form for an alias of this very version, which needs no number."""
    form = AliasForm(formdata=None)
    del form.version
    return form
