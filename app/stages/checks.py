"""Checks: what programs report of a version, each under its own name, like the statuses of a commit."""

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import bindparam, select

from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.permissions import Permission
from app.core import clock
from app.core.errors import InvalidParameter
from app.core.key_rules import check_length
from app.db.statements import Statement
from app.db.transactions import db, upsert
from app.registry import access, queries
from app.stages.tables import CHECK_STATES, Check

CHECK = Check.__table__.c
LONGEST_NAME = 100
LONGEST_LINK = 2_000
LONGEST_SUMMARY = 2_000
_VALUES = ("state", "link", "summary", "at", "actor", "actor_id")


class CheckRow(NamedTuple):
    """What was last reported under a name; `state` is pending, passed or failed."""

    name: str
    state: str
    link: str | None
    summary: str | None
    at: int
    actor: str


_OF_VERSION = Statement(
    select(CHECK.name, CHECK.state, CHECK.link, CHECK.summary, CHECK.at, CHECK.actor)
    .where(CHECK.version_id == bindparam("version_id"))
    .order_by(CHECK.name)
)
_STATE = Statement(
    select(CHECK.state).where(CHECK.version_id == bindparam("version_id"), CHECK.name == bindparam("name"))
)


def _put():
    new = upsert(Check)
    values = {name: new.excluded[name] for name in _VALUES}
    return new.on_conflict_do_update(index_elements=["version_id", "name"], set_=values)


_PUT = Statement(_put, columns=("version_id", "name", *_VALUES))


def post(
    name: str,
    number: int | str,
    check: str,
    state: str,
    *,
    link: str | None = None,
    summary: str | None = None,
    actor: Actor,
) -> CheckRow:
    """Report the state of a check of a version, in place of what was reported under its name before.

    Raises `NotFound`, `PermissionDenied`, and `InvalidParameter` for a state that there is not, a link
    that is no address of the web, or a text that is too long.
    """
    _check_texts(check, state, link, summary)
    access.check(name, Permission.MODELS_CHECK, actor)
    row = queries.version_keys(name, number)
    made = CheckRow(check, state, link or None, summary or None, clock.now_ms(), actor.name)
    before = _STATE.scalar(version_id=row.id, name=check)
    _PUT.run(version_id=row.id, actor_id=actor.account_id, **made._asdict())
    recorder.record(
        Kind.CHECK_REPORTED,
        actor=actor,
        model_id=row.model_id,
        version_id=row.id,
        subject=check,
        before=before,
        after=state,
        comment=made.summary,
    )
    return made


def _check_texts(check: str, state: str, link: str | None, summary: str | None) -> None:
    check_name(check)
    if state not in CHECK_STATES:
        raise InvalidParameter(
            f"A check's state is one of {', '.join(CHECK_STATES)}, not '{state}'.", field="state"
        )
    if link:
        check_length("link", LONGEST_LINK, link, field="link")
        check_link(link)
    check_length("summary", LONGEST_SUMMARY, summary or "", field="summary")


def check_name(check: str, field: str = "check") -> str:
    """The name itself, if a check may carry it. Raises `InvalidParameter`."""
    if not check.strip() or not check.isprintable():
        raise InvalidParameter("A check needs a name of letters that can be seen.", field=field)
    check_length(field, LONGEST_NAME, check, field=field)
    return check


def check_link(link: str) -> str:
    """The link itself, if it leads to a page of the web and can be shown as one. Raises `InvalidParameter`."""
    try:
        parts = urlsplit(link)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fits = False
    if not fits or not link.isprintable() or " " in link:
        raise InvalidParameter("A check's link must begin with http:// or https://.", field="link")
    return link


def of_version(version_id: int) -> list[CheckRow]:
    """What was reported of a version, by name."""
    return [CheckRow(*row) for row in _OF_VERSION.rows(version_id=version_id)]


def of_versions(version_ids: Collection[int]) -> dict[int, list[CheckRow]]:
    """What was last reported about each of these versions, which the viewer was shown, in one statement."""
    found: dict[int, list[CheckRow]] = defaultdict(list)
    if version_ids:
        query = select(
            CHECK.version_id, CHECK.name, CHECK.state, CHECK.link, CHECK.summary, CHECK.at, CHECK.actor
        )
        query = query.where(CHECK.version_id.in_(version_ids)).order_by(CHECK.name)
        for version_id, *row in db.session.execute(query):
            found[version_id].append(CheckRow(*row))
    return found


def states(version_id: int) -> dict[str, str]:
    """The state of each check of a version."""
    return {row.name: row.state for row in of_version(version_id)}
