"""What lines of the log look like, whatever a client made a part of them."""

import logging


class OneLine(logging.Formatter):
    """A message is one line, and no line of a traceback begins as a message does: nothing can be forged."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line, with control characters and line ends written as escapes."""
        record.message = "".join(one if one.isprintable() else repr(one)[1:-1] for one in record.message)
        return super().formatMessage(record)

    def formatException(self, ei) -> str:
        """The traceback, each line of it marked: the error it ends with may repeat what a client sent."""
        return "\n".join(f"  | {line}" for line in super().formatException(ei).splitlines())
