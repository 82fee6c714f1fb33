"""Recording what people were refused, without letting a program that goes on asking fill the log."""

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
_SAY = Statement(update(_TABLE).where(_TABLE.c.id == bindparam("event")).values(comment=bindparam("words")))


class _Noted(NamedTuple):
    event_id: int
    at: int
    times: int


class Refusals:
    """What one process has recorded of late: one event a minute for an account, a token and a route, with a count."""

    MINUTE = 60_000  # milliseconds
    MOST = 1_000

    def __init__(self) -> None:
        self._noted: OrderedDict[tuple[int | None, int | None, str], _Noted] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, actor: Actor, route: str, subject: str, comment: str) -> None:
        """Record that `actor` was refused `subject`, as `comment` says, or count it to the event of that route."""
        key, now = (actor.account_id, actor.token_id, route), clock.now_ms()
        with self._lock:
            noted = self._noted.pop(key, None)
            times = noted.times + 1 if noted and now - noted.at < self.MINUTE else 1
            if noted and times > 1 and _SAY.run(event=noted.event_id, words=_counted(comment, times)):
                noted = noted._replace(times=times)
            else:
                row = {
                    "kind": Kind.ACCESS_REFUSED.value,
                    **recorder.by(actor),
                    "at": now,
                    "subject": subject,
                    "comment": comment,
                }
                noted = _Noted(_INSERT.scalar(**(recorder.EMPTY | row)), now, 1)
            self._noted[key] = noted
            while len(self._noted) > self.MOST:
                self._noted.popitem(last=False)


def _counted(comment: str, times: int) -> str:
    return f"{comment} Refused {times} times within a minute."
