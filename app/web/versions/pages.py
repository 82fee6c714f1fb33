"""The page of one model version."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import manifests
from app.activity import timeline
from app.authz.levels import Level
from app.authz.permissions import Permission
from app.core.errors import NotFound
from app.http import addresses
from app.http.application import current_actor, needs
from app.registry import access, queries, versions
from app.registry.queries import VersionRow
from app.stages import approver_groups, definitions, policy, restore_version, rules, transitions
from app.web.charts import lineage_graph
from app.web.charts.line_charts import sparkline
from app.web.forms.aliases import AliasForm
from app.web.forms.tags import TagForm
from app.web.models import history
from app.web.rendering import file_browser
from app.web.site import abilities
from app.web.site.query_numbers import positive_number
from app.web.stages.colours import colour_of
from app.web.stages.forms import TransitionForm
from app.web.versions import approval_panel, provenance, snippets

blueprint = Blueprint("versions", __name__)

EVENTS_A_PAGE = 12


@blueprint.get("/models/<name>/versions/<int(max=2147483647):number>")
@needs(Permission.MODELS_READ)
def show(name: str, number: int) -> ResponseReturnValue:
    """Shows one version: its stage and how to move it, what it is, where it comes from, how to load it."""
    try:
        version = versions.get(name, number)
    except NotFound:
        return _gone(name, number), 404
    known = definitions.names()
    level = access.level_on(version.model_id)
    goals = reachable(version, level)
    latest = transitions.latest(name)
    newest = any(row.id == version.id for row in latest)
    moments = timeline.timeline(
        version_id=version.id, before_id=positive_number(request.args.get("before")), limit=EVENTS_A_PAGE + 1
    )
    origin = provenance.of_version(version)
    inputs = origin.model_file.inputs if origin.model_file else []
    return render_template(
        "versions/show.html",
        panel=approval_panel.of_version(version, level),
        version=version,
        manifest=manifests.of_version(version.id),
        stages=known,
        level=level,
        origin=origin,
        graph=lineage_graph.of_version(version, origin, colour_of(version.stage)),
        curves={key: sparkline(values) for key, values in origin.curves.items()},
        branch=file_browser.tree(origin.files),
        url_of=lambda path: url_for("version_files.show", name=name, number=number, path=path),
        targets=snippets.for_version(version, addresses.server(), newest, inputs),
        moments=moments[:EVENTS_A_PAGE],
        older=moments[EVENTS_A_PAGE - 1].id if len(moments) > EVENTS_A_PAGE else None,
        rivals=_rivals(version, latest, known),
        returns=history.stages_to_return_to(version, known, level),
        transition_form=transition_form(known, version.stage, goals) if goals else None,
        tag_form=TagForm(formdata=None),
        alias_form=alias_form(),
    )


def _rivals(version: VersionRow, latest: list[VersionRow], known: list[str]) -> list[VersionRow]:
    """Returns the newest of the other versions in each stage except the archive, the last stage first."""
    others = [row for row in latest if row.id != version.id and row.stage != transitions.ARCHIVED]
    return sorted(others, key=lambda row: -known.index(row.stage))


def _gone(name: str, number: int) -> str:
    """Returns the page of a deleted version. Raises `NotFound` where there never was one."""
    return render_template(
        "versions/gone.html",
        version=restore_version.find(name, number),
        name=name,
        level=access.level_on(queries.model_id(name)),
    )


def reachable(version: VersionRow, level: Level) -> list[str]:
    """Returns the stages that the viewer, of that level on the model, may move the version to without a request."""
    if not abilities.may("models:transition", Level.MANAGE):  # the token's scopes leave it out
        return []
    known = definitions.Stages()
    present, actor = known.find(version.stage), current_actor()
    others = [stage for stage in known.values() if stage.id != present.id]
    if policy.is_bound(actor):
        stage_rules = rules.of_each([(stage, version.model_id) for stage in others])
        groups = approver_groups.groups_of(actor)
        others = [
            rule.stage
            for rule in stage_rules
            if policy.may_move_directly(present, rule, level, actor, groups)
        ]
    return [stage.name for stage in others]


def transition_form(known: list[str], present: str, reachable: list[str]) -> TransitionForm:
    """Returns the form as the page offers it: the next stage preselected, the present one remembered."""
    form = TransitionForm(formdata=None)
    form.offer(known, present, reachable)
    form.seen_stage.data = present
    return form


def alias_form() -> AliasForm:
    """Returns the form for an alias of this very version, which needs no number."""
    form = AliasForm(formdata=None)
    del form.version
    return form
