"""What a worker does beside answering requests: little at a time, so that answers take no longer than without it."""

import time

import gevent
from gevent.event import Event

from app import manifests
from app.core.errors import GreenroomError
from app.db import error_mapping
from app.http.application import Greenroom
from app.manifests import making, sweep

# Another worker, or the shell, may have left something to do.
LOOK_EVERY = 5  # seconds

# After a failure, such as a database that is away.
REST_AFTER_FAILURE = 30  # seconds

# The part of the time in which the work goes on; it rests for the remainder.
SHARE = 0.05
LONGEST_REST = 1  # seconds
SHORTEST_TURN = 0.005  # seconds


def start(application: Greenroom) -> None:
    """Begins the background work of this process, which goes on for as long as the process does."""
    woken = Event()
    making.wake_background = woken.set
    gevent.spawn(_work, application, woken)


def _work(application: Greenroom, woken: Event) -> None:
    while True:
        woken.wait(LOOK_EVERY)
        woken.clear()
        if not _work_once(application):
            gevent.sleep(REST_AFTER_FAILURE)


def _work_once(application: Greenroom) -> bool:
    """Does what there is to do; returns whether that went well."""
    try:
        with application.app_context():
            pause = Pause()
            while manifests.make_pending(pause=pause) or sweep.sweep(pause=pause):
                pass
    except Exception as error:
        # Whoever sends a request is told that the database is away, and the log says so then.
        if not isinstance(error, GreenroomError) and error_mapping.to_domain_error(error) is None:
            application.logger.exception("the background work failed")
        return False
    return True


class Pause:
    """Rests so long that the work takes its share of the time and no more."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    def __call__(self) -> None:
        worked = time.perf_counter() - self._since
        if worked >= SHORTEST_TURN:
            gevent.sleep(min(worked * (1 / SHARE - 1), LONGEST_REST))
            self._since = time.perf_counter()
