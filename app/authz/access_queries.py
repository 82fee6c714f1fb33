"""What an account may do to which model and experiment, asked of the database.

Reads show what the viewer may see: their statements carry the conditions made here. Verbs ask for the
actor's level on the object. Nobody's rights on single objects are remembered from one request to the next.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    union_all,
)

from app.authz.actors import Actor
from app.authz.levels import Level
from app.authz.permissions import RULES, Area, Permission, allowed
from app.authz.tables import Grant, Membership, TokenModel
from app.authz.viewer import viewer
from app.core.errors import PermissionDenied
from app.db.statements import Statement
from app.db.transactions import db

GRANT = Grant.__table__.c
MEMBERSHIP = Membership.__table__.c
LIMIT = TokenModel.__table__.c

FEW = 3_000  # rows that are sooner fetched and sorted than a table walked in its order

# Read from the viewer when the statement runs, unless the statement is asked for somebody else.
_ACCOUNT = bindparam("viewer_account", callable_=lambda: viewer().account_id or 0, type_=BigInteger)
_TOKEN = bindparam("viewer_token", callable_=lambda: _limit_of(viewer()), type_=BigInteger)
_ZERO: ColumnElement[int] = literal_column("0")
_READ: ColumnElement[int] = literal_column(str(int(Level.READ)))
_GROUPS = select(MEMBERSHIP.group_id).where(MEMBERSHIP.account_id == _ACCOUNT)
_EVERYONE = and_(GRANT.account_id.is_(None), GRANT.group_id.is_(None))
_PRINCIPAL = or_(GRANT.account_id == _ACCOUNT, _EVERYONE, GRANT.group_id.in_(_GROUPS))


def _limit_of(actor: Actor) -> int:
    return (actor.token_id or 0) if actor.is_limited else 0


class Rights:
    """The rights of one area: `column` of the grants names its objects."""

    def __init__(self, area: Area, column: ColumnElement[Any]):
        self.area = area
        self._column = column
        self._everywhere = f"viewer_{area.value}"
        self._all = bindparam(
            self._everywhere, callable_=lambda: int(self.everywhere(viewer())), type_=Integer
        )
        self._insert = Statement(insert(Grant.__table__), columns=("area", column.key, "account_id", "level"))

    def everywhere(self, actor: Actor) -> Level:
        """The level that the actor has on every object of the area, whatever was given on each."""
        if actor.account_id is None or actor.is_admin:
            return Level.MANAGE
        return actor.models_level if self.area is Area.MODELS else actor.experiments_level

    def sees_all(self, actor: Actor) -> bool:
        """Whether nothing of the area is hidden from the actor, so that reads need no condition."""
        return not actor.is_limited and self.everywhere(actor) >= Level.READ

    def may_see(self, object_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """A condition for the look-up of single objects: the viewer may read this one."""
        return and_(self._within_limit(object_id), or_(self._all >= _READ, self.is_given(object_id)))

    def is_given(self, object_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """The same for a viewer whose token is not limited, and who may not read all."""
        given = exists().where(self._column == object_id, GRANT.level >= _READ, _PRINCIPAL)
        return given.correlate_except(Grant.__table__)

    def among(self, object_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """The same condition for lists: what the viewer was given is gathered once, not asked row by row."""
        return and_(self._within_limit(object_id), or_(self._all >= _READ, object_id.in_(self._given())))

    def _given(self) -> Any:
        column, readable = self._column, GRANT.level >= _READ
        by_group = select(column).join_from(
            Membership.__table__, Grant.__table__, GRANT.group_id == MEMBERSHIP.group_id
        )
        return union_all(
            select(column).where(GRANT.account_id == _ACCOUNT, column.is_not(None), readable),
            select(column).where(_EVERYONE, column.is_not(None), readable),
            by_group.where(MEMBERSHIP.account_id == _ACCOUNT, column.is_not(None), readable),
        )

    def kind_of(self, actor: Actor) -> tuple[bool, bool]:
        """Whether the actor is limited to some models, and whether they may read all but for that."""
        return actor.is_limited, self.everywhere(actor) >= Level.READ

    def ids_by_kind(self) -> dict[tuple[bool, bool], list[Any]]:
        """For each kind of viewer from whom something is hidden, the sets in which what they see is.

        None for experiments and a token for some models, which sees none.
        """
        given = {(False, False): [self._given()]}
        if self.area is not Area.MODELS:
            return given
        named = select(LIMIT.model_id).where(LIMIT.token_id == _TOKEN)
        return {**given, (True, True): [named], (True, False): [named, self._given()]}

    def _within_limit(self, object_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """What a token for some models leaves of the area: those models, and no experiment."""
        if self.area is not Area.MODELS:
            return _TOKEN == _ZERO
        named = exists().where(LIMIT.token_id == _TOKEN, LIMIT.model_id == object_id)
        return or_(_TOKEN == _ZERO, named.correlate_except(TokenModel.__table__))

    def level(self, object_id: ColumnElement[Any]) -> ColumnElement[int]:
        """An expression for the viewer's level on an object, as far as it was given on it or everywhere."""
        given = select(func.coalesce(func.max(GRANT.level), _ZERO)).where(
            self._column == object_id, _PRINCIPAL
        )
        return given.correlate_except(Grant.__table__, Membership.__table__).scalar_subquery()

    def reaches(self, object_id: ColumnElement[Any], needed: ColumnElement[int]) -> ColumnElement[bool]:
        """A condition: the viewer's level on the object, given on it or everywhere, is at least the one needed."""
        return or_(self._all >= needed, self.level(object_id) >= needed)

    def asked_for(self, actor: Actor) -> dict[str, Any]:
        """The parameters with which a statement asks for this actor instead of the viewer."""
        return {
            "viewer_account": actor.account_id or 0,
            "viewer_token": _limit_of(actor),
            self._everywhere: int(self.everywhere(actor)),
        }

    def check(self, permission: Permission, level: int, actor: Actor, thing: str) -> None:
        """Raise `PermissionDenied` unless the level given on a thing, or that on all, is enough for it."""
        if not allowed(permission, max(level, self.everywhere(actor))):
            words = RULES[permission].words
            raise PermissionDenied(
                f"{actor.name} has no right to do this to {thing}: it takes the right to "
                f"{words[0].lower()}{words[1:]}."
            )

    def readers_of(self, object_id: ColumnElement[Any]) -> "Readers":
        """Returns whom a single look-up shows its row to: those who may read the object."""
        return Readers(self, object_id)

    def give_creator(self, object_id: int, actor: Actor) -> None:
        """Let the account that made an object manage it."""
        if actor.account_id is not None:
            self._insert.run(
                **{
                    "area": self.area.value,
                    self._column.key: object_id,
                    "account_id": actor.account_id,
                    "level": int(Level.MANAGE),
                }
            )

    def check_may_create(self, actor: Actor) -> None:
        """Raise `PermissionDenied` for a token that is good for some models only."""
        if actor.is_limited:
            raise PermissionDenied("This token is for certain models only, so it cannot make anything new.")


MODELS = Rights(Area.MODELS, GRANT.model_id)
EXPERIMENTS = Rights(Area.EXPERIMENTS, GRANT.experiment_id)


class Readers:
    """The viewers of one object: a `Visibility` for a `Statement`, which costs nothing for who may read all.

    `object_id` is the column of the select that holds the id of the model or experiment.
    """

    def __init__(self, rights: Rights, object_id: ColumnElement[Any]):
        self._rights = rights
        self._object_id = object_id

    def forms(self, statement: Select[Any]) -> Mapping[str, Select[Any]]:
        """Returns the select for who may read all, for who was given some, and for a limited token."""
        return {
            "all": statement,
            "given": statement.where(self._rights.is_given(self._object_id)),
            "limited": statement.where(self._rights.may_see(self._object_id)),
        }

    def choose(self, values: dict[str, Any]) -> str:
        """Returns which form the present viewer gets; what it asks about them joins the `values`."""
        actor = viewer()
        if actor.is_limited:
            values |= self._rights.asked_for(actor)
            return "limited"
        if self._rights.everywhere(actor) >= Level.READ:
            return "all"
        values["viewer_account"] = actor.account_id
        return "given"


class Listed:
    """A select that lists what the viewer may see; the same few objects each time (see `Plan.fetch`).

    `object_id` is its column with the id of the model or experiment, `of_object` that of the rows it
    lists, where these belong to one.

    A viewer who was given little would have SQLite walk past nearly every row on the way to a page of what
    they may see. Without statistics it cannot know, so it is told to begin with what they were given
    if that is not many rows; PostgreSQL decides for itself. Measured with 200,000 models of one version
    each, 3 of them the viewer's: a page of versions 410 ms by walking, less than one from the grants.
    """

    def __init__(
        self,
        statement: Select[Any],
        rights: Rights,
        object_id: ColumnElement[Any],
        of_object: ColumnElement[Any] | None = None,
    ):
        self._rights = rights
        self._open = statement
        self._walked = statement.where(rights.among(object_id))
        self._begun = {
            kind: (statement.where(*(object_id.in_(ids) for ids in sets)), _many(sets[0], of_object))
            for kind, sets in rights.ids_by_kind().items()
        }

    def shown(self) -> Select[Any]:
        """The statement for the present viewer."""
        actor = viewer()
        if self._rights.sees_all(actor):
            return self._open
        begun, many = self._begun.get(self._rights.kind_of(actor), (self._walked, None))
        is_sqlite = db.engine.dialect.name == "sqlite"
        return self._walked if many is not None and is_sqlite and many.first() else begun


def _many(ids: Any, of_object: ColumnElement[Any] | None) -> Statement:
    """A row where there are too many rows of these objects to begin with them."""
    given = ids.subquery()
    rows: Any = select(literal_column("1")).select_from(given)
    if of_object is not None:
        rows = rows.join(of_object.table, of_object == given.c[0])
    return Statement(rows.offset(literal_column(str(FEW))).limit(literal_column("1")))


def listed(rights: Rights, object_id: ColumnElement[Any]) -> Sequence[ColumnElement[bool]]:
    """The conditions that a list of the area's objects, or of what belongs to them, adds for the viewer."""
    return () if rights.sees_all(viewer()) else (rights.among(object_id),)
