"""Requests for a stage, the page that decides one, and comments on a version."""

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import manifests
from app.approvals import comments, requests
from app.approvals.queries import RequestRow
from app.authz.permissions import Permission
from app.comparison import compare as comparison
from app.comparison.compare import Comparison
from app.core.errors import NotFound
from app.http.application import current_actor, needs
from app.registry import access, models, versions
from app.registry.queries import VersionRow
from app.stages import checks, definitions, rules, transitions
from app.stages.definitions import ALIAS_MARK
from app.stages.governed import aliases as governed_aliases
from app.web.approvals.forms import AskForm, CommentForm, DecisionForm
from app.web.compare import versions as compare
from app.web.errors import CommentOfOtherVersion, DecisionTooLate, RequestOfOtherVersion
from app.web.rendering import formats, markdown
from app.web.site import abilities
from app.web.versions import approval_panel

blueprint = Blueprint(
    "transition_requests", __name__, url_prefix="/models/<name>/versions/<int(max=2147483647):number>"
)

REQUEST = "/requests/<int(max=9223372036854775807):request_id>"
COMMENT = "/comments/<int(max=9223372036854775807):comment_id>"


def _to_version(name: str, number: int, anchor: str = "approvals") -> ResponseReturnValue:
    return redirect(url_for("versions.show", name=name, number=number, _anchor=anchor), 303)


def _request_of_version(name: str, number: int, request_id: int) -> tuple[VersionRow, RequestRow]:
    version = versions.get(name, number)
    request_row = requests.get(request_id)
    if request_row.version_id != version.id:
        raise RequestOfOtherVersion(name, number, request_id)
    return version, request_row


@blueprint.route("/requests/new", methods=["GET", "POST"])
@needs(Permission.MODELS_REQUEST)
def ask(name: str, number: int) -> ResponseReturnValue:
    """Asks for the version to be moved to a stage."""
    version = versions.get(name, number)
    form = AskForm()
    if form.validate_on_submit() and form.attempt(
        lambda: requests.open_request(
            name,
            number,
            form.stage.data or "",
            comment=(form.comment.data or "").strip() or None,
            archive_others=form.archive_others.data,
            actor=current_actor(),
        )
    ):
        flash(f"You requested {form.stage.data}. Approvers have been notified.", "done")
        return _to_version(name, number)
    wanted = form.stage.data or request.args.get("stage")
    offered = _askable(version, wanted or "")
    form.offer([stage for stage, _words in offered], wanted or _next(version))
    html = render_template("approvals/ask.html", version=version, form=form, rules=offered)
    return html, form.status


def _askable(version: VersionRow, wanted: str) -> list[tuple[str, str]]:
    """Returns the stages and aliases that the viewer can ask for, with their rules in words, also the one `wanted`."""
    still_open = requests.open_of(version.id)
    requested = {row.stage for row in still_open if row.is_by(current_actor())}
    named = [wanted.removeprefix(ALIAS_MARK)] if wanted.startswith(ALIAS_MARK) else []
    rules_of_aliases = governed_aliases.requestable(version, named)
    return [
        *approval_panel.askable(version, still_open),
        *(
            (rule.stage.name, rules.describe(rule))
            for rule in rules_of_aliases
            if rule.stage.name not in requested
        ),
    ]


def _next(version: VersionRow) -> str | None:
    """Returns the stage after the version's own, which most people ask for."""
    known = definitions.names()
    return next(iter(known[known.index(version.stage) + 1 :]), None)


@blueprint.get(REQUEST, endpoint="show")
@needs(Permission.MODELS_READ)
def show(name: str, number: int, request_id: int) -> ResponseReturnValue:
    """Shows a request beside the version that holds the stage now, and the two buttons that decide it."""
    version, request_row = _request_of_version(name, number, request_id)
    return _page(version, request_row, DecisionForm(formdata=None))


def _page(version: VersionRow, request_row: RequestRow, form: DecisionForm) -> ResponseReturnValue:
    actor = current_actor()
    progress = requests.progress(request_row, version, actor) if request_row.state == "open" else None
    if progress is not None:
        form.seen.data = progress.seen
        if not form.is_submitted():
            form.archive_others.data = requests.proposes_archiving(version, progress.rule, actor)
    holder = _holder(version, request_row.stage)
    level = access.level_on(version.model_id)
    compared = _comparison(version, holder)
    html = render_template(
        "approvals/request.html",
        version=version,
        transition_request=request_row,
        progress=progress,
        form=form,
        manifest=manifests.of_version(version.id),
        holder=holder,
        compared=compared,
        sections=compare.sections(compared) if compared else [],
        kind=compare.VERSIONS,
        approvals=[] if progress else requests.approvals_of([request_row.id])[request_row.id],
        has_approved=progress is not None and progress.has_approval_of(actor),
        runless=_versions_without_run(compared),
        shows_equal=request.args.get("equal") == "1",
        state=_CompareLinks(holder, version),
        signed=formats.signed,
        checks=checks.of_version(version.id),
        remarks=[
            approval_panel.PanelComment(row, comments.abilities(row, level, actor))
            for row in comments.of_version(version.id)
        ],
        comment_form=CommentForm(formdata=None) if abilities.may("models:request", level) else None,
    )
    return html, form.status


def _holder(version: VersionRow, target: str) -> VersionRow | None:
    """Returns the version in the stage, or at which the alias points, if it is another one."""
    if target.startswith(ALIAS_MARK):
        number = models.get(version.name).aliases.get(target.removeprefix(ALIAS_MARK))
        return None if number in (None, version.number) else versions.get(version.name, number or 0)
    holders = transitions.latest(version.name, [target])
    return next((holder for holder in holders if holder.id != version.id), None)


def _comparison(version: VersionRow, holder: VersionRow | None) -> Comparison | None:
    """Returns what differs between the version that holds the stage now and the one that is to hold it."""
    if holder is None:
        return None
    whole = comparison.of_versions([holder, version], base=0)
    return whole if request.args.get("equal") == "1" else whole.without_equal()


def _versions_without_run(compared: Comparison | None) -> list[str]:
    """Returns the names of the versions whose metrics and parameters cannot be shown."""
    sides = compared.sides if compared else ()
    return [f"version {side.version.number}" for side in sides if side.version and side.metrics is None]


class _CompareLinks:
    """Addresses for the parts of a comparison: equal rows are shown here, all else on the page that compares."""

    def __init__(self, holder: VersionRow | None, version: VersionRow):
        self._sides = [f"{row.name}:{row.number}" for row in (holder, version) if row is not None]

    def url(self, *, without: str | None = None, **changes: Any) -> str:
        """Returns the address of this page with equal rows, or of the page that compares these versions."""
        if changes == {"equal": 1}:
            return url_for(
                "transition_requests.show", **(request.view_args or {}), equal=1, _anchor="comparison-title"
            )
        sides = [side for side in self._sides if side != without]
        return url_for("compare.versions", versions=sides, **changes)


@blueprint.post(f"{REQUEST}/decide")
@needs(Permission.MODELS_REQUEST)
def decide(name: str, number: int, request_id: int) -> ResponseReturnValue:
    """Approves or rejects, by the button pressed, what the person saw."""
    version, request_row = _request_of_version(name, number, request_id)
    form = DecisionForm()
    verb = requests.reject
    if request.form.get("decision") != "reject":
        verb = partial(requests.approve, archive_others=form.archive_others.data)
    outcome: list[requests.Decision] = []
    if form.validate_on_submit() and form.attempt(
        lambda: outcome.append(
            verb(
                name,
                number,
                request_row.stage,
                comment=(form.comment.data or "").strip() or None,
                seen=form.seen.data or None,
                actor=current_actor(),
            )
        )
    ):
        flash(_decision_message(outcome[0], verb is requests.reject), "done")
        return redirect(
            url_for("transition_requests.show", name=name, number=number, request_id=request_id), 303
        )
    if form.is_stale and requests.get(request_id).state != "open":
        raise DecisionTooLate(" ".join(form.form_errors))
    return _page(versions.get(name, number), requests.get(request_id), form)


def _decision_message(outcome: requests.Decision, is_rejected: bool) -> str:
    version, stage = outcome.version, outcome.request.stage
    is_alias = stage.startswith(ALIAS_MARK)
    if is_rejected and is_alias:
        return f"You rejected the request to point {stage} at version {version.number}."
    if is_rejected:
        return f"You rejected the request to move version {version.number} to {stage}."
    if outcome.moved and is_alias:
        return f"{stage} points at version {version.number} now."
    if outcome.moved:
        return f"Version {version.number} is now in {stage}."
    return f"You approved: {outcome.given} of {outcome.needed} approvals are given."


@blueprint.post(f"{REQUEST}/withdraw")
@needs(Permission.MODELS_REQUEST)
def withdraw(name: str, number: int, request_id: int) -> ResponseReturnValue:
    """Withdraws the request."""
    _version, request_row = _request_of_version(name, number, request_id)
    requests.withdraw(
        name,
        number,
        request_row.stage,
        requester=request_row.requester,
        request_id=request_row.id,
        actor=current_actor(),
    )
    flash(f"Request for {request_row.stage} withdrawn.", "done")
    return _to_version(name, number)


@blueprint.post("/comments")
@needs(Permission.MODELS_REQUEST)
def comment(name: str, number: int) -> ResponseReturnValue:
    """Comments on the version."""
    form = CommentForm()
    if form.validate_on_submit() and form.attempt(
        lambda: comments.create(name, number, form.comment.data or "", actor=current_actor())
    ):
        markdown.prepare(form.comment.data or "")
        return _to_version(name, number, "comments")
    return _comment_page(versions.get(name, number), form)


def _comment_of_version(name: str, number: int, comment_id: int) -> tuple[VersionRow, comments.CommentRow]:
    version, comment_row = versions.get(name, number), comments.get(comment_id)
    if comment_row.version_id != version.id:
        raise CommentOfOtherVersion(name, number, comment_id)
    return version, comment_row


@blueprint.route(f"{COMMENT}/edit", methods=["GET", "POST"])
@needs(Permission.MODELS_REQUEST)
def edit_comment(name: str, number: int, comment_id: int) -> ResponseReturnValue:
    """Changes the person's own comment."""
    version, comment_row = _comment_of_version(name, number, comment_id)
    form = CommentForm()
    if not form.is_submitted():
        comments.check_edit(comment_row, current_actor())
        form.comment.data = comment_row.text
    elif form.validate() and form.attempt(
        lambda: comments.edit(comment_id, form.comment.data or "", actor=current_actor())
    ):
        return _to_version(name, number, "comments")
    return _comment_page(version, form, comment_id)


@blueprint.post(f"{COMMENT}/delete")
@needs(Permission.MODELS_REQUEST)
def delete_comment(name: str, number: int, comment_id: int) -> ResponseReturnValue:
    """Deletes a comment: the person's own, or any for a manager of the model."""
    _comment_of_version(name, number, comment_id)
    comments.delete(comment_id, actor=current_actor())
    flash("Comment deleted. You can restore it here.", "done")
    deleted_page = url_for(
        "transition_requests.deleted_comment", name=name, number=number, comment_id=comment_id
    )
    return redirect(deleted_page, 303)


@blueprint.get(f"{COMMENT}/deleted")
@needs(Permission.MODELS_REQUEST)
def deleted_comment(name: str, number: int, comment_id: int) -> ResponseReturnValue:
    """Shows a deleted comment to people who may restore it; for a restored one it leads to the version's page."""
    version = versions.get(name, number)
    try:
        comment_row = comments.deleted(comment_id, actor=current_actor())
    except NotFound:
        _comment_of_version(name, number, comment_id)
        return _to_version(name, number, "comments")
    return render_template("approvals/deleted_comment.html", version=version, comment=comment_row)


@blueprint.post(f"{COMMENT}/restore")
@needs(Permission.MODELS_REQUEST)
def restore_comment(name: str, number: int, comment_id: int) -> ResponseReturnValue:
    """Restores a comment."""
    comments.restore(comment_id, actor=current_actor())
    flash("Comment restored.", "done")
    return _to_version(name, number, "comments")


def _comment_page(
    version: VersionRow, form: CommentForm, comment_id: int | None = None
) -> ResponseReturnValue:
    return render_template(
        "approvals/comment.html", version=version, form=form, comment_id=comment_id
    ), form.status
