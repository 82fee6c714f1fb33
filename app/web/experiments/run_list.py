"""What the table of runs shows: search, order, columns and page, all of it in the address."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.tracking import runs
from app.tracking.runs import RunDetails
from app.tracking.search_fields import RUNS
from app.web.experiments.curves import is_system_metric
from app.web.experiments.tags import own_tags
from app.web.rendering import search_box
from app.web.rendering.formats import exactly

# By what one may sort beside the columns, and the field that the search knows it by.
FIELDS = {
    "started": "start_time",
    "name": "run_name",
    "status": "status",
    "user": "user_id",
    "ended": "end_time",
}
ORDERS = {
    "-started": "Started, newest first",
    "started": "Started, oldest first",
    "-ended": "Ended, newest first",
    "ended": "Ended, oldest first",
    "name": "Name, A to Z",
    "user": "User, A to Z",
    "status": "Status",
}
SIZES = (25, 50, 100, 200)
MOST_COLUMNS = 20
OFFERED = 60  # of metrics, of parameters, and of tags
METRIC_COLUMNS = 4
PARAM_COLUMNS = 3
LONGEST_KEY = 250
ROWS_AT_ONCE = 1_000
MOST_ROWS = 10_000

_KINDS = ("metrics", "params", "tags")


class Column(NamedTuple):
    """A metric, a parameter or a tag as a column; in addresses it is `metrics.auc`."""

    kind: str
    key: str

    @property
    def name(self) -> str:
        return f"{self.kind}.{self.key}"


class Heading(NamedTuple):
    """Where a click on a column's heading leads; `direction` is how it is sorted now, if by this."""

    url: str
    direction: str | None


@dataclass(frozen=True)
class View:
    """One view of an experiment's runs, as its address says it. No columns are those that most runs have."""

    experiment_id: int
    query: str = ""
    order: str = "-started"
    size: int = 50
    columns: tuple[Column, ...] = ()
    page_token: str | None = None

    def url(self, endpoint: str = "experiments.show", **changes: Any) -> str:
        """The address of this view with these changes, from its first page on unless they name a page."""
        view = replace(self, **{"page_token": None, **changes})
        return url_for(endpoint, experiment_id=view.experiment_id, **view.arguments())

    def arguments(self) -> dict[str, Any]:
        """What the address says of it: only what is not as usual."""
        said = {
            "q": self.query or None,
            "sort": self.order if self.order != "-started" else None,
            "size": self.size if self.size != 50 else None,
            "column": [column.name for column in self.columns] or None,
            "page_token": self.page_token,
        }
        return {name: value for name, value in said.items() if value is not None}

    def sorted_by(self, name: str) -> Heading:
        """The heading of a column: where a click leads, and how it is sorted now. Figures begin with the largest."""
        directions = {name: "ascending", f"-{name}": "descending"}
        first = f"-{name}" if name.startswith("metrics.") or name in ("started", "ended") else name
        other = name if first != name else f"-{name}"
        return Heading(self.url(order=other if self.order == first else first), directions.get(self.order))

    @property
    def orders(self) -> dict[str, str]:
        """The orders that the form offers: the usual ones, and the present one by a column."""
        name, falls = self.order.removeprefix("-"), self.order.startswith("-")
        if self.order in ORDERS:
            return ORDERS
        column = _column(name)
        what = column.key if column else name.capitalize()
        if column and column.kind == "metrics":
            return ORDERS | {self.order: f"{what}, {'highest' if falls else 'lowest'} first"}
        return ORDERS | {self.order: f"{what}, {'Z to A' if falls else 'A to Z'}"}

    @property
    def order_by(self) -> list[str]:
        """The order as the search takes it; none, which is the usual one, for what cannot be sorted by."""
        name, direction = self.order.removeprefix("-"), "DESC" if self.order.startswith("-") else "ASC"
        column = _column(name)
        field = FIELDS.get(name) or (_spelt(column) if column else None)
        return [f"{field} {direction}"] if field else []


def _spelt(column: Column) -> str | None:
    """The column's name in the filter language; None where it has every quotation mark there is."""
    mark = next((mark for mark in "`\"'" if mark not in column.key), None)
    return f"{column.kind}.{mark}{column.key}{mark}" if mark and "\\" not in column.key else None


def _column(name: str) -> Column | None:
    kind, _dot, key = name.partition(".")
    return Column(kind, key) if kind in _KINDS and 0 < len(key) <= LONGEST_KEY else None


def read(experiment_id: int, args: "MultiDict[str, str]") -> View:
    """The view that an address asks for; what it says wrongly counts as not said."""
    usual = View(experiment_id)
    columns = [column for column in map(_column, dict.fromkeys(args.getlist("column"))) if column]
    order, size = args.get("sort", ""), args.get("size", "")
    view = View(
        experiment_id=experiment_id,
        query=args.get("q", ""),
        order=order,
        size=int(size) if size in map(str, SIZES) else usual.size,
        columns=tuple(columns[:MOST_COLUMNS]),
        page_token=args.get("page_token") or None,
    )
    return view if view.order_by else replace(view, order=usual.order)


class Found(NamedTuple):
    """A page of runs, the token of the next, the columns shown, and those that could be."""

    rows: list[RunDetails]
    token: str | None
    columns: Sequence[Column]
    offered: list[Column]


def find(view: View) -> Found:
    """The page that the view shows. Raises `InvalidParameter` for a search that cannot be made."""
    rows, token = runs.search(
        [view.experiment_id],
        filter=search_box.to_filter(RUNS, view.query),
        order_by=view.order_by,
        page_token=view.page_token,
        max_results=view.size,
    )
    metrics = _commonest((metric.key for run in rows for metric in run.metrics), OFFERED)
    metrics.sort(key=is_system_metric)
    params = _commonest((key for run in rows for key in run.params), OFFERED)
    usual = [
        *(Column("metrics", key) for key in metrics[:METRIC_COLUMNS]),
        *(Column("params", key) for key in _most_telling(rows)),
    ]
    tags = _commonest((key for run in rows for key in own_tags(run.tags)), OFFERED)
    kinds = (("metrics", metrics), ("params", params), ("tags", tags))
    offered = [Column(kind, key) for kind, keys in kinds for key in keys]
    more = [column for column in view.columns if column not in offered]
    return Found(rows, token, view.columns or usual, sorted(offered + more))


def _commonest(keys: Iterable[str], most: int) -> list[str]:
    """The keys that occur most often, those first, then in the order of their names."""
    counted = Counter(keys)
    return sorted(counted, key=lambda key: (-counted[key], key))[:most]


def _most_telling(rows: Sequence[RunDetails]) -> list[str]:
    """The commonest parameters whose values tell the runs apart, or the commonest of all where none does."""
    values: dict[str, set[str]] = {}
    counted: Counter[str] = Counter()
    for run in rows:
        for key, value in run.params.items():
            values.setdefault(key, set()).add(value)
            counted[key] += 1
    telling = [key for key in counted if len(values[key]) > 1] or list(counted)
    return sorted(sorted(telling, key=lambda key: (-counted[key], key))[:PARAM_COLUMNS])


def value_of(run: RunDetails, column: Column) -> str | float | None:
    """What stands in that column for the run; a number for a metric."""
    if column.kind == "metrics":
        return next((metric.value for metric in run.metrics if metric.key == column.key), None)
    return (run.params if column.kind == "params" else run.tags).get(column.key)


def rows(view: View) -> Iterator[list[str | float | None]]:
    """The heading, then a row for each run of every page, up to `MOST_ROWS`. Raises as `find`.

    The columns are those that the view's first page shows.
    """
    page, given = replace(view, page_token=None), 0
    columns = find(page).columns
    yield ["Run", "Run id", "Status", "User", "Started", "Ended", *(column.name for column in columns)]
    page = replace(page, size=ROWS_AT_ONCE)
    while given < MOST_ROWS:
        found = find(page)
        for one in found.rows:
            run = one.run
            yield [
                run.name,
                run.uuid,
                run.status,
                run.user_id,
                exactly(run.start_time),
                exactly(run.end_time),
                *(value_of(one, column) for column in columns),
            ]
        given += len(found.rows)
        if found.token is None:
            return
        page = replace(page, page_token=found.token)
