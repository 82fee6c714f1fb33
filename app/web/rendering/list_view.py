"""Lists whose address says what they show: search, order, page size and page."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from app.authz.actors import Actor
from app.authz.viewer import acting_as, viewer
from app.core.errors import InvalidParameter
from app.db.transactions import transaction
from app.search import Entity, parse_filter
from app.search.tree import And, Node
from app.web.error_sentences import sentence
from app.web.rendering import search_box

SIZES = (25, 50, 100, 200)
ROWS_AT_ONCE = 1_000  # of a file with all rows of a list

Arguments = MultiDict[str, str]


class Heading(NamedTuple):
    """Where a click on a column's heading leads; `direction` is how it is sorted now, if by this column."""

    url: str
    direction: str | None


@dataclass(frozen=True, kw_only=True)
class ListView:
    """One view of a list, as its address says it; what the address leaves out has its default."""

    # What an address that names no page shows.
    FIRST_PAGE: ClassVar[dict[str, Any]] = {"page_token": None}

    query: str = ""
    page_token: str | None = None

    def address(self, endpoint: str, anchor: str | None = None, **changes: Any) -> str:
        """Returns the address of this view with these changes, of its first page unless they name another."""
        view = replace(self, **{**self.FIRST_PAGE, **changes})
        return url_for(endpoint, **view.arguments(), _anchor=anchor)

    def arguments(self) -> dict[str, Any]:
        """Returns the arguments of the address, without those that have their default."""
        arguments = {"q": self.query or None, **self.own_arguments(), "page_token": self.page_token}
        return {name: value for name, value in arguments.items() if value is not None}

    def own_arguments(self) -> dict[str, Any]:
        """Returns what this kind of list adds to the address; None for what has its default."""
        return {}


@dataclass(frozen=True, kw_only=True)
class SortedListView(ListView):
    """A list that can be sorted by its columns. `order` is a column's name, with a minus when it falls."""

    ENDPOINT: ClassVar[str]
    # The columns that a first click sorts from the largest to the smallest.
    LARGEST_FIRST: ClassVar[Sequence[str]] = ()

    order: str = ""
    size: int = SIZES[0]

    def url(self, endpoint: str | None = None, **changes: Any) -> str:
        """Returns the address of this view with these changes, of its first page unless they name another."""
        return self.address(endpoint or self.ENDPOINT, **changes)

    def own_arguments(self) -> dict[str, Any]:
        return {
            "sort": self.order if self.order != type(self).order else None,
            "size": self.size if self.size != type(self).size else None,
        }

    def sorted_by(self, column: str) -> Heading:
        """Returns the heading of a column that can be sorted by."""
        rising, falling = column, f"-{column}"
        first, second = (falling, rising) if self.is_largest_first(column) else (rising, falling)
        direction = {rising: "ascending", falling: "descending"}.get(self.order)
        return Heading(self.url(order=second if self.order == first else first), direction)

    def is_largest_first(self, column: str) -> bool:
        """Returns whether a first click on the column's heading sorts from the largest to the smallest."""
        return column in self.LARGEST_FIRST


def read_size(arguments: Arguments, default: int) -> int:
    """Returns the page size that an address asks for; an unusable one counts as not given."""
    size = arguments.get("size", "")
    return int(size) if size in map(str, SIZES) else default


def narrowed(entity: Entity, query: str, *conditions: Node) -> str | Node | None:
    """Returns the filter for what was typed into the search box, among what fulfils the conditions."""
    searched = search_box.to_filter(entity, query)
    if not conditions:
        return searched
    node = parse_filter(searched) if isinstance(searched, str) else searched
    parts = (*conditions, node) if node is not None else conditions
    return parts[0] if len(parts) == 1 else And(parts)


class Page(Protocol):
    """What a page of any list has: its rows, and the token of the next page."""

    @property
    def rows(self) -> Sequence[Any]: ...

    @property
    def next_token(self) -> str | None: ...


ViewT = TypeVar("ViewT", bound=SortedListView)
PageT = TypeVar("PageT", bound=Page)


def every_page(view: ViewT, find: Callable[[ViewT], PageT], size: int = ROWS_AT_ONCE) -> Iterator[PageT]:
    """Returns the pages of the view from its first on, in large portions, for an answer that is sent as it is read.

    The first page is found at once, so that a search that cannot be made is refused. The others are found after the
    view has returned, each in a transaction of its own, and for the same viewer.
    """
    view = replace(view, size=size, page_token=None)
    return _following_pages(view, find(view), find, viewer())


def _following_pages(
    view: ViewT, page: PageT, find: Callable[[ViewT], PageT], actor: Actor
) -> Iterator[PageT]:
    yield page
    while page.next_token is not None:
        view = replace(view, page_token=page.next_token)
        with transaction(read_only=True), acting_as(actor):
            page = find(view)
        yield page


RowT = TypeVar("RowT")


class SearchPage(NamedTuple, Generic[RowT]):
    """A page of a list that has only a search box; `wrong` says why the search cannot be made."""

    rows: list[RowT]
    query: str
    wrong: str | None
    next_url: str | None
    first_url: str | None

    @property
    def status(self) -> int:
        """The HTTP status of the page."""
        return 400 if self.wrong else 200


def search_page(search: Callable[[str, str | None], tuple[list[RowT], str | None]]) -> SearchPage[RowT]:
    """Returns the page that the present address asks for; `search` takes the typed text and a page token."""
    endpoint = request.endpoint or ""
    query, page_token = request.args.get("q", ""), request.args.get("page_token") or None
    rows: list[RowT] = []
    next_token, wrong = None, None
    try:
        rows, next_token = search(query, page_token)
    except InvalidParameter as error:
        wrong = sentence(error)
    return SearchPage(
        rows,
        query,
        wrong,
        url_for(endpoint, q=query or None, page_token=next_token) if next_token else None,
        url_for(endpoint, q=query or None) if page_token else None,
    )
