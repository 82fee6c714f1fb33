"""Sentences about searches."""

from collections.abc import Callable
from typing import Any

from app.core.errors import GreenroomError
from app.search import errors


def _page_size(error: errors.InvalidPageSize) -> str:
    if error.value < 1:
        return "A page has at least one row."
    return f"A page has at most {error.most} rows."


SENTENCES: dict[type[GreenroomError], str | Callable[[Any], str]] = {
    errors.InvalidSearch: "{explanation}",
    errors.InvalidPageSize: _page_size,
    errors.UnknownPageToken: (
        "Invalid page token: this search, with this filter and order, never gave it out. "
        "Leave page_token out to begin with the first page."
    ),
    errors.TooManyOrders: "Invalid order_by: more than {most} fields.",
    errors.FieldOrderedTwice: "Invalid order_by: {name} is named twice.",
    errors.FieldNotSortable: lambda error: (
        f"Invalid order_by '{error.text}': there is no sorting by {error.name}; "
        f"sort by one of {', '.join(error.choices)}."
    ),
}
