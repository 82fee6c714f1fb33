"""Texts on their way through the child processes that render them.

There are two ways: for short texts and for long ones, so that whoever sends long texts that take all their time
keeps no short ones waiting. A page waits for a text a moment and shows it as plain text if that was not enough;
the rendering goes on, and the next page finds its result.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from app.markup.renderer_process import LimitExceeded, NoAnswer, RendererProcess

MAX_QUEUED = 32
# Seconds after which nobody waits any longer for what comes behind the text that is being rendered.
STUCK_AFTER = 1.0


class Job:
    """One text that is being rendered.

    `result` is its HTML, or nothing where the text exceeds its limits; None until then, and where no child answered.
    """

    def __init__(self, text: str, finish: Callable[[str], None]) -> None:
        self.text = text
        self.finish = finish
        self.result: str | None = None
        self.done = threading.Event()


class RenderingQueue:
    """Jobs in the order in which they came, done by one child process within `seconds` of its time each.

    It is worth waiting for a job with fewer than `max_line` jobs before it.
    """

    def __init__(self, seconds: float, max_line: int) -> None:
        self.seconds = seconds
        self._max_line = max_line
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._process = RendererProcess()
        self._is_working = False
        self._began_at = 0.0

    def submit(self, name: str, text: str, finish: Callable[[str], None]) -> tuple[Job | None, bool]:
        """Returns the job of that name, and whether it is worth waiting for; None where too many are queued.

        `finish` is called with the result, as soon as it is known.
        """
        with self._lock:
            is_moving = not self._jobs or time.monotonic() - self._began_at < STUCK_AFTER
            job = self._jobs.get(name)
            is_worthwhile = is_moving and len(self._jobs) - (job is not None) < self._max_line
            if job is None and len(self._jobs) < MAX_QUEUED:
                if not self._jobs:
                    self._began_at = time.monotonic()
                job = self._jobs[name] = Job(text, finish)
                if not self._is_working:
                    self._is_working = True
                    threading.Thread(target=self._work, name="rendering", daemon=True).start()
            return job, is_worthwhile

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._jobs:
                    self._is_working = False
                    return
                name, job = next(iter(self._jobs.items()))
                self._began_at = time.monotonic()
            try:
                self._do(job)
            finally:
                with self._lock:
                    del self._jobs[name]
                job.done.set()

    def _do(self, job: Job) -> None:
        try:
            job.result = self._process.render(job.text, self.seconds)
        except LimitExceeded:
            job.result = ""
        except NoAnswer:
            return
        job.finish(job.result)
