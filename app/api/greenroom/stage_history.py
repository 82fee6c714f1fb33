"""Greenroom's call for the versions that held a model's stages, and had its aliases, at a moment."""

from types import SimpleNamespace

from app.api.fields import Moment, Text, at_most
from app.api.presenters.stage_history import present_alias_period, present_stage_period
from app.api.routing import call
from app.authz.permissions import Permission
from app.core import clock
from app.stages import alias_history, history

MAX_MOMENT = 253_402_300_799_999  # the end of the year 9999


@call(
    "GET",
    "/greenroom/stage-history",
    Permission.MODELS_READ,
    Text(name="name", required=True),
    Moment(name="at", check=at_most(MAX_MOMENT)),
)
def stage_history(args: SimpleNamespace) -> dict:
    """Returns the holders of each stage but None, and what aliases pointed at, at a moment.

    Now, where none is given or it is in the future.
    """
    now = clock.now_ms()
    at = now if args.at is None else min(args.at, now)
    return {
        "at": at,
        "stages": [present_stage_period(period) for period in history.held_at(args.name, at)],
        "aliases": [present_alias_period(period) for period in alias_history.set_at(args.name, at)],
    }
