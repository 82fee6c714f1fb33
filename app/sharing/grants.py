"""Reads and changes grants: which account or group has which level on a model, an experiment, or a whole area.

People who manage an object grant levels on it, and may give up their own: administrators manage everything, so an
object that nobody else manages any more is not lost. Only administrators grant levels on a whole area.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Executable, bindparam, func, literal_column, select
from sqlalchemy import delete as sql_delete

from app.accounts import groups, queries
from app.audit import recorder
from app.audit.recorder import Kind
from app.authz.actors import Actor
from app.authz.administrators import ACCOUNT, GROUP, check_configures
from app.authz.levels import EXPERIMENT_LEVELS, MODEL_LEVELS, Level
from app.authz.permissions import Area, Permission
from app.authz.tables import Account, Grant, Group
from app.db.statements import Statement
from app.db.transactions import upsert
from app.registry import access
from app.registry import queries as registry
from app.sharing import errors
from app.tracking import access as tracking_access
from app.tracking import experiments

GRANT = Grant.__table__.c
LEVELS = {Area.MODELS: MODEL_LEVELS, Area.EXPERIMENTS: EXPERIMENT_LEVELS}
DEFAULT_EXPERIMENT = 0


class Principal(NamedTuple):
    """Whom a level can be granted to: an account, a group, or everyone. `kind` is user, service, group or everyone."""

    kind: str
    name: str
    account_id: int | None = None
    group_id: int | None = None

    @property
    def label(self) -> str:
        """The principal as the history names it."""
        return f"group {self.name}" if self.kind == "group" else self.name


EVERYONE = Principal("everyone", "everyone")


def principal_of_account(name: str) -> Principal:
    """Returns the living account of that name as a principal. Raises `AccountNotFound`."""
    row = queries.find(name)
    return Principal(row.kind, row.name, account_id=row.id)


def principal_of_group(name: str) -> Principal:
    """Returns the living group of that name as a principal. Raises `GroupNotFound`."""
    row = groups.find(name)
    return Principal("group", row.name, group_id=row.id)


class GrantRow(NamedTuple):
    """A grant as it is shown; `full_name` and `is_disabled` are those of an account."""

    principal: Principal
    level: Level
    full_name: str | None
    is_disabled: bool


class _Target(NamedTuple):
    """What a grant is on: a model, an experiment, or, with neither, the whole area."""

    area: Area
    model_id: int | None = None
    experiment_id: int | None = None

    def keys(self) -> dict[str, Any]:
        """Returns the target's values in the index of grants, where nothing is null."""
        experiment = -1 if self.experiment_id is None else self.experiment_id
        return {"in_area": self.area.value, "on_model": self.model_id or 0, "on_experiment": experiment}

    def columns(self) -> dict[str, Any]:
        return {"area": self.area.value, "model_id": self.model_id, "experiment_id": self.experiment_id}

    def describe(self, level: Level) -> str:
        """Returns the granted level as the history describes it."""
        is_all = self.model_id is None and self.experiment_id is None
        return f"{level.label} (all {self.area.value})" if is_all else level.label


# One level for each principal on each target: the unique index has these in place of columns that may be null.
_KEY = (
    GRANT.area,
    func.coalesce(GRANT.model_id, literal_column("0")),
    func.coalesce(GRANT.experiment_id, literal_column("-1")),
    func.coalesce(GRANT.account_id, literal_column("0")),
    func.coalesce(GRANT.group_id, literal_column("0")),
)
_NAMES = ("in_area", "on_model", "on_experiment", "to_account", "to_group")
_ONE_GRANT = [column == bindparam(name) for column, name in zip(_KEY, _NAMES, strict=True)]

_OF_OBJECT = Statement(
    select(
        ACCOUNT.kind,
        ACCOUNT.name.label("account_name"),
        GROUP.name.label("group_name"),
        GRANT.account_id,
        GRANT.group_id,
        GRANT.level,
        ACCOUNT.full_name,
        ACCOUNT.disabled_at,
    )
    .select_from(Grant.__table__)
    .outerjoin(Account.__table__, ACCOUNT.id == GRANT.account_id)
    .outerjoin(Group.__table__, GROUP.id == GRANT.group_id)
    .where(*_ONE_GRANT[:3], ACCOUNT.deleted_at.is_(None), GROUP.deleted_at.is_(None))
)
_LEVEL = Statement(select(GRANT.level).where(*_ONE_GRANT).with_for_update())
_DELETE = Statement(sql_delete(Grant.__table__).where(*_ONE_GRANT))
_NAME = registry.viewed(
    select(registry.MODEL.name).where(
        registry.MODEL.id == bindparam("by_id"), registry.MODEL.deleted_at.is_(None)
    )
)


def _upsert() -> Executable:
    statement = upsert(Grant)
    return statement.on_conflict_do_update(index_elements=_KEY, set_={"level": statement.excluded.level})


_UPSERT = Statement(_upsert, columns=("area", "model_id", "experiment_id", "account_id", "group_id", "level"))


def of_model(name: str) -> list[GrantRow]:
    """Returns the grants on the model itself, highest first. Raises `ModelNotFound`, `InvalidParameter`."""
    return _grants_on(_Target(Area.MODELS, model_id=registry.model_id(name)))


def model_name(model_id: int) -> str:
    """Returns the name of a living model that the viewer may read. Raises `ModelIdNotFound`."""
    name = _NAME.scalar(by_id=model_id) if abs(model_id) < 2**63 else None
    if name is None:
        raise errors.ModelIdNotFound(model_id)
    return name


def of_experiment(experiment_id: int) -> list[GrantRow]:
    """Returns the grants on the experiment itself, highest first. Raises `ExperimentNotFound`."""
    return _grants_on(_Target(Area.EXPERIMENTS, experiment_id=experiments.find(experiment_id).id))


def of_area(area: Area) -> list[GrantRow]:
    """Returns the grants on all models, or on all experiments, highest first."""
    return _grants_on(_Target(area))


def _grants_on(target: _Target) -> list[GrantRow]:
    rows = []
    for row in _OF_OBJECT.rows(**target.keys()):
        principal = EVERYONE
        if row.account_id is not None:
            principal = Principal(row.kind, row.account_name, account_id=row.account_id)
        elif row.group_id is not None:
            principal = Principal("group", row.group_name, group_id=row.group_id)
        rows.append(GrantRow(principal, Level(row.level), row.full_name, row.disabled_at is not None))
    return sorted(rows, key=lambda row: (-row.level, row.principal.kind, row.principal.name.casefold()))


def set_on_model(name: str, principal: Principal, level: Level | None, *, actor: Actor) -> list[GrantRow]:
    """Gives the principal this level on the model in place of any other, or takes it away where it is None.

    Returns the grants on the model, which the actor may not be able to look up any more. Raises `ModelNotFound`,
    `LevelNotGrantable`, and `PermissionDenied` unless the actor manages the model.
    """
    return change_on_model(name, {principal: level}, actor=actor)


def change_on_model(name: str, levels: Mapping[Principal, Level | None], *, actor: Actor) -> list[GrantRow]:
    """Does what `set_on_model` does for several principals at once; others keep what they have."""
    return _write(_model(name, actor), levels, actor)


def replace_on_model(name: str, levels: Mapping[Principal, Level], *, actor: Actor) -> list[GrantRow]:
    """Makes these all the grants on the model; other principals lose what they had there."""
    return _replace(_model(name, actor), levels, actor)


def _model(name: str, actor: Actor) -> _Target:
    access.check(name, Permission.MODELS_MANAGE, actor)
    return _Target(Area.MODELS, model_id=registry.model_id(name))


def set_on_experiment(
    experiment_id: int, principal: Principal, level: Level | None, *, actor: Actor
) -> list[GrantRow]:
    """Does what `set_on_model` does, on an experiment and what was logged to it."""
    return _write(_experiment(experiment_id, actor), {principal: level}, actor)


def _experiment(experiment_id: int, actor: Actor) -> _Target:
    tracking_access.check_experiment(experiment_id, Permission.EXPERIMENTS_SHARE, actor)
    return _Target(Area.EXPERIMENTS, experiment_id=experiments.find(experiment_id).id)


def set_on_area(area: Area, principal: Principal, level: Level | None, *, actor: Actor) -> list[GrantRow]:
    """Does what `set_on_model` does, on all models or all experiments, future ones included; for administrators."""
    return change_on_area(area, {principal: level}, actor=actor)


def change_on_area(area: Area, levels: Mapping[Principal, Level | None], *, actor: Actor) -> list[GrantRow]:
    """Does what `set_on_area` does for several principals at once; others keep what they have."""
    check_configures(actor)
    return _write(_Target(area), levels, actor)


def replace_on_area(area: Area, levels: Mapping[Principal, Level], *, actor: Actor) -> list[GrantRow]:
    """Makes these all the grants on the whole area; other principals lose what they had there."""
    check_configures(actor)
    return _replace(_Target(area), levels, actor)


def open_default_experiment(actor: Actor) -> None:
    """Lets everyone log to the experiment Default, which clients use that name no experiment."""
    _write(_Target(Area.EXPERIMENTS, experiment_id=DEFAULT_EXPERIMENT), {EVERYONE: Level.EDIT}, actor)


def _replace(target: _Target, levels: Mapping[Principal, Level], actor: Actor) -> list[GrantRow]:
    gone = {row.principal: None for row in _grants_on(target) if row.principal not in levels}
    return _write(target, {**gone, **levels}, actor)


def _write(target: _Target, levels: Mapping[Principal, Level | None], actor: Actor) -> list[GrantRow]:
    for level in levels.values():
        if level is not None and level not in LEVELS[target.area]:
            raise errors.LevelNotGrantable(level.label, target.area.value)
    rows = []
    for principal, level in levels.items():
        key = {**target.keys(), "to_account": principal.account_id or 0, "to_group": principal.group_id or 0}
        before = _LEVEL.scalar(**key)
        if level is None:
            _DELETE.run(**key)
        elif level != before:
            _UPSERT.run(
                **target.columns(),
                account_id=principal.account_id,
                group_id=principal.group_id,
                level=int(level),
            )
        if (level or 0) != (before or 0):
            kind = Kind.RIGHTS_REMOVED if level is None else Kind.RIGHTS_GIVEN
            rows.append(
                {
                    "kind": kind.value,
                    **recorder.by(actor),
                    "model_id": target.model_id,
                    "experiment_id": target.experiment_id,
                    "subject": principal.label,
                    "before": None if before is None else target.describe(Level(before)),
                    "after": None if level is None else target.describe(level),
                }
            )
    recorder.record_all(rows)
    return _grants_on(target)
