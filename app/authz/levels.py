"""How far somebody's rights on a model or an experiment go: one ladder for both.

A model uses every rung, an experiment READ, EDIT and MANAGE. The abilities of each are those of
Databricks' workspace registry; `app.authz.permissions` is the table of them.
"""

import enum


class Level(enum.IntEnum):
    """Each level includes those below it; the gaps leave room for levels in between.

    A stage carries the level that it takes to move a version in or out of it (`Stage.level`), so that
    further stages are guarded like one of the two, or like managing.
    """

    NONE = 0
    READ = 10
    EDIT = 20
    MANAGE_STAGING = 30
    MANAGE_PRODUCTION = 40
    MANAGE = 50

    @property
    def words(self) -> str:
        """What it is the right to, as the rest of a sentence."""
        return _WORDS[self]


_WORDS = {
    Level.NONE: "nothing",
    Level.READ: "read",
    Level.EDIT: "edit",
    Level.MANAGE_STAGING: "manage Staging versions",
    Level.MANAGE_PRODUCTION: "manage Production versions",
    Level.MANAGE: "manage",
}


# What somebody can be given on a registered model, and on an experiment, in rising order.
MODEL_LEVELS = (Level.READ, Level.EDIT, Level.MANAGE_STAGING, Level.MANAGE_PRODUCTION, Level.MANAGE)
EXPERIMENT_LEVELS = (Level.READ, Level.EDIT, Level.MANAGE)
