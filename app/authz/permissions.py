"""The one list of things a caller can be allowed to do, and the one table of what each takes.

Every route names one of these. Values read scope:action. In personal mode the local user has them all.
"""

import enum
from typing import NamedTuple

from app.authz.levels import Level


class Permission(enum.Enum):
    PUBLIC = "public"  # answers before anybody is known, such as the health check
    WHOAMI = "whoami"  # who one is, which whoever holds a token may ask
    ACCOUNT = "account"  # one's own account, tokens and sessions
    ADMINISTER = "administer"  # other people's accounts, groups, the registry as a whole

    MODELS_READ = "models:read"
    MODELS_REQUEST = "models:request"  # ask for a stage, comment
    MODELS_CREATE = "models:create"
    MODELS_EDIT = "models:edit"  # descriptions, tags, aliases, new versions
    MODELS_CHECK = "models:check"  # report checks of versions
    MODELS_TRANSITION = "models:transition"
    MODELS_MANAGE = "models:manage"  # rename, delete, give rights

    EXPERIMENTS_READ = "experiments:read"
    EXPERIMENTS_CREATE = "experiments:create"
    EXPERIMENTS_EDIT = "experiments:edit"  # log runs, metrics, parameters, tags, artifacts
    EXPERIMENTS_MANAGE = "experiments:manage"  # rename, delete, restore, give rights


class Scope(enum.Enum):
    """What a token may be used for at most; each of the others includes reading."""

    READ = "read"
    WRITE = "write"
    STAGE = "stage"
    CHECKS = "checks"


class Area(enum.Enum):
    """What a right is about."""

    NOTHING = "nothing"  # no object: the account, the server
    MODELS = "models"
    EXPERIMENTS = "experiments"


class Rule(NamedTuple):
    """What a permission takes: a level on the object (NONE where there is none yet), and a token's scope.

    `scope` None is for what no token with scopes may do. `words` say what it allows.
    """

    area: Area
    level: Level
    scope: Scope | None
    words: str


RULES: dict[Permission, Rule] = {
    Permission.PUBLIC: Rule(Area.NOTHING, Level.NONE, Scope.READ, "See whether the server runs"),
    Permission.WHOAMI: Rule(Area.NOTHING, Level.NONE, Scope.READ, "Ask who one is"),
    Permission.ACCOUNT: Rule(Area.NOTHING, Level.NONE, None, "Keep one's own account, tokens and sessions"),
    Permission.ADMINISTER: Rule(
        Area.NOTHING, Level.NONE, None, "Keep everybody's accounts, groups and rights"
    ),
    Permission.MODELS_READ: Rule(
        Area.MODELS, Level.READ, Scope.READ, "See the model, its versions, requests and files"
    ),
    Permission.MODELS_REQUEST: Rule(Area.MODELS, Level.READ, Scope.STAGE, "Ask for a stage, comment"),
    Permission.MODELS_CREATE: Rule(Area.MODELS, Level.NONE, Scope.WRITE, "Make models"),
    Permission.MODELS_EDIT: Rule(
        Area.MODELS, Level.EDIT, Scope.WRITE, "Add versions; edit descriptions, tags and aliases"
    ),
    Permission.MODELS_CHECK: Rule(Area.MODELS, Level.EDIT, Scope.CHECKS, "Report checks of versions"),
    Permission.MODELS_TRANSITION: Rule(
        Area.MODELS, Level.MANAGE_STAGING, Scope.STAGE, "Move versions between stages, decide requests"
    ),
    Permission.MODELS_MANAGE: Rule(
        Area.MODELS, Level.MANAGE, Scope.WRITE, "Rename and delete the model, delete versions, give rights"
    ),
    Permission.EXPERIMENTS_READ: Rule(
        Area.EXPERIMENTS, Level.READ, Scope.READ, "See the experiment, its runs and their files"
    ),
    Permission.EXPERIMENTS_CREATE: Rule(Area.EXPERIMENTS, Level.NONE, Scope.WRITE, "Make experiments"),
    Permission.EXPERIMENTS_EDIT: Rule(
        Area.EXPERIMENTS, Level.EDIT, Scope.WRITE, "Log runs, metrics, parameters, tags and files"
    ),
    Permission.EXPERIMENTS_MANAGE: Rule(
        Area.EXPERIMENTS, Level.MANAGE, Scope.WRITE, "Rename, delete and restore; delete files; give rights"
    ),
}


def allowed(permission: Permission, level: Level | int) -> bool:
    """Whether somebody of that level on the object has the permission on it."""
    return level >= RULES[permission].level


def may_move(level: Level | int, *stages: Level | int) -> bool:
    """Whether somebody of that level on the model may move a version between stages of those levels."""
    return level >= max((RULES[Permission.MODELS_TRANSITION].level, *stages))


def covers(scopes: frozenset[Scope] | None, permission: Permission) -> bool:
    """Whether a token with these scopes may be used for it; None is a token, or a person, without limits."""
    if scopes is None or permission is Permission.PUBLIC:
        return True
    wanted = RULES[permission].scope
    return bool(scopes) if wanted is Scope.READ else wanted in scopes
