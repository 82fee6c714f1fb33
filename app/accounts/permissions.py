"""The one list of things a caller can be allowed to do. Every route names one of these.

Values read scope:action. In personal mode the local user has them all; `PUBLIC` is for what
answers before anybody is known, such as the health check.
"""

import enum


class Permission(enum.Enum):
    PUBLIC = "public"

    MODELS_READ = "models:read"
    MODELS_CREATE = "models:create"
    MODELS_EDIT = "models:edit"  # descriptions, tags, aliases, new versions
    MODELS_TRANSITION = "models:transition"
    MODELS_MANAGE = "models:manage"  # rename, delete

    EXPERIMENTS_READ = "experiments:read"
    EXPERIMENTS_CREATE = "experiments:create"
    EXPERIMENTS_EDIT = "experiments:edit"  # log runs, metrics, parameters, tags, artifacts
    EXPERIMENTS_MANAGE = "experiments:manage"  # rename, delete, restore
