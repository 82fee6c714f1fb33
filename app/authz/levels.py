"""The levels of access to a model or an experiment: one scale for both.

Models use every level, experiments READ, EDIT and MANAGE. What each level allows follows Databricks'
workspace registry; `app.authz.permissions` has the table.
"""

import enum


class Level(enum.IntEnum):
    """Each level includes those below it; the gaps leave room for levels in between.

    A stage has the level that moving a version into or out of it requires (`Stage.level`), so that
    further stages are guarded like Staging, like Production, or like managing.
    """

    NONE = 0
    READ = 10
    EDIT = 20
    MANAGE_STAGING = 30
    MANAGE_PRODUCTION = 40
    MANAGE = 50

    @property
    def label(self) -> str:
        """What the level allows, as a verb for the rest of a sentence."""
        return _LABELS[self]


_LABELS = {
    Level.NONE: "nothing",
    Level.READ: "read",
    Level.EDIT: "edit",
    Level.MANAGE_STAGING: "manage Staging versions",
    Level.MANAGE_PRODUCTION: "manage Production versions",
    Level.MANAGE: "manage",
}


# The levels that can be granted on a registered model and on an experiment, in ascending order.
MODEL_LEVELS = (Level.READ, Level.EDIT, Level.MANAGE_STAGING, Level.MANAGE_PRODUCTION, Level.MANAGE)
EXPERIMENT_LEVELS = (Level.READ, Level.EDIT, Level.MANAGE)
