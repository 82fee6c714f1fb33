"""Builds the SQL conditions for what a viewer may see, and the SQL expressions for the level that they have."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    CompoundSelect,
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
from app.authz.errors import ActionNotPermitted, LimitedTokenCannotCreate
from app.authz.levels import Level
from app.authz.permissions import Area, Permission, allowed
from app.authz.tables import Grant, Membership, TokenModel
from app.authz.viewer import viewer
from app.db.statements import Statement
from app.db.transactions import db

GRANT = Grant.__table__.c
MEMBERSHIP = Membership.__table__.c
TOKEN_MODEL = TokenModel.__table__.c

MAX_ROWS_TO_SORT = 3_000  # up to here, fetching and sorting rows is faster than walking a table in its order

# Taken from the viewer when the statement runs, unless it is given the parameters of another actor.
_ACCOUNT = bindparam("viewer_account", callable_=lambda: viewer().account_id or 0, type_=BigInteger)
_TOKEN = bindparam("viewer_token", callable_=lambda: _limited_token_id(viewer()), type_=BigInteger)
_ZERO: ColumnElement[int] = literal_column("0")
_READ: ColumnElement[int] = literal_column(str(int(Level.READ)))
_GROUPS = select(MEMBERSHIP.group_id).where(MEMBERSHIP.account_id == _ACCOUNT)
_EVERYONE = and_(GRANT.account_id.is_(None), GRANT.group_id.is_(None))
_PRINCIPAL = or_(GRANT.account_id == _ACCOUNT, _EVERYONE, GRANT.group_id.in_(_GROUPS))


def _limited_token_id(actor: Actor) -> int:
    return (actor.token_id or 0) if actor.is_limited else 0


class AreaAccess:
    """What accounts may do to the objects of one area: `column` is that of the grants with the ids of its objects."""

    def __init__(self, area: Area, column: Column[Any]):
        self.area = area
        self._column = column
        self._level_parameter = f"viewer_{area.value}"
        self._all = bindparam(
            self._level_parameter, callable_=lambda: int(self.level_on_all(viewer())), type_=Integer
        )
        self._insert = Statement(insert(Grant.__table__), columns=("area", column.key, "account_id", "level"))

    def level_on_all(self, actor: Actor) -> Level:
        """Returns the level that the actor has on every object of the area, without grants on single ones."""
        if actor.account_id is None or actor.is_admin:
            return Level.MANAGE
        return actor.models_level if self.area is Area.MODELS else actor.experiments_level

    def sees_all(self, actor: Actor) -> bool:
        """Returns whether nothing of the area is hidden from the actor, so that reads need no condition."""
        return not actor.is_limited and self.level_on_all(actor) >= Level.READ

    def may_see(self, object_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """Returns the condition for a look-up of one object: the viewer may read it."""
        return and_(self._within_limit(object_id), or_(self._all >= _READ, self.is_granted(object_id)))

    def is_granted(self, object_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """Returns the same condition for a viewer whose token is not limited, and who may not read all."""
        given = exists().where(self._column == object_id, GRANT.level >= _READ, _PRINCIPAL)
        return given.correlate_except(Grant.__table__)

    def may_see_in_list(self, object_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """Returns the same condition for lists: the viewer's grants are gathered once, not looked up row by row."""
        return and_(self._within_limit(object_id), or_(self._all >= _READ, object_id.in_(self._given())))

    def _given(self) -> CompoundSelect[Any]:
        """Returns the ids of the objects on which the viewer has a grant, with an index for each part."""
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
        """Returns whether the actor is limited to some models, and whether they could otherwise read all."""
        return actor.is_limited, self.level_on_all(actor) >= Level.READ

    def ids_by_kind(self) -> dict[tuple[bool, bool], list[Any]]:
        """Returns the sets whose intersection a viewer sees, for each kind of viewer from whom something is hidden.

        There is no entry for a token limited to some models in the area of experiments: it sees none.
        """
        given = {(False, False): [self._given()]}
        if self.area is not Area.MODELS:
            return given
        named = select(TOKEN_MODEL.model_id).where(TOKEN_MODEL.token_id == _TOKEN)
        return {**given, (True, True): [named], (True, False): [named, self._given()]}

    def _within_limit(self, object_id: ColumnElement[Any]) -> ColumnElement[bool]:
        """Returns the condition of a token limited to some models: those models, and no experiment."""
        if self.area is not Area.MODELS:
            return _TOKEN == _ZERO
        named = exists().where(TOKEN_MODEL.token_id == _TOKEN, TOKEN_MODEL.model_id == object_id)
        return or_(_TOKEN == _ZERO, named.correlate_except(TokenModel.__table__))

    def level(self, object_id: ColumnElement[Any]) -> ColumnElement[int]:
        """Returns an expression for the viewer's level by the grants on one object."""
        given = select(func.coalesce(func.max(GRANT.level), _ZERO)).where(
            self._column == object_id, _PRINCIPAL
        )
        return given.correlate_except(Grant.__table__, Membership.__table__).scalar_subquery()

    def reaches(self, object_id: ColumnElement[Any], needed: ColumnElement[int]) -> ColumnElement[bool]:
        """Returns a condition: the viewer's level on the object or everywhere is at least the one needed."""
        return or_(self._all >= needed, self.level(object_id) >= needed)

    def parameters_of(self, actor: Actor) -> dict[str, Any]:
        """Returns the parameters that make a statement apply to this actor instead of the viewer."""
        return {
            "viewer_account": actor.account_id or 0,
            "viewer_token": _limited_token_id(actor),
            self._level_parameter: int(self.level_on_all(actor)),
        }

    def check(self, permission: Permission, level: int, actor: Actor, target: str) -> None:
        """Raises `ActionNotPermitted` unless the level on the target, or the one on all, suffices for it."""
        if not allowed(permission, max(level, self.level_on_all(actor))):
            raise ActionNotPermitted(actor.name, permission, target)

    def readers_of(self, object_id: ColumnElement[Any]) -> "Readers":
        """Returns who may see the row of a single look-up: those who may read the object."""
        return Readers(self, object_id)

    def grant_to_creator(self, object_id: int, actor: Actor) -> None:
        """Lets the account that created an object manage it."""
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
        """Raises `LimitedTokenCannotCreate` for a token that is limited to some models."""
        if actor.is_limited:
            raise LimitedTokenCannotCreate()


MODELS = AreaAccess(Area.MODELS, GRANT.model_id)
EXPERIMENTS = AreaAccess(Area.EXPERIMENTS, GRANT.experiment_id)


class Readers:
    """Who may see one object: a `Visibility` for a `Statement`, at no cost for viewers who may read all.

    `object_id` is the column of the select that holds the id of the model or experiment.
    """

    def __init__(self, access: AreaAccess, object_id: ColumnElement[Any]):
        self._access = access
        self._object_id = object_id

    def forms(self, statement: Select[Any]) -> Mapping[str, Select[Any]]:
        """Returns the select for viewers who may read all, for those with single grants, and for limited tokens."""
        return {
            "all": statement,
            "given": statement.where(self._access.is_granted(self._object_id)),
            "limited": statement.where(self._access.may_see(self._object_id)),
        }

    def choose(self, values: dict[str, Any]) -> str:
        """Returns which form the current viewer gets, and adds the parameters it needs to `values`."""
        actor = viewer()
        if actor.is_limited:
            values |= self._access.parameters_of(actor)
            return "limited"
        if self._access.level_on_all(actor) >= Level.READ:
            return "all"
        values["viewer_account"] = actor.account_id
        return "given"


class Listed:
    """A select that lists what the viewer may see, in one of a few forms that are built once (see `Plan.fetch`).

    `object_id` is its column with the id of the model or experiment, `of_object` that of the rows it
    lists, where these belong to one.

    For a viewer with few grants, SQLite would walk past nearly every row to fill a page with what they may see.
    Without statistics it cannot know that, so the statement begins with their grants if these lead to few
    rows; PostgreSQL decides for itself. Measured with 200,000 models of one version each, 3 of them the
    viewer's: a page of versions takes 410 ms by walking the table, and less than 1 ms from the grants.
    """

    def __init__(
        self,
        statement: Select[Any],
        access: AreaAccess,
        object_id: ColumnElement[Any],
        of_object: ColumnElement[Any] | None = None,
    ):
        self._access = access
        self._open = statement
        self._walked = statement.where(access.may_see_in_list(object_id))
        self._from_grants = {
            kind: (
                statement.where(*(object_id.in_(ids) for ids in sets)),
                _exceeds_sorting(sets[0], of_object),
            )
            for kind, sets in access.ids_by_kind().items()
        }

    def for_viewer(self) -> Select[Any]:
        """Returns the statement for the current viewer."""
        actor = viewer()
        if self._access.sees_all(actor):
            return self._open
        from_grants, too_many = self._from_grants.get(self._access.kind_of(actor), (self._walked, None))
        is_sqlite = db.engine.dialect.name == "sqlite"
        return self._walked if too_many is not None and is_sqlite and too_many.first() else from_grants


def _exceeds_sorting(ids: Any, of_object: ColumnElement[Any] | None) -> Statement:
    """Returns a statement with a row if these objects have too many rows to begin with them."""
    given = ids.subquery()
    rows: Any = select(literal_column("1")).select_from(given)
    if of_object is not None:
        rows = rows.join(of_object.table, of_object == given.c[0])
    return Statement(rows.offset(literal_column(str(MAX_ROWS_TO_SORT))).limit(literal_column("1")))


def listed(access: AreaAccess, object_id: ColumnElement[Any]) -> Sequence[ColumnElement[bool]]:
    """Returns the conditions that a list of the area's objects, or of what belongs to them, needs for the viewer."""
    return () if access.sees_all(viewer()) else (access.may_see_in_list(object_id),)
