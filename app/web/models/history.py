"""The history of a model's stages, and rollbacks to a version that held a stage before."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.approvals import rollback
from app.approvals.rollback import Preview
from app.authz.levels import Level
from app.authz.permissions import Permission
from app.core import clock
from app.core.errors import InvalidParameter, InvalidState
from app.core.ids import RegisteredModelId
from app.http.application import current_actor, needs
from app.registry import access, versions
from app.registry.queries import VersionRow
from app.registry.tables import ARCHIVED, NONE
from app.stages import alias_history, definitions, history
from app.web.approvals.forms import RollbackForm
from app.web.charts import stage_lanes
from app.web.error_sentences import sentence
from app.web.models.history_form import MomentForm
from app.web.site import abilities
from app.web.stages import settings

blueprint = Blueprint("stage_history", __name__)

MAX_PERIODS = 200
FORMER_OFFERED = 5


class FormerHolders(NamedTuple):
    """A stage and the living versions that held it before, the last first."""

    stage: str
    numbers: list[int]


@blueprint.get("/models/<name>/history")
@needs(Permission.MODELS_READ)
def show(name: str) -> ResponseReturnValue:
    """Shows a lane for each stage; and with `?at=` which version held each stage at that time.

    It shows deleted models, too, and the one that had the name at the time asked for.
    """
    form = MomentForm.of(request.args)
    at = form.moment() if form.validate() else None
    now = clock.now_ms()
    model = history.model_at(name, now if at is None else at)
    periods = history.periods(model.id, limit=MAX_PERIODS + 1)
    drawn = periods[-MAX_PERIODS:]
    is_living = model.deleted_at is None
    level = access.level_on(model.id) if is_living else Level.NONE
    html = render_template(
        "models/history.html",
        name=name,
        model=model,
        form=form,
        at=at,
        periods=drawn,
        aliases_then=[] if at is None else alias_history.set_at(name, at),
        alias_periods=alias_history.periods(model.id, MAX_PERIODS),
        held=None if at is None else history.held_at(name, at),
        is_living=is_living,
        is_ahead=at is not None and at > now,
        is_cut=len(periods) > MAX_PERIODS,
        pictures=stage_lanes.wide_and_narrow(drawn, definitions.names(), model.deleted_at or now),
        former=_former_holders(model.id) if is_living and abilities.may("models:request", level) else [],
    )
    return html, 400 if form.errors else 200


def _former_holders(model_id: RegisteredModelId) -> list[FormerHolders]:
    former = [
        FormerHolders(stage, history.previous_versions(model_id, stage, FORMER_OFFERED))
        for stage in definitions.names()
        if stage not in (NONE, ARCHIVED)
    ]
    return [holders for holders in former if holders.numbers]


def stages_to_return_to(version: VersionRow, known: Sequence[str], level: Level) -> list[str]:
    """Returns those of the stages that the version held before, for viewers who may ask for a stage."""
    if not abilities.may("models:request", level):
        return []
    held = {period.stage for period in history.of_version(version.id)}
    return [name for name in known if name in held - {version.stage, NONE, ARCHIVED}]


@blueprint.route(
    "/models/<name>/versions/<int(max=2147483647):number>/return/<stage>", methods=["GET", "POST"]
)
@needs(Permission.MODELS_REQUEST)
def return_to(name: str, number: int, stage: str) -> ResponseReturnValue:
    """Rolls a stage back to a former holder, after saying whether the rule or its emergency clause allows it."""
    version, stage = versions.get(name, number), settings.find(stage).name
    access.check(name, Permission.MODELS_REQUEST, current_actor())
    form = RollbackForm()
    if form.validate_on_submit() and form.attempt(
        lambda: rollback.roll_back(
            name,
            number,
            stage,
            reason=(form.reason.data or "").strip() or None,
            seen_holder=form.seen_holder(),
            actor=current_actor(),
        )
    ):
        flash(f"{stage} rolled back to version {number}.", "done")
        return redirect(url_for("stage_history.show", name=name), 303)
    way, wrong = _rollback_way(version, stage)
    if way is not None and (form.is_stale or not form.is_submitted()):
        form.holder.data = str(way.holder or "")
    html = render_template(
        "versions/return.html",
        version=version,
        way=way,
        refusal=sentence(way.refusal) if way and way.refusal else "",
        wrong=wrong,
        form=form,
        description=way.description if way else "",
        stage=stage,
    )
    return html, form.status if way is not None or form.errors else 409


def _rollback_way(version: VersionRow, stage: str) -> tuple[Preview | None, str | None]:
    """Returns how the viewer would roll back to the version, or why nobody can."""
    try:
        return rollback.preview(version, stage, access.level_on(version.model_id), current_actor()), None
    except (InvalidParameter, InvalidState) as error:
        return None, sentence(error)
