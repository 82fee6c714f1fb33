"""Requesting that a version be moved, and deciding such requests.

Every verb locks the model's row first, so that of two that meet the second sees what the first left: an
approval never moves what was withdrawn, rejected, deleted or moved a moment before, and a request is
decided once. Whoever comes too late is told who decided and when (`RequestClosed`).
"""

from typing import NamedTuple

from app.accounts.names import key_of
from app.approvals import decisions, four_eyes, mentions, version_snapshot
from app.approvals import progress as progress_reads
from app.approvals import queries as request_queries
from app.approvals.errors import NotYourRequest, RequestStillOpen, VersionAlreadyInStage
from app.approvals.queries import RequestRow
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.db.transactions import db
from app.registry import access, aliases
from app.registry import queries as registry_queries
from app.registry.queries import VersionRow
from app.stages import model_names, moves, open_requests, rules, transitions
from app.stages.definitions import ALIAS_MARK, StageRow, Stages
from app.stages.governed import aliases as governed_aliases
from app.stages.governed.errors import AliasAlreadySet, AliasFollowsStage, AliasNotGoverned
from app.stages.rules import EffectiveRule
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

    `request` is the one whose rule was met, or the first of those that were decided.
    """

    version: VersionRow
    request: RequestRow
    moved: bool
    given: int
    needed: int


class _Move(NamedTuple):
    """The move that a request is about: a version under its model's lock, the stages, and the actor's level."""

    row: VersionRow
    present: StageRow
    target: StageRow
    rule: EffectiveRule
    level: int

    @property
    def alias(self) -> str | None:
        """The alias that is to point at the version, where it is not about a stage."""
        return self.target.name[1:] if self.rule.is_of_alias else None


def _locked_move(name: str, number: int | str, stage: str, actor: Actor) -> _Move:
    known = Stages()
    target = None if stage.startswith(ALIAS_MARK) else known.find(stage)
    level = access.check(name, Permission.MODELS_REQUEST, actor)
    row = registry_queries.locked_version(name, number)
    if target is None:
        target = _governing(row, stage.removeprefix(ALIAS_MARK))
    rule = rules.in_force(target, row.model_id)
    return _Move(row, known[row.stage.lower()], target, rule, level)


def _governing(row: VersionRow, alias: str) -> StageRow:
    """Returns what governs the alias on the version's model. Raises `AliasNotGoverned` and `AliasFollowsStage`."""
    rule = governed_aliases.rule_in_force(alias, row.model_id)
    if rule is None:
        raise AliasNotGoverned(row.name, alias)
    if rule.followed_stage is not None:
        raise AliasFollowsStage(row.name, row.number, rule.followed_stage, alias)
    return rule.stage


def open_request(
    name: str,
    number: int | str,
    stage: str,
    *,
    comment: str | None = None,
    archive_others: bool = False,
    actor: Actor,
) -> RequestRow:
    """Requests that a version be moved to a stage; `comment` is Markdown, and notifies those it mentions.

    Anyone who may read the model may request, and several people may request the same. Raises `NotFound`,
    `InvalidParameter`, `VersionAlreadyInStage`, and `RequestStillOpen` where this actor's own request for it
    is open.
    """
    mentions.check_text(comment or "")
    move = _locked_move(name, number, stage, actor)
    row, target = move.row, move.target
    if archive_others:
        transitions.check_archiving(Stages(), target, stage)
    if row.stage == target.name:
        raise VersionAlreadyInStage(name, row.number, target.name)
    if move.alias is not None:
        if move.alias in row.aliases:
            raise AliasAlreadySet(name, row.number, target.name)
        governed_aliases.check_bound(row, move.rule, actor)
    for earlier in request_queries.open_of(row.id, target):
        if earlier.is_by(actor):
            raise RequestStillOpen(name, row.number, target.name, earlier.requested_at)
    now = clock.now_ms()
    request = Request(
        model_id=row.model_id,
        version_id=row.id,
        stage_id=target.id,
        alias=move.alias,
        from_stage_id=move.present.id,
        requester=actor.name,
        requester_id=actor.account_id,
        token_maker_id=four_eyes.origin_of(actor).token_maker_id,
        service_creator_id=four_eyes.service_creator_of(actor),
        requested_at=now,
        comment=comment or None,
        archive_others=archive_others and move.alias is None,
        facts=version_snapshot.text_of(row, move.present, move.rule),
    )
    db.session.add(request)
    db.session.flush()
    _record(Kind.REQUEST_OPENED, move, actor, comment, subject=str(request.id))
    mentions.note(comment, row, actor=actor, now=now, request_id=request.id, stage_id=target.id)
    return request_queries.get(request.id)


def withdraw(
    name: str,
    number: int | str,
    stage: str,
    *,
    requester: str | None = None,
    request_id: int | None = None,
    comment: str | None = None,
    actor: Actor,
) -> RequestRow:
    """Withdraws one's own request, or as a manager of the model that of `requester`; returns it as it was.

    Where a deleted account had the requester's name, `request_id` says whose request is meant; without it the
    actor's own comes first. Raises `NothingRequested` where there never was one, `RequestClosed` where it is
    decided, and `NotYourRequest`.
    """
    move = _locked_move(name, number, stage, actor)
    key = key_of(requester or actor.name)
    candidates = [
        request
        for request in request_queries.open_of(move.row.id, move.target)
        if key_of(request.requester) == key and request_id in (None, request.id)
    ]
    if not candidates:
        raise request_queries.nothing_open(move.row, move.target, requester or actor.name)
    request = next((candidate for candidate in candidates if candidate.is_by(actor)), candidates[0])
    if not request_queries.may_withdraw(request, move.level, actor):
        raise NotYourRequest(request.requester, name)
    open_requests.withdraw(request.id, actor=actor, now=clock.now_ms(), reason=comment)
    _record(Kind.REQUEST_WITHDRAWN, move, actor, comment, subject=str(request.id))
    return request


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
    """Approves every open request for this version and stage but the actor's own.

    As soon as one of them has the approvals that the rule requires, the version moves, in this transaction,
    and all of them are closed. The last approver decides whether the other versions in the stage are archived
    then; where `archive_others` is None, they are if one of these requests proposes it, and those of an
    exclusive stage always. `seen` is the `Progress.seen` of what the actor looked at. Approving again
    is harmless. Raises `NothingRequested`, `RequestClosed` where it is decided, `VersionChanged` where the
    version is not what was seen, `NotAnApprover` and `OwnRequest` where the actor may not decide this, and
    `RequirementsMissing` where the version lacks what the rule requires.
    """
    mentions.check_text(comment or "")
    move = _locked_move(name, number, stage, actor)
    row, rule = move.row, move.rule
    if archive_others:
        transitions.check_archiving(Stages(), move.target, stage)
    requests = decisions.open_for(row, move.present, rule, move.level, actor)
    facts = decisions.check_state(row, move.present, rule, seen, actor)
    now = clock.now_ms()
    if decisions.give(requests, facts, actor=actor, comment=comment, now=now):
        _record(Kind.REQUEST_APPROVED, move, actor, comment)
        _notify_mentioned(requests[0], move, actor, comment, now)
    approved, given = decisions.tally(requests, row, rule, move.present, facts, actor)
    if approved is None:
        return Decision(row, requests[0], False, given, rule.approvals)
    open_requests.decide(
        row.id, move.target.id, "approved", alias=move.alias, actor=actor, now=now, reason=comment
    )
    if move.alias is not None:
        governed_aliases.check_bound(row, rule, actor)
        aliases.point(row, move.alias, actor=actor, request_id=approved.id)
        moved = registry_queries.version(name, row.number)
        return Decision(moved, request_queries.get(approved.id), True, given, rule.approvals)
    model_names.check_no_fallback(row, move.present, move.level, actor)
    if archive_others is None:
        archive_others = any(request.archive_others for request in requests)
    moved = moves.move(
        row,
        move.target,
        actor=actor,
        comment=comment,
        request_id=approved.id,
        archive_others=archive_others or rule.is_exclusive,
    )
    return Decision(moved, request_queries.get(approved.id), True, given, rule.approvals)


def proposes_archiving(version: VersionRow, rule: EffectiveRule, actor: Actor) -> bool:
    """Returns whether a request that the actor would decide proposes to archive the other versions in the stage."""
    proposing = [
        request for request in request_queries.open_of(version.id, rule.stage) if request.archive_others
    ]
    return bool(proposing and decisions.decidable_by(proposing, version, rule, actor))


def reject(
    name: str,
    number: int | str,
    stage: str,
    *,
    comment: str | None = None,
    seen: str | None = None,
    actor: Actor,
) -> Decision:
    """Rejects every open request for this version and stage, with a reason; all of them are closed.

    Anyone who may approve may reject; `seen` as for `approve`, and so is what is raised.
    """
    mentions.check_text(comment or "")
    move = _locked_move(name, number, stage, actor)
    requests = decisions.open_for(move.row, move.present, move.rule, move.level, actor)
    decisions.check_seen(move.row, move.present, move.rule, seen)
    now = clock.now_ms()
    open_requests.decide(
        move.row.id, move.target.id, "rejected", alias=move.alias, actor=actor, now=now, reason=comment
    )
    _record(Kind.REQUEST_REJECTED, move, actor, comment)
    _notify_mentioned(requests[0], move, actor, comment, now)
    return Decision(move.row, request_queries.get(requests[0].id), False, 0, move.rule.approvals)


def _notify_mentioned(request: RequestRow, move: _Move, actor: Actor, comment: str | None, now: int) -> None:
    mentions.note_decision(
        comment, move.row, actor=actor, now=now, request_id=request.id, stage_id=move.target.id
    )


def _record(kind: Kind, move: _Move, actor: Actor, comment: str | None, subject: str | None = None) -> None:
    recorder.record(
        kind,
        actor=actor,
        model_id=move.row.model_id,
        version_id=move.row.id,
        subject=subject,
        before=move.row.stage,
        after=move.target.name,
        comment=comment,
    )
