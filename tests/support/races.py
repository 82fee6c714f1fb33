"""Many at once: run one action in many threads, each with a transaction of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.db.transactions import db, transaction
from app.http.application import Greenroom


def all_at_once(app: Greenroom, actions: list[Callable[[], Any]]) -> list[Any]:
    """Start every action at the same moment; their results, exceptions included, in order."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        with app.app_context():
            barrier.wait()
            try:
                with transaction():
                    return action()
            except Exception as error:
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def come_late(app: Greenroom, first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """The results of two, of whom the second begins when the first has done everything but commit.

    The first commits once the second is done, or waits for it.
    """

    def run_second() -> Any:
        return all_at_once(app, [second])[0]

    with ThreadPoolExecutor(1) as pool, app.app_context():
        with transaction():
            result = first()
            late = pool.submit(run_second)
            # On SQLite it waits before it has read anything.
            while db.engine.dialect.name == "postgresql" and not (late.done() or _somebody_waits()):
                pass
        return result, late.result()


def _somebody_waits() -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with db.engine.connect() as other:
        return bool(other.exec_driver_sql(waiting).scalar())
