"""Gunicorn's master process, with two additions: workers are replaced without a gap, and never by other code."""

import signal
import time
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.errors import HaltServer

from app.server import code

# New workers that take longer are given up, and the old ones stay.
READY_SECONDS = 90

OTHER_CODE = (
    "Greenroom's files were changed since this server started, so no worker is started that would mix old and new "
    "code. Restart the server."
)


class Master(Arbiter):
    """Starts, replaces and stops the workers."""

    def __init__(self, app: Any):
        self._code = code.fingerprint()
        self._retiring: set[int] = set()
        self._has_told = False
        super().__init__(app)

    def reload(self) -> None:
        """Replaces the workers, at SIGHUP: old ones stop once new ones answer, and not at all if those fail."""
        if self._is_other_code():
            self.log.error(OTHER_CODE)
            return
        old = set(self.WORKERS) - self._retiring
        new = {self.spawn_worker() for _ in range(self.num_workers)}
        if self._become_ready(new):
            self._retire(old)
        else:
            self.log.error("The new workers did not become ready; the old ones go on.")
            self._retire(new)

    def _become_ready(self, pids: set[int]) -> bool:
        """Waits for the workers; returns whether all of them answer."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                self.reap_workers()
            except HaltServer:  # one of them could not begin, which is no reason to stop the others
                return False
            if not pids <= self.WORKERS.keys():
                return False
            if all(_is_ready(self.WORKERS[pid]) for pid in pids):
                return True
            time.sleep(0.05)
        return False

    def _retire(self, pids: set[int]) -> None:
        for pid in pids & self.WORKERS.keys():
            self._retiring.add(pid)
            self.kill_worker(pid, signal.SIGTERM)

    def manage_workers(self) -> None:
        """Keeps as many workers as there should be; those that only finish their requests don't count."""
        self._retiring &= self.WORKERS.keys()
        lacking = len(self.WORKERS) - len(self._retiring) < self.num_workers
        if lacking and self._is_other_code():
            if not self._has_told:
                self._has_told = True
                self.log.error(OTHER_CODE)
            if len(self.WORKERS) == len(self._retiring):
                raise HaltServer(OTHER_CODE, 1)
            return
        retiring = {pid: self.WORKERS.pop(pid) for pid in self._retiring}
        try:
            super().manage_workers()
        finally:
            self.WORKERS.update(retiring)

    def _is_other_code(self) -> bool:
        return code.fingerprint() != self._code


def _is_ready(worker: Any) -> bool:
    """Returns whether the worker has begun to answer, which is when it gives its first sign of life."""
    # Its file is made with the time of day, and each sign of life writes the seconds since the machine started.
    return worker.tmp.last_update() <= time.monotonic()
