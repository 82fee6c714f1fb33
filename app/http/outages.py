"""What the log says while the database is away: a line when it goes, one a minute, and one when it is back.

A line for each request that is refused would fill a disk just when nobody needs that.
"""

import logging
import time
from collections.abc import Callable

from flask import Response, current_app, request

from app.authz.permissions import Permission
from app.core.errors import GreenroomError
from app.db.errors import DatabaseSilent

EVERY = 60  # seconds
MAX_REASON = 200  # characters


class _Outage:
    def __init__(self, now: float) -> None:
        self.began = self.told = now
        self.refused, self.untold = 0, -1  # the first one is told of at once


class Outages:
    """Counts the requests that one process refuses, by the kind of error."""

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic):
        self._logger = logger
        self._clock = clock
        self._running: dict[type[GreenroomError], _Outage] = {}

    def refused(self, outage: GreenroomError, reason: str, what: str) -> None:
        """Counts a refused request, and writes a line where it is time for one."""
        now = self._clock()
        running = self._running.get(type(outage))
        if running is None or (not isinstance(outage, DatabaseSilent) and now - running.told >= EVERY):
            # Only of a database that was away it is known that it is back. Others are told of again and again.
            running = self._running[type(outage)] = _Outage(now)
            self._logger.warning("%s was refused: %s", what, " ".join(reason.split())[:MAX_REASON])
        elif now - running.told >= EVERY:
            self._logger.warning(
                "The database has been away for %d s; %d more requests were refused.",
                now - running.began,
                running.untold + 1,
            )
            running.told, running.untold = now, -1
        running.refused += 1
        running.untold += 1

    def answered(self, answer: Response) -> Response:
        """Returns the answer; one that needed the database says that it is back."""
        if DatabaseSilent in self._running and answer.status_code < 400 and _needs_database():
            outage = self._running.pop(DatabaseSilent)
            self._logger.warning(
                "The database answers again after %d s; %d requests were refused.",
                self._clock() - outage.began,
                outage.refused,
            )
        return answer


def _needs_database() -> bool:
    endpoint = request.endpoint or ""
    view = current_app.view_functions.get(endpoint)
    return (
        endpoint.endswith("ready") or getattr(view, "permission", Permission.PUBLIC) is not Permission.PUBLIC
    )
