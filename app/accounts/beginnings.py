"""How a registry becomes a team's: the first administrator, and what everyone may see from the start."""

from sqlalchemy import bindparam, select

from app.accounts import accounts, grants, reads
from app.accounts.actors import Actor
from app.accounts.levels import Level
from app.accounts.permissions import Area
from app.accounts.reads import AccountRow
from app.errors import InvalidState
from app.prepared import Prepared
from app.tracking.models import Experiment

# A row that every registry has: of two who begin at once, the second waits and then finds the first.
_EXPERIMENT = Experiment.__table__.c
_LOCK = Prepared(select(_EXPERIMENT.id).where(_EXPERIMENT.id == bindparam("by_id")).with_for_update())


def set_up_team(
    name: str, password: str, *, full_name: str | None = None, everyone_reads: bool = False, actor: Actor
) -> AccountRow:
    """Make the first account, an administrator's, with which signing in begins.

    With `everyone_reads`, whoever has an account may read every model and experiment. Raises
    `InvalidState` once there has been any account, and else as `accounts.create`.
    """
    _LOCK.first(by_id=grants.DEFAULT_EXPERIMENT)
    if reads.ANY.first() is not None:
        raise InvalidState("This registry has its accounts already.")
    made = accounts.create(name, password=password, is_admin=True, full_name=full_name, actor=actor)
    if everyone_reads:
        for area in (Area.MODELS, Area.EXPERIMENTS):
            grants.set_everywhere(area, grants.EVERYONE, Level.READ, actor=actor)
    return made
