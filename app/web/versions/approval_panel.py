"""The approvals on the page of a version: requests, rules, checks and comments."""

from collections.abc import Sequence
from typing import NamedTuple

from app.approvals import comments, requests
from app.approvals.comments import CommentRow
from app.approvals.progress import Progress
from app.approvals.queries import RequestRow
from app.authz.levels import Level
from app.http.application import current_actor
from app.registry.queries import VersionRow
from app.stages import checks, rules
from app.stages.checks import CheckRow
from app.web.approvals.forms import CommentForm
from app.web.site import abilities


class OpenRequest(NamedTuple):
    """An open request and how far it has come."""

    request: RequestRow
    progress: Progress


class PanelComment(NamedTuple):
    """A comment and what the viewer may do with it."""

    comment: CommentRow
    may: comments.Abilities


class ApprovalPanel(NamedTuple):
    """All about the approvals of one version, for one viewer.

    `askable` are the stages that the viewer may ask for, each with its rule in words.
    """

    open: Sequence[OpenRequest]
    decided: Sequence[RequestRow]
    askable: Sequence[tuple[str, str]]
    checks: Sequence[CheckRow]
    remarks: Sequence[PanelComment]
    comment_form: CommentForm | None


def of_version(version: VersionRow, level: Level) -> ApprovalPanel:
    """Returns the panel for the viewer, who has that level on the model."""
    actor = current_actor()
    every = requests.of_version(version.id)
    still_open = [request for request in every if request.state == "open"]
    may_ask = abilities.may("models:request", level)
    return ApprovalPanel(
        open=[
            OpenRequest(*pair)
            for pair in zip(
                still_open, requests.progress_of_each(still_open, {version.id: version}, actor), strict=True
            )
        ],
        decided=[request for request in every if request.state != "open"][:10],
        askable=askable(version, still_open) if may_ask and not abilities.is_personal() else [],
        checks=checks.of_version(version.id),
        remarks=[
            PanelComment(row, comments.abilities(row, level, actor))
            for row in comments.of_version(version.id)
        ],
        comment_form=CommentForm(formdata=None) if may_ask else None,
    )


def askable(version: VersionRow, still_open: Sequence[RequestRow]) -> list[tuple[str, str]]:
    """Returns the stages that the viewer can ask for, and the rule of each in words."""
    requested = {request.stage for request in still_open if request.is_by(current_actor())}
    every = rules.of_all_stages(version.model_id)
    present = next(rule.stage for rule in every if rule.stage.name == version.stage)
    askable = [
        rule for rule in every if rule.stage.name != version.stage and rule.stage.name not in requested
    ]
    words = rules.describe_each(askable, [present] * len(askable))
    return [(rule.stage.name, text) for rule, text in zip(askable, words, strict=True)]
