"""Many at once: run one action in many threads, each with a transaction of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.database import db, transaction
from app.edge import Greenroom


def all_at_once(app: Greenroom, actions: list[Callable[[], Any]]) -> list[Any]:
    """Start every action at the same moment; their results, exceptions included, in order."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        with app.app_context():
            barrier.wait()
            try:
                with transaction():
                    return action()
            except Exception as error:  # noqa: BLE001  (the test looks at it)
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))
