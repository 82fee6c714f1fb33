"""Comments on versions, in Markdown: written by anyone who may read, edited and deleted by their authors."""

import json
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from app.approvals import mentions
from app.approvals.errors import (
    CommentEmpty,
    CommentNotFound,
    MayNotDeleteComment,
    MayNotRestoreComment,
    NotYourComment,
    TooManyComments,
)
from app.approvals.queries import is_same
from app.approvals.tables import Comment
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz import access_queries
from app.authz.actors import Actor
from app.authz.permissions import Permission, allowed
from app.core import clock
from app.core.ids import RegisteredModelId
from app.db.statements import Statement, each_of
from app.db.transactions import db
from app.registry import access, queries
from app.registry.tables import ModelVersion, RegisteredModel
from app.settings import quotas

COMMENT = Comment.__table__.c
MAX_LISTED = 200
HOUR_MS = 3_600_000


class CommentRow(NamedTuple):
    """A comment as it is shown; times in milliseconds."""

    id: int
    model_id: RegisteredModelId
    name: str
    version_id: int
    number: int
    author: str
    author_id: int | None
    text: str
    created_at: int
    updated_at: int

    @property
    def is_edited(self) -> bool:
        """Whether the text was changed after it was written."""
        return self.updated_at != self.created_at


_COMMENTS = (
    select(
        COMMENT.id,
        COMMENT.model_id,
        queries.MODEL.name,
        COMMENT.version_id,
        queries.VERSION.number,
        COMMENT.author,
        COMMENT.author_id,
        COMMENT.text,
        COMMENT.created_at,
        COMMENT.updated_at,
    )
    .select_from(Comment.__table__)
    .join(ModelVersion.__table__, queries.VERSION.id == COMMENT.version_id)
    .join(RegisteredModel.__table__, queries.MODEL.id == COMMENT.model_id)
    .where(queries.LIVING)
)
_WITHOUT_DELETED = _COMMENTS.where(COMMENT.deleted_at.is_(None))
_READERS = access_queries.MODELS.readers_of(COMMENT.model_id)
_BY_ID = Statement(
    _WITHOUT_DELETED.where(COMMENT.id == bindparam("comment_id")), CommentRow, visible_to=_READERS
)
_DELETED_BY_ID = Statement(
    _COMMENTS.where(COMMENT.id == bindparam("comment_id"), COMMENT.deleted_at.is_not(None)),
    CommentRow,
    visible_to=_READERS,
)
_OF_VERSION = Statement(
    _WITHOUT_DELETED.where(COMMENT.version_id == bindparam("version_id"), COMMENT.id > bindparam("after_id"))
    .order_by(COMMENT.id)
    .limit(bindparam("max_comments")),
    CommentRow,
)
# Among the newest only, which the primary key finds: no index has authors or times.
_NEWEST = (
    select(COMMENT.author_id, COMMENT.created_at)
    .order_by(COMMENT.id.desc())
    .limit(bindparam("most"))
    .subquery("newest")
)
_WRITTEN_SINCE = Statement(
    select(
        func.count().label("by_all"),
        func.count().filter(_NEWEST.c.author_id == bindparam("author_id")).label("by_author"),
    )
    .select_from(_NEWEST)
    .where(_NEWEST.c.created_at > bindparam("since"))
)
_BY_IDS = Statement(lambda: _WITHOUT_DELETED.where(COMMENT.id.in_(each_of("comment_ids", int))), CommentRow)


class Abilities(NamedTuple):
    """What somebody may do with a comment."""

    edit: bool
    delete: bool


def create(name: str, number: int | str, text: str, *, actor: Actor) -> CommentRow:
    """Writes a comment; it notifies those it mentions by @name.

    Raises `NotFound`, `InvalidParameter`, `TooManyComments`.
    """
    _check(text)
    access.check(name, Permission.MODELS_REQUEST, actor)
    row = queries.version(name, number)
    now = clock.now_ms()
    _check_quota(actor, now)
    comment = Comment(
        model_id=row.model_id,
        version_id=row.id,
        author=actor.name,
        author_id=actor.account_id,
        text=text,
        created_at=now,
        updated_at=now,
    )
    db.session.add(comment)
    db.session.flush()
    recorder.record(
        Kind.COMMENT_WRITTEN,
        actor=actor,
        model_id=row.model_id,
        version_id=row.id,
        subject=str(comment.id),
        after=text,
    )
    mentions.note(text, row, actor=actor, now=now, comment_id=comment.id)
    return get(comment.id)


def _check_quota(actor: Actor, now: int) -> None:
    """Raises `TooManyComments` where the account, or everybody together, has written enough for this hour."""
    quota = quotas.current()
    written = _WRITTEN_SINCE.first(
        most=quota.comments_in_all, since=now - HOUR_MS, author_id=actor.account_id or 0
    )
    if written is None:
        return
    if actor.account_id is not None and written.by_author >= quota.comments_per_account:
        raise TooManyComments(quota.comments_per_account, True, HOUR_MS // 1000)
    if written.by_all >= quota.comments_in_all:
        raise TooManyComments(quota.comments_in_all, False, HOUR_MS // 1000)


def edit(comment_id: int, text: str, *, actor: Actor) -> CommentRow:
    """Changes one's own comment. Raises `CommentNotFound`, `InvalidParameter`, `NotYourComment`."""
    _check(text)
    stored = _locked(comment_id, is_deleted=False)
    comment = get(comment_id)
    access.check(comment.name, Permission.MODELS_REQUEST, actor)
    check_edit(comment, actor)
    stored.text, stored.updated_at = text, clock.now_ms()
    db.session.flush()
    row = queries.version(comment.name, comment.number)
    mentions.note(text, row, actor=actor, now=stored.updated_at, comment_id=comment_id)
    _record(Kind.COMMENT_EDITED, comment, actor, after=text)
    return get(comment_id)


def check_edit(comment: CommentRow, actor: Actor) -> None:
    """Raises `NotYourComment` unless the comment is the actor's own."""
    if not is_same(actor, comment.author_id, comment.author):
        raise NotYourComment(comment.author)


def delete(comment_id: int, *, actor: Actor) -> None:
    """Deletes one's own comment, or as a manager of the model any.

    Raises `CommentNotFound`, `MayNotDeleteComment`.
    """
    stored = _locked(comment_id, is_deleted=False)
    comment = get(comment_id)
    if not _may_delete(comment, actor):
        raise MayNotDeleteComment(comment.author, comment.name)
    stored.deleted_at = clock.now_ms()
    db.session.flush()
    mentions.forget(comment_id)
    _record(Kind.COMMENT_DELETED, comment, actor)


def deleted(comment_id: int, *, actor: Actor) -> CommentRow:
    """Returns a deleted comment, for whoever may restore it.

    Raises `CommentNotFound`, also for one that is not deleted, and `MayNotRestoreComment`.
    """
    comment = _DELETED_BY_ID.first(comment_id=comment_id)
    if comment is None:
        raise CommentNotFound(comment_id)
    if not _may_delete(comment, actor):
        raise MayNotRestoreComment(comment.author, comment.name)
    return comment


def restore(comment_id: int, *, actor: Actor) -> CommentRow:
    """Restores a comment, with its mentions, for whoever may delete it. Raises as `deleted`."""
    stored = _locked(comment_id, is_deleted=True)
    comment = deleted(comment_id, actor=actor)
    stored.deleted_at = None
    db.session.flush()
    row = queries.version(comment.name, comment.number)
    mentions.note(comment.text, row, actor=actor, now=clock.now_ms(), comment_id=comment_id)
    _record(Kind.COMMENT_RESTORED, comment, actor)
    return comment


def _locked(comment_id: int, *, is_deleted: bool) -> Comment:
    """Returns the comment, which nobody else changes any more. Raises `CommentNotFound` for the other state."""
    stored = db.session.get(Comment, comment_id, with_for_update=True)
    if stored is None or (stored.deleted_at is not None) is not is_deleted:
        raise CommentNotFound(comment_id)
    return stored


def _may_delete(comment: CommentRow, actor: Actor) -> bool:
    level = access.check(comment.name, Permission.MODELS_REQUEST, actor)
    return abilities(comment, level, actor).delete


def get(comment_id: int) -> CommentRow:
    """Returns the comment of that id. Raises `CommentNotFound`, also for one that the viewer may not see."""
    comment = _BY_ID.first(comment_id=comment_id)
    if comment is None:
        raise CommentNotFound(comment_id)
    return comment


def of_version(version_id: int, *, after_id: int = 0, limit: int = MAX_LISTED) -> list[CommentRow]:
    """Returns the comments on a version that the viewer was shown, the first first, those after `after_id`."""
    return _OF_VERSION.rows(version_id=version_id, after_id=after_id, max_comments=limit)


def of_ids(comment_ids: Collection[int]) -> dict[int, CommentRow]:
    """Returns those of these comments that are not deleted, for a list that was shown to the viewer."""
    if not comment_ids:
        return {}
    rows = _BY_IDS.rows(comment_ids=json.dumps(list(comment_ids)))
    return {comment.id: comment for comment in rows}


def abilities(comment: CommentRow, level: int, actor: Actor) -> Abilities:
    """Returns what the actor, of that level on the model, may do with the comment."""
    own = is_same(actor, comment.author_id, comment.author)
    return Abilities(edit=own, delete=own or allowed(Permission.MODELS_MANAGE, level))


def _check(text: str) -> None:
    if not text.strip():
        raise CommentEmpty()
    mentions.check_text(text)


def _record(kind: Kind, comment: CommentRow, actor: Actor, after: str | None = None) -> None:
    recorder.record(
        kind,
        actor=actor,
        model_id=comment.model_id,
        version_id=comment.version_id,
        subject=str(comment.id),
        before=comment.text,
        after=after,
    )
