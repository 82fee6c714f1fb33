"""What lines of the log look like, whatever a client made a part of them."""

import logging
import sys
from typing import Any

from gunicorn.glogging import Logger

LOG_FORMAT = "%(asctime)s %(levelname)s [%(process)d] %(name)s: %(message)s"
ACCESS_FORMAT = '%(h)s "%(r)s" %(s)s %(B)s %(M)sms "%(a)s"'


class OneLine(logging.Formatter):
    """A message is one line, and no line of a traceback begins as a message does: nothing can be forged."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Returns the line, with control characters and line ends written as escapes."""
        record.message = "".join(one if one.isprintable() else repr(one)[1:-1] for one in record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        """Returns the traceback, each line of it marked: the error it ends with may repeat what a client sent."""
        return "\n".join(f"  | {line}" for line in super().formatException(ei).splitlines())


class ServerLog(Logger):
    """Gunicorn's log in the same format as the application's."""

    error_fmt = LOG_FORMAT
    datefmt = None  # the standard library's own

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        """Logs a request, with the bytes of a file that the kernel sent by itself."""
        resp.sent += getattr(environ.get("gunicorn.socket"), "file_bytes", 0)
        super().access(resp, req, environ, request_time)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Logs an error with its traceback, unless it is only a client that fell silent."""
        # A socket's timeout, see `app.server.worker`: the client's doing, no defect.
        if isinstance(sys.exc_info()[1], TimeoutError):
            self.info("A client fell silent in the middle of a request; its connection was closed.")
        else:
            super().exception(msg, *args, **kwargs)


def start_logging() -> None:
    """Sends what the application logs to standard error, a line for each message."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine(LOG_FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for chatty in ("alembic",):
        logging.getLogger(chatty).setLevel(logging.WARNING)
