"""The list of permissions, and the table of what each requires.

Every route names one of these. Values read scope:action. In personal mode the local user has them all.
"""

import enum
from typing import NamedTuple

from app.authz.levels import Level


class Permission(enum.Enum):
    PUBLIC = "public"  # needs no sign-in, such as the health check
    WHOAMI = "whoami"  # who is signed in; any token may ask
    ACCOUNT = "account"  # one's own account, tokens and sessions
    ADMINISTER = "administer"  # other people's accounts, the registry as a whole
    SETTINGS = "settings"  # stages, their rules, groups: what can live in a file
    AUDIT = "audit"  # the audit log

    MODELS_READ = "models:read"
    MODELS_REQUEST = "models:request"  # request a stage change, comment
    MODELS_CREATE = "models:create"
    MODELS_EDIT = "models:edit"  # descriptions, tags, aliases, new versions
    MODELS_CHECK = "models:check"  # report checks of versions
    MODELS_TRANSITION = "models:transition"
    MODELS_MANAGE = "models:manage"  # rename, delete, grant permissions

    EXPERIMENTS_READ = "experiments:read"
    EXPERIMENTS_CREATE = "experiments:create"
    EXPERIMENTS_EDIT = "experiments:edit"  # log runs, metrics, parameters, tags, artifacts
    EXPERIMENTS_MANAGE = "experiments:manage"  # rename, delete, restore
    EXPERIMENTS_SHARE = "experiments:share"  # grant permissions


class Scope(enum.Enum):
    """The most that a token may be used for; every scope includes reading."""

    READ = "read"
    WRITE = "write"
    STAGE = "stage"
    CHECKS = "checks"
    MANAGE = "manage"
    AUDIT = "audit"


class Area(enum.Enum):
    """The kind of objects that a permission or grant is about."""

    NOTHING = "nothing"  # no object: the account, the server
    MODELS = "models"
    EXPERIMENTS = "experiments"


class PermissionSpec(NamedTuple):
    """What a permission requires: a level on the object (NONE if there is none yet), and a token's scope.

    `scope` is None for what no token with scopes may do. `description` says what the permission allows.
    """

    area: Area
    level: Level
    scope: Scope | None
    description: str


PERMISSION_SPECS: dict[Permission, PermissionSpec] = {
    Permission.PUBLIC: PermissionSpec(
        Area.NOTHING, Level.NONE, Scope.READ, "Check whether the server is running"
    ),
    Permission.WHOAMI: PermissionSpec(Area.NOTHING, Level.NONE, Scope.READ, "See who is signed in"),
    Permission.ACCOUNT: PermissionSpec(
        Area.NOTHING, Level.NONE, None, "Manage one's own account, tokens and sessions"
    ),
    Permission.ADMINISTER: PermissionSpec(
        Area.NOTHING, Level.NONE, None, "Manage accounts, groups and permissions"
    ),
    Permission.SETTINGS: PermissionSpec(
        Area.NOTHING, Level.NONE, Scope.MANAGE, "Manage stages, rules and groups as an administrator"
    ),
    Permission.AUDIT: PermissionSpec(
        Area.NOTHING, Level.NONE, Scope.AUDIT, "Read the audit log as an administrator"
    ),
    Permission.MODELS_READ: PermissionSpec(
        Area.MODELS, Level.READ, Scope.READ, "See the model, its versions, requests and files"
    ),
    Permission.MODELS_REQUEST: PermissionSpec(
        Area.MODELS, Level.READ, Scope.STAGE, "Request a stage change, comment"
    ),
    Permission.MODELS_CREATE: PermissionSpec(Area.MODELS, Level.NONE, Scope.WRITE, "Create models"),
    Permission.MODELS_EDIT: PermissionSpec(
        Area.MODELS, Level.EDIT, Scope.WRITE, "Add versions; edit descriptions, tags and aliases"
    ),
    Permission.MODELS_CHECK: PermissionSpec(
        Area.MODELS, Level.EDIT, Scope.CHECKS, "Report checks of versions"
    ),
    Permission.MODELS_TRANSITION: PermissionSpec(
        Area.MODELS, Level.MANAGE_STAGING, Scope.STAGE, "Move versions between stages, decide requests"
    ),
    Permission.MODELS_MANAGE: PermissionSpec(
        Area.MODELS,
        Level.MANAGE,
        Scope.MANAGE,
        "Rename and delete the model, delete versions, grant permissions",
    ),
    Permission.EXPERIMENTS_READ: PermissionSpec(
        Area.EXPERIMENTS, Level.READ, Scope.READ, "See the experiment, its runs and their files"
    ),
    Permission.EXPERIMENTS_CREATE: PermissionSpec(
        Area.EXPERIMENTS, Level.NONE, Scope.WRITE, "Create experiments"
    ),
    Permission.EXPERIMENTS_EDIT: PermissionSpec(
        Area.EXPERIMENTS, Level.EDIT, Scope.WRITE, "Log runs, metrics, parameters, tags and files"
    ),
    Permission.EXPERIMENTS_MANAGE: PermissionSpec(
        Area.EXPERIMENTS,
        Level.MANAGE,
        Scope.WRITE,
        "Rename, delete and restore; delete files",
    ),
    Permission.EXPERIMENTS_SHARE: PermissionSpec(
        Area.EXPERIMENTS, Level.MANAGE, Scope.MANAGE, "Grant permissions on the experiment"
    ),
}


# What only administrators may do; with a token only where its scope says so.
FOR_ADMINISTRATORS = frozenset({Permission.ADMINISTER, Permission.SETTINGS, Permission.AUDIT})


def allowed(permission: Permission, level: Level | int) -> bool:
    """Returns whether this level on an object includes the permission on it."""
    return level >= PERMISSION_SPECS[permission].level


def may_move(level: Level | int, *stages: Level | int) -> bool:
    """Returns whether this level on a model allows moving a version between stages of those levels."""
    return level >= max((PERMISSION_SPECS[Permission.MODELS_TRANSITION].level, *stages))


def covers(scopes: frozenset[Scope] | None, permission: Permission) -> bool:
    """Returns whether a token with these scopes may be used for it; None is a token, or a person, without scopes."""
    if scopes is None or permission is Permission.PUBLIC:
        return True
    required_scope = PERMISSION_SPECS[permission].scope
    return bool(scopes) if required_scope is Scope.READ else required_scope in scopes
