"""What the list of models shows: search, order, columns and page, all of it in the address."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.authz.actors import Actor
from app.registry import models as registered_models
from app.registry import stars
from app.registry.queries import ModelRow, VersionRow
from app.registry.search_fields import MODELS
from app.search import parse_filter
from app.search.tree import And, Comparison, Name, Node
from app.tracking.metrics import latest
from app.web.rendering import search_box
from app.web.rendering.formats import exactly

# What can be shown beside the name, in this order.
COLUMNS = {
    "description": "Description",
    "stages": "In stage",
    "aliases": "Aliases",
    "tags": "Tags",
    "owner": "Owner",
    "updated": "Updated",
}
ORDERS = {
    "-updated": ("Updated, newest first", "updated DESC"),
    "updated": ("Updated, oldest first", "updated ASC"),
    "name": ("Name, A to Z", "name ASC"),
    "-name": ("Name, Z to A", "name DESC"),
}
SIZES = (25, 50, 100, 200)
MOST_METRICS = 4
OFFERED_METRICS = 50
ASKED_RUNS = 10  # whose metrics are offered
FORM = ("q", "metrics", "sort", "size")  # what the form above the list sends at least
ROWS_AT_ONCE = 1_000
MOST_ROWS = 10_000


@dataclass(frozen=True)
class View:
    """One view of the list, as its address says it; what the address does not say is as usual."""

    query: str = ""
    order: str = "-updated"
    size: int = 25
    columns: tuple[str, ...] = tuple(COLUMNS)
    metrics: tuple[str, ...] = ()
    mine: bool = False
    starred: bool = False
    page_token: str | None = None

    def url(self, endpoint: str = "models.index", **changes: Any) -> str:
        """The address of this view with these changes, from its first page on unless they name a page."""
        view = replace(self, **{"page_token": None, **changes})
        return url_for(endpoint, **view.arguments())

    def arguments(self) -> dict[str, Any]:
        """What the address says of it: only what is not as usual."""
        usual = View()
        said = {
            "q": self.query or None,
            "sort": self.order if self.order != usual.order else None,
            "size": self.size if self.size != usual.size else None,
            "column": list(self.columns) if self.columns != usual.columns else None,
            "metrics": ", ".join(self.metrics) or None,
            "mine": 1 if self.mine else None,
            "starred": 1 if self.starred else None,
            "page_token": self.page_token,
        }
        return {name: value for name, value in said.items() if value is not None}

    def sorted_by(self, column: str) -> "Heading":
        """The heading of a column that can be sorted by: where it leads, and how it is sorted now."""
        directions = {column: "ascending", f"-{column}": "descending"}
        first = f"-{column}" if column == "updated" else column
        other = column if first != column else f"-{column}"
        return Heading(self.url(order=other if self.order == first else first), directions.get(self.order))


class Heading(NamedTuple):
    """Where a click on a column's heading leads; `direction` is how it is sorted now, if by this."""

    url: str
    direction: str | None


class Line(NamedTuple):
    """One model of the list; `newest` is its version of the highest number, `values` that one's metrics."""

    model: ModelRow
    latest: VersionRow | None
    values: dict[str, float]
    is_starred: bool


class Found(NamedTuple):
    """A page of the list, the token of the next, and metrics that could be columns."""

    lines: list[Line]
    token: str | None
    offered: list[str]


def read(args: "MultiDict[str, str]") -> View:
    """The view that an address asks for; what it says wrongly counts as not said."""
    usual = View()
    columns = tuple(name for name in COLUMNS if name in args.getlist("column"))
    size = args.get("size", "")
    return View(
        query=args.get("q", ""),
        order=args["sort"] if args.get("sort") in ORDERS else usual.order,
        size=int(size) if size in map(str, SIZES) else usual.size,
        columns=columns or usual.columns,
        metrics=_metrics(args.get("metrics", "")),
        mine=args.get("mine") == "1",
        starred=args.get("starred") == "1",
        page_token=args.get("page_token") or None,
    )


def _metrics(text: str) -> tuple[str, ...]:
    names = dict.fromkeys(name.strip() for name in text.split(","))
    return tuple(name for name in names if name and len(name) <= 250)[:MOST_METRICS]


def find(view: View, actor: Actor) -> Found:
    """The page that the view shows. Raises `InvalidParameter` for a search that cannot be made."""
    search = stars.search if view.starred else registered_models.search
    models, token = search(
        filter=_filter(view, actor),
        order_by=[ORDERS[view.order][1]],
        max_results=view.size,
        page_token=view.page_token,
    )
    runs = _runs_of_newest(models)
    values = latest.values_of(runs, view.metrics)
    starred = stars.among([model.id for model in models])
    return Found(
        _lines(models, values, starred), token, latest.commonest_keys(runs[:ASKED_RUNS], OFFERED_METRICS)
    )


def _filter(view: View, actor: Actor) -> str | Node | None:
    asked = search_box.to_filter(MODELS, view.query)
    if not view.mine:
        return asked
    mine = made_by(actor)
    node = parse_filter(asked) if isinstance(asked, str) else asked
    return mine if node is None else And((mine, node))


def made_by(actor: Actor) -> Comparison:
    """What finds the models that somebody made."""
    return Comparison(Name(None, "author"), "=", actor.name)


def newest_of(model: ModelRow) -> VersionRow | None:
    """Its version of the highest number: one of those that are the newest of their stages."""
    return max(model.latest, key=lambda version: version.number, default=None)


def _runs_of_newest(models: Iterable[ModelRow]) -> list[str]:
    versions = [newest_of(model) for model in models]
    return [version.run_uuid for version in versions if version is not None and version.run_uuid]


def _lines(
    models: Sequence[ModelRow], values: Mapping[str, dict[str, float]], starred: set[int]
) -> list[Line]:
    lines = []
    for model in models:
        version = newest_of(model)
        run = version.run_uuid if version else None
        lines.append(Line(model, version, values.get(run or "", {}), model.id in starred))
    return lines


def rows(view: View, actor: Actor) -> Iterator[list[str | float | None]]:
    """The heading, then a row for each model of every page, up to `MOST_ROWS`. Raises as `find`."""
    yield ["Name", *(COLUMNS[name] for name in view.columns), *view.metrics]
    page, given = replace(view, size=ROWS_AT_ONCE, page_token=None), 0
    while given < MOST_ROWS:
        found = find(page, actor)
        yield from (_cells(line, view) for line in found.lines)
        given += len(found.lines)
        if found.token is None:
            return
        page = replace(page, page_token=found.token)


def _cells(line: Line, view: View) -> list[str | float | None]:
    model = line.model
    cells = {
        "description": model.description,
        "stages": ", ".join(f"{version.stage} {version.number}" for version in model.latest),
        "aliases": ", ".join(f"{name} {number}" for name, number in model.aliases.items()),
        "tags": ", ".join(f"{key}={value}" for key, value in model.tags.items()),
        "owner": model.created_by,
        "updated": exactly(model.updated_at),
    }
    return [
        model.name,
        *(cells[name] for name in view.columns),
        *(line.values.get(key) for key in view.metrics),
    ]
