"""Gunicorn, started from here: several processes with several threads each, and no settings of its own."""

import logging
import os
import select
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from app import create_app
from app.cli.logs import OneLine
from app.settings.settings import Settings

if hasattr(select, "epoll"):
    from app.cli.worker import Worker
else:  # off Linux gunicorn's own threads answer as well, if not as fast
    from gunicorn.workers.gthread import ThreadWorker as Worker

LOG_FORMAT = "%(asctime)s %(levelname)s [%(process)d] %(name)s: %(message)s"
ACCESS_FORMAT = '%(h)s "%(r)s" %(s)s %(B)s %(M)sms "%(a)s"'


class Log(Logger):
    """Gunicorn's log in the same format as the application's."""

    error_fmt = LOG_FORMAT
    datefmt = None

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        # The socket's own timeout, see listening.SILENCE_SECONDS: the client's doing, no defect.
        if isinstance(sys.exc_info()[1], BlockingIOError):
            self.info("A client fell silent in the middle of a request; its connection was closed.")
        else:
            super().exception(msg, *args, **kwargs)


class Server(BaseApplication):
    """Greenroom on a listening socket, until SIGTERM (running requests are finished) or SIGINT.

    Each worker process builds its own application: neither database connections nor threads of a
    library may be carried across a fork, which is also why nothing is preloaded.
    """

    def __init__(self, settings: Settings, options: dict[str, Any]):
        self.settings = settings
        self.options = options
        super().__init__()

    @property
    def seats(self) -> int:
        """How many of a process's threads answer at a time, see `app.cli.turns`.

        SQLite answers from memory most of the time; a thread that asks another server waits for it.
        """
        other = self.settings is not None and not self.settings.database_url.startswith("sqlite")
        return self.options["threads"] if other else 1

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Callable:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(OneLine(LOG_FORMAT))
        logging.basicConfig(level=logging.INFO, handlers=[handler])
        for chatty in ("alembic",):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        return create_app(self.settings, threads=self.options["threads"])


def default_workers() -> int:
    """A process for each core this process may use, four at the most."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 4)


def options(
    sock: socket.socket, *, workers: int, threads: int, access_log: bool, announce: Callable[[], None]
) -> dict[str, Any]:
    """Gunicorn's settings for a socket that listens already; takes the socket over.

    `announce` is called once, when the first worker is able to answer.
    """

    def greet(worker: Any) -> None:
        if worker.age == 1:
            announce()

    return {
        "bind": f"fd://{sock.detach()}",
        "workers": workers,
        "worker_class": Worker,
        "threads": threads,
        "graceful_timeout": 120,  # a large upload in flight at SIGTERM is worth waiting for
        "keepalive": 75,  # an idle connection costs a file descriptor; opening one costs each call 0.3 ms
        "umask": 0o077,
        # A heartbeat file on a disk can block the process that writes it.
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108
        "control_socket_disable": True,
        "limit_request_line": 0,  # a search's filter travels in the address; the socket's timeout bounds it
        "forwarder_headers": "",  # no header of a request decides which path it is for
        "errorlog": "-",
        "accesslog": "-" if access_log else None,
        "access_log_format": ACCESS_FORMAT,
        "loglevel": "warning",
        "logger_class": Log,
        "post_worker_init": greet,
        "proc_name": "greenroom",
        "chdir": str(Path.cwd()),
    }
