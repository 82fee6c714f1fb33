"""The value of a condition, read as what its field holds."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy import BigInteger, Double, Text
from sqlalchemy.types import TypeEngine

from app.search.fields import Kind

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000
_LAST_INT64 = 2**63 - 1


class Unfit(Exception):
    """The value is not of the field's kind."""


def is_storable(value: str) -> bool:
    """Returns whether a column can hold the text: PostgreSQL has no NUL, and half a surrogate pair is no character."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in value


def text(value: object) -> str:
    if not isinstance(value, str) or not is_storable(value):
        raise Unfit
    return value


def spelt(value: object) -> str:
    """Returns text, or the number that it spells."""
    return text(str(value) if isinstance(value, (int, float)) else value)


def whole(value: object) -> int:
    """Returns an integer, or text that is one (MLflow takes version_number = '7')."""
    if isinstance(value, str):
        digits = value.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
            raise Unfit
        value = int(value)
    if not isinstance(value, int) or abs(value) > _LAST_INT64:
        raise Unfit
    return value


def number(value: object) -> float:
    if not isinstance(value, (int, float)):
        raise Unfit
    try:
        return float(value)
    except OverflowError as error:
        raise Unfit from error


def time(value: object) -> int | float:
    """Milliseconds since 1970, from those or from an ISO date or time; without a zone it is UTC."""
    if isinstance(value, str):
        return day_or_instant(value)[0]
    if isinstance(value, float) and abs(value) < _LAST_INT64:
        return int(value) if value.is_integer() else value
    return whole(value)


def day_or_instant(value: str) -> tuple[int, bool]:
    """Milliseconds of an ISO text, and whether it names a whole day."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise Unfit from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - EPOCH
    milliseconds = (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
    return milliseconds, not any(mark in value for mark in "T: ")


READERS: Mapping[Kind, Callable[[object], str | int | float]] = {
    Kind.TEXT: text,
    Kind.SPELT: spelt,
    Kind.WHOLE: whole,
    Kind.NUMBER: number,
    Kind.TIME: time,
    Kind.IDENTIFIER: whole,
}


def bind_type(value: str | int | float) -> type[TypeEngine]:
    """Returns the type under which a value goes to the database: of its own kind, not of the column's.

    A number too large for the column then compares as what it is; PostgreSQL would refuse the cast.
    """
    if isinstance(value, str):
        return Text
    return BigInteger if isinstance(value, int) else Double
