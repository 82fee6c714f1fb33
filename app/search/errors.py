"""The kinds of errors about searches.

What is wrong with a filter is found by its parser, so the explanation is an argument; `messages` words it for
the person who wrote the filter, in every door alike.
"""

from dataclasses import dataclass

from app.core.errors import InvalidParameter


@dataclass(eq=False)
class InvalidSearch(InvalidParameter):
    """A filter or an order cannot be read, or not be run; `field` names which of them, if it is known."""

    explanation: str
    field: str | None = None


@dataclass(eq=False)
class InvalidPageSize(InvalidParameter):
    """A page has at least one row and at most `most`; `is_of_registry` says which of MLflow's stores is searched."""

    value: int
    most: int
    is_of_registry: bool
    field = "max_results"


@dataclass(eq=False)
class UnknownPageToken(InvalidParameter):
    """The page token was never given out by this search."""

    field = "page_token"


@dataclass(eq=False)
class TooManyOrders(InvalidParameter):
    """More fields are to be sorted by than a search takes."""

    most: int
    field = "order_by"


@dataclass(eq=False)
class FieldOrderedTwice(InvalidParameter):
    """A field is to be sorted by twice."""

    name: str
    field = "order_by"


@dataclass(eq=False)
class FieldNotSortable(InvalidParameter):
    """There is no sorting by the field; `choices` are those there are."""

    text: str
    name: str
    choices: tuple[str, ...]
    field = "order_by"
