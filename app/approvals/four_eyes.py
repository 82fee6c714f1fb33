"""Who is one with the requester of a stage change, and so cannot give the approval that the rule wants from others.

A rule that does not count the requester's own approval means four eyes. So it does not count that of the version's
author, of the author of its run, of whoever made the token that the request came through, and of the creator of the
service account that requested; nor an approval through a token that one of these made. An approval through a token
that another person made for the approver is nobody's own, and never counts.
"""

import enum
import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select

from app.accounts.names import key_of
from app.accounts.tables import Token
from app.approvals.queries import RequestRow
from app.authz.actors import Actor
from app.authz.administrators import ACCOUNT
from app.db.statements import Statement, each_of
from app.registry.queries import VersionRow
from app.tracking.tables import Run

_RUN = Run.__table__.c
_TOKEN = Token.__table__.c


class Part(enum.Enum):
    """What somebody had to do with a request, so that their approval of it is not another's."""

    REQUESTER = "requester"
    VERSION_AUTHOR = "version author"
    RUN_AUTHOR = "run author"
    TOKEN_MAKER = "token maker"  # noqa: S105  (the name of a part)
    SERVICE_CREATOR = "service creator"
    OTHERS_TOKEN = "other's token"  # noqa: S105  the approval came through a token that a party made


class _RunAuthor(NamedTuple):
    uuid: str
    created_by: str


class _TokenMaker(NamedTuple):
    maker_id: int | None
    kind: str


_RUN_AUTHORS = Statement(
    lambda: select(_RUN.uuid, _RUN.created_by).where(_RUN.uuid.in_(each_of("uuids", str))), _RunAuthor
)
_MAKER = Statement(
    select(_TOKEN.created_by_id.label("maker_id"), ACCOUNT.kind)
    .join_from(Token.__table__, ACCOUNT.id.table, ACCOUNT.id == _TOKEN.account_id)
    .where(_TOKEN.id == bindparam("token_id")),
    _TokenMaker,
)
_SERVICE_CREATOR = Statement(
    select(ACCOUNT.created_by).where(ACCOUNT.id == bindparam("account_id"), ACCOUNT.kind == "service")
)
_ID_OF = Statement(
    select(ACCOUNT.id).where(ACCOUNT.name_key == bindparam("name_key"), ACCOUNT.deleted_at.is_(None))
)


class Parties(NamedTuple):
    """Those who are one with a request: by the key of their account, or by the key of their name."""

    accounts: Mapping[int, Part]
    names: Mapping[str, Part]

    def part_of(self, account_id: int | None, name: str, token_maker_id: int | None) -> Part | None:
        """Returns the part that somebody has in the request, who came through a token that `token_maker_id` made."""
        if account_id is None:
            return None  # the operator, whom rules do not bind
        part = self.accounts.get(account_id) or self.names.get(key_of(name))
        if part is None and token_maker_id in self.accounts:
            return Part.OTHERS_TOKEN
        return part


class Origin(NamedTuple):
    """Through whose token somebody comes: the account that made it, where that is another one.

    It is borrowed where a person comes through a token that another account made for them; the operator of the
    server, who is bound by no rule, makes tokens for everybody.
    """

    token_maker_id: int | None = None
    is_borrowed: bool = False


def origin_of(actor: Actor) -> Origin:
    """Returns through whose token the actor comes."""
    token = None if actor.token_id is None else _MAKER.first(token_id=actor.token_id)
    if token is None or token.maker_id in (None, actor.account_id):
        return Origin()
    return Origin(token.maker_id, is_borrowed=token.kind == "user")


def service_creator_of(actor: Actor) -> int | None:
    """Returns the account that created the service account by which the actor comes; None for a person."""
    creator = None if actor.account_id is None else _SERVICE_CREATOR.scalar(account_id=actor.account_id)
    return None if creator is None else _ID_OF.scalar(name_key=key_of(creator))


def parties_of_each(requests: Sequence[RequestRow], versions: Mapping[int, VersionRow]) -> dict[int, Parties]:
    """Returns those who are one with each request, by its id, in one statement; `versions` has theirs by id."""
    uuids = {version.run_uuid for version in versions.values() if version.run_uuid}
    authors = {}
    if uuids:
        authors = {row.uuid: row.created_by for row in _RUN_AUTHORS.rows(uuids=json.dumps(sorted(uuids)))}
    return {
        request.id: _parties(request, version, authors.get(version.run_uuid or ""))
        for request in requests
        for version in [versions[request.version_id]]
    }


def parties_of(request: RequestRow, version: VersionRow) -> Parties:
    """Returns those who are one with the request."""
    return parties_of_each([request], {version.id: version})[request.id]


def _parties(request: RequestRow, version: VersionRow, run_author: str | None) -> Parties:
    accounts = {
        request.service_creator_id: Part.SERVICE_CREATOR,
        request.token_maker_id: Part.TOKEN_MAKER,
        request.requester_id: Part.REQUESTER,
    }
    names = {} if run_author is None else {key_of(run_author): Part.RUN_AUTHOR}
    names[key_of(version.created_by)] = Part.VERSION_AUTHOR
    return Parties({key: part for key, part in accounts.items() if key is not None}, names)
