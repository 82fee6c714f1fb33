"""Mentions in a text: whoever is mentioned by @name finds the text in their inbox."""

import re

from sqlalchemy import delete

from app.approvals.tables import Notice
from app.authz.actors import Actor
from app.core.key_rules import check_length
from app.db.transactions import db
from app.registry.queries import VersionKeys, VersionRow
from app.stages import approver_groups

MAX_TEXT_LENGTH = 65_535  # what Databricks' API takes
MAX_MENTIONS = 50

_NAME = re.compile(r"(?<![A-Za-z0-9._@+\-/])@([A-Za-z0-9][A-Za-z0-9._@+\-]{0,127})")


def check_text(text: str) -> str:
    """Returns the text itself, if it is of a size that can be shown. Raises `InvalidParameter`."""
    check_length("comment", MAX_TEXT_LENGTH, text, field="comment")
    return text


def names_in(text: str) -> list[str]:
    """Returns the names that a text mentions; a full stop at the end belongs to the sentence."""
    return list(dict.fromkeys(name.rstrip(".-+@") for name in _NAME.findall(text)))[:MAX_MENTIONS]


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
    """Notifies everybody with an account whom the text mentions, in place of older notices of a comment.

    Who may not read the model will not find the notice: inboxes show what their owner may see.
    """
    if comment_id is not None:
        forget(comment_id)
    notify(
        _mentioned(text) - {actor.account_id},
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
    """Notifies everybody whom the reason of a decision mentions; the notice keeps the text, which has no page."""
    notify(
        _mentioned(text) - {actor.account_id},
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
    row: VersionRow | VersionKeys,
    *,
    actor: Actor,
    now: int,
    text: str | None = None,
    comment_id: int | None = None,
    request_id: int | None = None,
    stage_id: int | None = None,
) -> None:
    """Puts a notice into each of these inboxes."""
    db.session.add_all(
        Notice(
            account_id=account_id,
            kind=kind,
            at=now,
            actor=actor.name,
            model_id=row.model_id,
            version_id=row.id,
            stage_id=stage_id,
            comment_id=comment_id,
            request_id=request_id,
            text=text,
        )
        for account_id in sorted(account_ids)
    )
    db.session.flush()


def forget(comment_id: int) -> None:
    """Deletes the notices of a comment, which mentions nobody any longer."""
    db.session.execute(delete(Notice).where(Notice.comment_id == comment_id))


def _mentioned(text: str | None) -> set[int]:
    return set(approver_groups.accounts_by_name(names_in(text or "")).values())
