"""Records refused requests, without letting a program that keeps asking fill the log."""

import threading
from collections import OrderedDict
from typing import NamedTuple

from sqlalchemy import bindparam, insert, update

from app.audit import recorder
from app.audit.recorder import Kind
from app.audit.tables import Event
from app.authz.actors import Actor
from app.core import clock
from app.db.statements import Statement

_TABLE = Event.__table__
_INSERT = Statement(insert(_TABLE).returning(_TABLE.c.id), columns=recorder.COLUMNS)
_SET_COMMENT = Statement(
    update(_TABLE).where(_TABLE.c.id == bindparam("event_id")).values(comment=bindparam("new_comment"))
)


class _RecordedRefusal(NamedTuple):
    """The event of a refusal, when it was recorded, and how many refusals it counts."""

    event_id: int
    at: int
    times: int


class AccessRefusals:
    """Records the refusals of one process: one event a minute for an account, a token and a route, with a count."""

    MINUTE = 60_000  # milliseconds
    MAX_REMEMBERED = 1_000

    def __init__(self) -> None:
        self._recent: OrderedDict[tuple[int | None, int | None, str], _RecordedRefusal] = OrderedDict()
        self._lock = threading.Lock()

    def record(self, actor: Actor, route: str, subject: str, comment: str) -> None:
        """Records that `actor` was refused `subject`, with a comment, or counts it in the last event of the route."""
        key, now = (actor.account_id, actor.token_id, route), clock.now_ms()
        with self._lock:
            recorded = self._recent.pop(key, None)
            times = recorded.times + 1 if recorded and now - recorded.at < self.MINUTE else 1
            if recorded and times > 1 and self._set_count(recorded, comment, times):
                recorded = recorded._replace(times=times)
            else:
                row = {
                    "kind": Kind.ACCESS_REFUSED.value,
                    **recorder.by(actor),
                    "at": now,
                    "subject": subject,
                    "comment": comment,
                }
                recorded = _RecordedRefusal(_INSERT.scalar(**(recorder.EMPTY | row)), now, 1)
            self._recent[key] = recorded
            while len(self._recent) > self.MAX_REMEMBERED:
                self._recent.popitem(last=False)

    @staticmethod
    def _set_count(recorded: _RecordedRefusal, comment: str, times: int) -> bool:
        """Writes the count into the event; returns whether the event is still there."""
        with_count = f"{comment} Refused {times} times within a minute."
        return bool(_SET_COMMENT.run(event_id=recorded.event_id, new_comment=with_count))
