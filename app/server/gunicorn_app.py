"""Gunicorn, started from here: several processes, and no settings of its own.

`greenroom serve` checks everything and then becomes this program (`become_server`), with the same process
id and the socket that it has bound. A program of its own, since gevent has to change the standard library
before anything of the application is imported, which in the process of a shell command has happened.
"""

import dataclasses
import gc
import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from gunicorn.app.base import BaseApplication

from app.server.logs import ACCESS_FORMAT, ServerLog, start_logging
from app.server.master import Master
from app.server.worker import SILENCE_SECONDS, Worker, elsewhere, short_work

if TYPE_CHECKING:
    from app.settings.settings import Settings

# How the options come to the program. The environment, since the greeting has several lines.
VARIABLE = "GREENROOM_SERVER_OPTIONS"

# For each process: a connection that says nothing costs it a descriptor and 15 KB.
MAX_CONNECTIONS = 8192

# Descriptors that a process needs besides, for its database, its files and its own purposes.
OTHER_DESCRIPTORS = 256


@dataclasses.dataclass(frozen=True)
class ServerOptions:
    """What `greenroom serve` was asked for. `descriptor` is the socket that listens already."""

    descriptor: int
    host: str
    workers: int
    threads: int
    access_log: bool
    greeting: str


class Server(BaseApplication):
    """Greenroom on a listening socket, until SIGTERM (running requests are finished) or SIGINT.

    Each worker process builds its own application: neither database connections nor threads of a
    library may be carried across a fork, which is also why nothing is preloaded.
    """

    def __init__(self, options: ServerOptions):
        self.options = options
        super().__init__()

    def run(self) -> None:
        """Serves until told to stop."""
        Master(self).run()

    def load_config(self) -> None:
        """Hands gunicorn its settings."""
        for name, value in gunicorn_settings(self.options).items():
            self.cfg.set(name, value)

    def load(self) -> Callable:
        """Returns the application; called in each worker, which gevent has changed the standard library for."""
        import gevent

        from app import create_app
        from app.artifacts import ROOT_IS_MARKED
        from app.core import blocking
        from app.server import background
        from app.server.bodies import with_body_first
        from app.settings.settings import Settings

        start_logging()
        gevent.get_hub().threadpool.maxsize = self.options.threads
        blocking.share_thread(elsewhere, gevent.sleep, apply_short=short_work.do)
        settings = known_as(self.options.host, Settings.from_environ())
        application = create_app(settings, threads=self.options.threads)
        application.config[ROOT_IS_MARKED] = True  # by `greenroom serve`, before any process began
        background.start(application)
        return with_body_first(application, SILENCE_SECONDS)


def known_as(host: str, settings: "Settings") -> "Settings":
    """Returns the settings with the name that the operator gave among those that browsers may call us by."""
    return dataclasses.replace(settings, allowed_hosts=settings.allowed_hosts | {host.lower()})


def default_workers() -> int:
    """Returns a process for each core this process may use, four at the most."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 4)


def gunicorn_settings(options: ServerOptions) -> dict[str, Any]:
    """Returns gunicorn's settings; the first worker that is able to answer prints the greeting."""

    def prepare(worker: Worker) -> None:
        spare_collector()
        if worker.age == 1:
            print(options.greeting, flush=True)

    return {
        "bind": f"fd://{options.descriptor}",
        "workers": options.workers,
        "worker_class": Worker,
        "worker_connections": connections(),
        "timeout": 120,  # a process whose loop stands still for so long is replaced
        "graceful_timeout": 120,  # a large upload in flight at SIGTERM is worth waiting for
        "keepalive": 75,  # an idle connection costs a file descriptor; opening one costs each call 0.3 ms
        "umask": 0o077,
        # A heartbeat file on a disk can block the process that writes it.
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,  # noqa: S108
        "control_socket_disable": True,
        "limit_request_line": 0,  # a search's filter travels in the address; the worker bounds the head as a whole
        "http_parser": "python",  # the one in C is not a dependency: do not take what happens to be installed
        "forwarder_headers": "",  # no header of a request decides which path it is for
        "errorlog": "-",
        "accesslog": "-" if options.access_log else None,
        "access_log_format": ACCESS_FORMAT,
        "loglevel": "warning",
        "logger_class": ServerLog,
        "post_worker_init": prepare,
        "proc_name": "greenroom",
        "chdir": str(Path.cwd()),
    }


def spare_collector() -> None:
    """Takes what is loaded by now out of the garbage collector's rounds, which it has no part in.

    A large answer makes thousands of small objects, and each round they start would otherwise walk
    through everything that was ever imported.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def connections() -> int:
    """Raises the limit of open files as far as this user may; returns how many connections a process takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + OTHER_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return (
        MAX_CONNECTIONS
        if soft == resource.RLIM_INFINITY
        else min(MAX_CONNECTIONS, max(64, soft - OTHER_DESCRIPTORS))
    )


def become_server(options: ServerOptions, module: str = "app.server") -> NoReturn:
    """Replaces this program by the server, which takes the socket over."""
    sys.stdout.flush()
    sys.stderr.flush()
    environment = os.environ | {VARIABLE: json.dumps(dataclasses.asdict(options))}
    # -P: no module of the folder somebody happens to be in is taken for one of ours.
    os.execve(sys.executable, [sys.executable, "-P", "-m", module], environment)  # noqa: S606  (no shell)


def given_options() -> ServerOptions:
    """Returns the options that `become_server` handed over."""
    return ServerOptions(**json.loads(os.environ.pop(VARIABLE)))


def main() -> None:
    """Serves until told to stop."""
    Server(given_options()).run()
