"""Comments on versions, in Markdown: written by whoever may read, edited and deleted by their authors."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, update

from app.approvals import mentions
from app.approvals.queries import is_same
from app.approvals.tables import Comment
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz import access_queries
from app.authz.actors import Actor
from app.authz.permissions import Permission, allowed
from app.core import clock
from app.core.errors import InvalidParameter, NotFound, PermissionDenied
from app.db.statements import Statement
from app.db.transactions import db
from app.registry import access, queries
from app.registry.tables import ModelVersion, RegisteredModel

COMMENT = Comment.__table__.c
MOST = 200

_SELECT = (
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
_OF_ID = _SELECT.where(COMMENT.id == bindparam("comment_id"))
_SELECT = _SELECT.where(COMMENT.deleted_at.is_(None))
_BY_ID = Statement(
    _OF_ID.where(COMMENT.deleted_at.is_(None)), visible_to=access_queries.MODELS.readers_of(COMMENT.model_id)
)
_DELETED_BY_ID = Statement(
    _OF_ID.where(COMMENT.deleted_at.is_not(None)),
    visible_to=access_queries.MODELS.readers_of(COMMENT.model_id),
)
_CHANGE = Statement(
    update(Comment.__table__)
    .where(COMMENT.id == bindparam("comment_id"), COMMENT.deleted_at.is_(None))
    .values(text=bindparam("new_text"), updated_at=bindparam("now"))
)
_HIDE = Statement(
    update(Comment.__table__)
    .where(COMMENT.id == bindparam("comment_id"), COMMENT.deleted_at.is_(None))
    .values(deleted_at=bindparam("now"))
)
_SHOW_AGAIN = Statement(
    update(Comment.__table__)
    .where(COMMENT.id == bindparam("comment_id"), COMMENT.deleted_at.is_not(None))
    .values(deleted_at=None)
)


class CommentRow(NamedTuple):
    """A comment as it is shown; times in milliseconds."""

    id: int
    model_id: int
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
        return self.updated_at != self.created_at


class Abilities(NamedTuple):
    """What somebody may do with a comment."""

    edit: bool
    delete: bool


def create(name: str, number: int | str, text: str, *, actor: Actor) -> CommentRow:
    """Write a comment; those it calls by @name find it in their inbox. Raises `NotFound`, `InvalidParameter`."""
    _check(text)
    access.check(name, Permission.MODELS_REQUEST, actor)
    row = queries.version(name, number)
    now = clock.now_ms()
    values = {
        "model_id": row.model_id,
        "version_id": row.id,
        "author": actor.name,
        "author_id": actor.account_id,
        "text": text,
        "created_at": now,
        "updated_at": now,
    }
    made = db.session.execute(insert(Comment.__table__).values(**values).returning(Comment.id)).scalar_one()
    recorder.record(
        Kind.COMMENT_WRITTEN,
        actor=actor,
        model_id=row.model_id,
        version_id=row.id,
        subject=str(made),
        after=text,
    )
    mentions.note(text, row, actor=actor, now=now, comment_id=made)
    return get(made)


def edit(comment_id: int, text: str, *, actor: Actor) -> CommentRow:
    """Change one's own comment. Raises `NotFound`, `InvalidParameter`, `PermissionDenied` for others'."""
    _check(text)
    comment = get(comment_id)
    access.check(comment.name, Permission.MODELS_REQUEST, actor)
    check_edit(comment, actor)
    now = clock.now_ms()
    if not _CHANGE.run(comment_id=comment_id, new_text=text, now=now):
        raise _missing(comment_id)
    row = queries.version(comment.name, comment.number)
    mentions.note(text, row, actor=actor, now=now, comment_id=comment_id)
    _record(Kind.COMMENT_EDITED, comment, actor, after=text)
    return comment._replace(text=text, updated_at=now)


def check_edit(comment: CommentRow, actor: Actor) -> None:
    """Raise `PermissionDenied` unless the comment is the actor's own."""
    if not is_same(actor, comment.author_id, comment.author):
        raise PermissionDenied(f"Only {comment.author} may edit this comment.")


def delete(comment_id: int, *, actor: Actor) -> None:
    """Delete one's own comment, or as a manager of the model any. Raises `NotFound`, `PermissionDenied`."""
    comment = get(comment_id)
    _check_delete(comment, "delete this comment", actor)
    if not _HIDE.run(comment_id=comment_id, now=clock.now_ms()):
        raise _missing(comment_id)
    mentions.forget(comment_id)
    _record(Kind.COMMENT_DELETED, comment, actor)


def deleted(comment_id: int, *, actor: Actor) -> CommentRow:
    """A deleted comment, for who may bring it back. Raises `NotFound` where it lives, too, `PermissionDenied`."""
    row = _DELETED_BY_ID.first(comment_id=comment_id)
    if row is None:
        raise _missing(comment_id)
    comment = CommentRow(*row)
    _check_delete(comment, "bring this comment back", actor)
    return comment


def restore(comment_id: int, *, actor: Actor) -> CommentRow:
    """Bring a comment back, with whom it calls, for who may delete it. Raises `NotFound`, `PermissionDenied`."""
    comment = deleted(comment_id, actor=actor)
    if not _SHOW_AGAIN.run(comment_id=comment_id):
        raise _missing(comment_id)
    row = queries.version(comment.name, comment.number)
    mentions.note(comment.text, row, actor=actor, now=clock.now_ms(), comment_id=comment_id)
    _record(Kind.COMMENT_RESTORED, comment, actor)
    return comment


def _check_delete(comment: CommentRow, what: str, actor: Actor) -> None:
    level = access.check(comment.name, Permission.MODELS_REQUEST, actor)
    if not abilities(comment, level, actor).delete:
        raise PermissionDenied(f"Only {comment.author}, or a manager of {comment.name}, may {what}.")


def get(comment_id: int) -> CommentRow:
    """The comment of that id. Raises `NotFound` for one that the viewer may not see as well."""
    row = _BY_ID.first(comment_id=comment_id)
    if row is None:
        raise _missing(comment_id)
    return CommentRow(*row)


def of_version(version_id: int, *, after_id: int = 0, limit: int = MOST) -> list[CommentRow]:
    """The comments on a version that the viewer was shown, the first first, those after `after_id`."""
    query = _SELECT.where(COMMENT.version_id == version_id, COMMENT.id > after_id)
    return [CommentRow(*row) for row in db.session.execute(query.order_by(COMMENT.id).limit(limit))]


def of_ids(comment_ids: Collection[int]) -> dict[int, CommentRow]:
    """Those of these comments that are there still, for a list that was shown to the viewer."""
    if not comment_ids:
        return {}
    rows = db.session.execute(_SELECT.where(COMMENT.id.in_(comment_ids)))
    return {row[0]: CommentRow(*row) for row in rows}


def abilities(comment: CommentRow, level: int, actor: Actor) -> Abilities:
    """What the actor, of that level on the model, may do with the comment."""
    own = is_same(actor, comment.author_id, comment.author)
    return Abilities(edit=own, delete=own or allowed(Permission.MODELS_MANAGE, level))


def _check(text: str) -> None:
    if not text.strip():
        raise InvalidParameter("A comment needs some text.", field="comment")
    mentions.check_text(text)


def _missing(comment_id: int) -> NotFound:
    return NotFound(f"There is no comment {comment_id}.")


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
