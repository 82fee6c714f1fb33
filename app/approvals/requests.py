"""Asking that a version be moved, and deciding it.

Every verb locks the model's row first, so that of two that meet the second sees what the first left: an
approval never moves what was withdrawn, rejected, deleted or moved a moment before, and a request is
decided once. Who comes too late is told who decided and when (`StaleState`).
"""

from typing import NamedTuple

from sqlalchemy import insert

from app.accounts.names import key_of
from app.approvals import decisions, mentions, version_snapshot
from app.approvals import progress as progress_reads
from app.approvals import queries as request_queries
from app.approvals.queries import RequestRow
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.core.errors import InvalidState, PermissionDenied, StaleState
from app.db.transactions import db
from app.registry import access
from app.registry import queries as registry_queries
from app.registry.queries import VersionRow
from app.stages import moves, open_requests, rules, transitions
from app.stages.definitions import StageRow, Stages
from app.stages.rules import Rule
from app.stages.tables import Request

get = request_queries.get
open_of = request_queries.open_of
approvals_of = request_queries.approvals_of
of_version = request_queries.of_version
progress = progress_reads.of
progress_of_each = progress_reads.of_each
abilities_of = progress_reads.abilities_of


class Decision(NamedTuple):
    """What became of a decision: the version as it is now, whether it moved, and how many approvals count.

    `request` is the one that was met, or the first of those that were decided.
    """

    version: VersionRow
    request: RequestRow
    moved: bool
    given: int
    needed: int


class _Asked(NamedTuple):
    """A version under its model's lock, and what the actor wants with it."""

    row: VersionRow
    present: StageRow
    target: StageRow
    rule: Rule
    level: int


def _look(name: str, number: int | str, stage: str, actor: Actor) -> _Asked:
    known = Stages()
    target = known.find(stage)
    level = access.check(name, Permission.MODELS_REQUEST, actor)
    row = registry_queries.locked_version(name, number)
    rule = rules.in_force(target, row.model_id)
    return _Asked(row, known[row.stage.lower()], target, rule, level)


def open_request(
    name: str,
    number: int | str,
    stage: str,
    *,
    comment: str | None = None,
    archive_others: bool = False,
    actor: Actor,
) -> RequestRow:
    """Ask that a version be moved to a stage; `comment` is Markdown, those it names find it in their inbox.

    Whoever may read the model may ask, and several people may ask for the same. Raises `NotFound`,
    `InvalidParameter`, `InvalidState` where the version is there already, and `StaleState` where this
    actor's own request for it is open.
    """
    mentions.check_text(comment or "")
    asked = _look(name, number, stage, actor)
    row, target = asked.row, asked.target
    if archive_others:
        transitions.check_archiving(Stages(), target, stage)
    if row.stage == target.name:
        raise InvalidState(f"Version {row.number} of {name} is in {target.name} already.")
    for request in request_queries.open_of(row.id, target):
        if request.is_by(actor):
            raise StaleState(
                f"You asked to move version {row.number} of {name} to {target.name} on "
                f"{clock.in_words(request.asked_at)}, and that is still open."
            )
    now = clock.now_ms()
    values = {
        "model_id": row.model_id,
        "version_id": row.id,
        "stage_id": target.id,
        "from_stage_id": asked.present.id,
        "asker": actor.name,
        "asker_id": actor.account_id,
        "asked_at": now,
        "comment": comment or None,
        "archive_others": archive_others,
        "facts": version_snapshot.text_of(row, asked.present, asked.rule),
    }
    made = db.session.execute(insert(Request.__table__).values(**values).returning(Request.id)).scalar_one()
    _record(Kind.REQUEST_OPENED, asked, actor, comment, subject=str(made))
    mentions.note(comment, row, actor=actor, now=now, request_id=made, stage_id=target.id)
    return request_queries.get(made)


def withdraw(
    name: str,
    number: int | str,
    stage: str,
    *,
    asker: str | None = None,
    request_id: int | None = None,
    comment: str | None = None,
    actor: Actor,
) -> RequestRow:
    """Take back one's own request, or as a manager of the model that of `asker`; the request as it was.

    Where a deleted account was called like the asker, `request_id` says whose is meant; without it the
    actor's own comes first. Raises `NotFound` where there never was one, `StaleState` where it is decided,
    and `PermissionDenied`.
    """
    asked = _look(name, number, stage, actor)
    wanted = key_of(asker or actor.name)
    meant = [
        one
        for one in request_queries.open_of(asked.row.id, asked.target)
        if key_of(one.asker) == wanted and request_id in (None, one.id)
    ]
    if not meant:
        raise request_queries.nothing_open(asked.row, asked.target, asker or actor.name)
    found = next((one for one in meant if one.is_by(actor)), meant[0])
    if not request_queries.may_withdraw(found, asked.level, actor):
        raise PermissionDenied(f"Only {found.asker}, or a manager of {name}, may withdraw this request.")
    open_requests.withdraw(found.id, actor=actor, now=clock.now_ms(), reason=comment)
    _record(Kind.REQUEST_WITHDRAWN, asked, actor, comment, subject=str(found.id))
    return found


def approve(
    name: str,
    number: int | str,
    stage: str,
    *,
    archive_others: bool | None = None,
    comment: str | None = None,
    seen: str | None = None,
    actor: Actor,
) -> Decision:
    """Say yes to every open request for this version and stage but one's own.

    As soon as one of them has the approvals that the rule takes, the version moves, in this transaction,
    and all of them are closed. Whether the holders of the stage are archived then is for whoever gives the
    last approval to say; where `archive_others` is None, they are if a request so decided asks for it, and
    those of an exclusive stage always. `seen` is the `Progress.seen` of what the actor looked at. Approving again
    is harmless. Raises `NotFound` where nobody asked, `StaleState` where it is decided or the version is
    not what was seen, `PermissionDenied` for who may not decide this, and `InvalidState` where the
    version lacks what the rule wants to see.
    """
    mentions.check_text(comment or "")
    asked = _look(name, number, stage, actor)
    row, rule = asked.row, asked.rule
    if archive_others:
        transitions.check_archiving(Stages(), asked.target, stage)
    others = decisions.open_for(row, asked.present, rule, asked.level, actor)
    facts = decisions.check_state(row, asked.present, rule, seen, actor)
    now = clock.now_ms()
    if decisions.give(others, facts, actor=actor, comment=comment, now=now):
        _record(Kind.REQUEST_APPROVED, asked, actor, comment)
        _call(others[0], asked, actor, comment, now)
    met, given = decisions.tally(others, rule, asked.present, facts, actor)
    if met is None:
        return Decision(row, others[0], False, given, rule.approvals)
    open_requests.decide(row.id, asked.target.id, "approved", actor=actor, now=now, reason=comment)
    if archive_others is None:
        archive_others = any(one.archive_others for one in others)
    moved = moves.move(
        row,
        asked.target,
        actor=actor,
        comment=comment,
        request_id=met.id,
        archive_others=archive_others or rule.is_exclusive,
    )
    return Decision(moved, request_queries.get(met.id), True, given, rule.approvals)


def is_archiving_asked(version_id: int, rule: Rule, actor: Actor) -> bool:
    """Whether one of the requests that the actor's decision would be about asks to archive the stage's holders."""
    opened = request_queries.open_of(version_id, rule.stage)
    return any(one.archive_others for one in decisions.others_of(opened, rule, actor))


def reject(
    name: str,
    number: int | str,
    stage: str,
    *,
    comment: str | None = None,
    seen: str | None = None,
    actor: Actor,
) -> Decision:
    """Say no, with a reason, to every open request for this version and stage; all of them are closed.

    Whoever may approve may reject; `seen` as for `approve`, and so is what is raised.
    """
    mentions.check_text(comment or "")
    asked = _look(name, number, stage, actor)
    others = decisions.open_for(asked.row, asked.present, asked.rule, asked.level, actor)
    decisions.check_seen(asked.row, asked.present, asked.rule, seen)
    now = clock.now_ms()
    open_requests.decide(asked.row.id, asked.target.id, "rejected", actor=actor, now=now, reason=comment)
    _record(Kind.REQUEST_REJECTED, asked, actor, comment)
    _call(others[0], asked, actor, comment, now)
    return Decision(asked.row, request_queries.get(others[0].id), False, 0, asked.rule.approvals)


def _call(request: RequestRow, asked: _Asked, actor: Actor, comment: str | None, now: int) -> None:
    mentions.note_decision(
        comment, asked.row, actor=actor, now=now, request_id=request.id, stage_id=asked.target.id
    )


def _record(kind: Kind, asked: _Asked, actor: Actor, comment: str | None, subject: str | None = None) -> None:
    recorder.record(
        kind,
        actor=actor,
        model_id=asked.row.model_id,
        version_id=asked.row.id,
        subject=subject,
        before=asked.row.stage,
        after=asked.target.name,
        comment=comment,
    )
