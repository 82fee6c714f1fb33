"""Names in a text: whoever is called by @name finds the text in their inbox."""

import re

from sqlalchemy import bindparam, delete, insert

from app.approvals.tables import Notice
from app.authz.actors import Actor
from app.core.key_rules import check_length
from app.db.statements import Statement
from app.registry.queries import VersionRow
from app.stages import approver_groups

LONGEST_TEXT = 65_535  # what Databricks' API takes
MOST = 50

_NAME = re.compile(r"(?<![A-Za-z0-9._@+\-/])@([A-Za-z0-9][A-Za-z0-9._@+\-]{0,127})")
NOTICE = Notice.__table__.c
_FORGET = Statement(delete(Notice.__table__).where(NOTICE.comment_id == bindparam("comment_id")))
_INSERT = Statement(
    insert(Notice.__table__),
    columns=(
        "account_id",
        "kind",
        "at",
        "actor",
        "model_id",
        "version_id",
        "stage_id",
        "comment_id",
        "request_id",
        "text",
    ),
)


def check_text(text: str) -> str:
    """The text itself, if it is of a size that can be shown. Raises `InvalidParameter`."""
    check_length("comment", LONGEST_TEXT, text, field="comment")
    return text


def names_in(text: str) -> list[str]:
    """The names that a text calls; a full stop at the end belongs to the sentence."""
    return list(dict.fromkeys(name.rstrip(".-+@") for name in _NAME.findall(text)))[:MOST]


def note(
    text: str | None,
    row: VersionRow,
    *,
    actor: Actor,
    now: int,
    comment_id: int | None = None,
    request_id: int | None = None,
    stage_id: int | None = None,
) -> None:
    """Write a notice for everybody with an account whom the text calls, in place of older ones of a comment.

    Who may not read the model will not find it: inboxes show what their owner may see.
    """
    if comment_id is not None:
        _FORGET.run(comment_id=comment_id)
    called = approver_groups.named(names_in(text or "")).values()
    notify(
        set(called) - {actor.account_id},
        "mention",
        row,
        actor=actor,
        now=now,
        comment_id=comment_id,
        request_id=request_id,
        stage_id=stage_id,
    )


def note_decision(
    text: str | None, row: VersionRow, *, actor: Actor, now: int, request_id: int, stage_id: int
) -> None:
    """Write a notice for everybody whom the reason of a decision calls; it keeps the text, which has no page."""
    called = approver_groups.named(names_in(text or "")).values()
    notify(
        set(called) - {actor.account_id},
        "mention",
        row,
        actor=actor,
        now=now,
        text=text,
        request_id=request_id,
        stage_id=stage_id,
    )


def notify(
    account_ids: set[int],
    kind: str,
    row: VersionRow,
    *,
    actor: Actor,
    now: int,
    text: str | None = None,
    comment_id: int | None = None,
    request_id: int | None = None,
    stage_id: int | None = None,
) -> None:
    """Put a notice into each of these inboxes."""
    notice = {
        "kind": kind,
        "at": now,
        "actor": actor.name,
        "model_id": row.model_id,
        "version_id": row.id,
        "stage_id": stage_id,
        "comment_id": comment_id,
        "request_id": request_id,
        "text": text,
    }
    if account_ids:
        _INSERT.run_many([notice | {"account_id": account_id} for account_id in sorted(account_ids)])


def forget(comment_id: int) -> None:
    """Nobody is called by this comment any more."""
    _FORGET.run(comment_id=comment_id)
