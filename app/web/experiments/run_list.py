"""What the table of runs shows: search, order, columns and page, all of it in the address."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

from app.core.mlflow_tags import is_system_metric, user_tags
from app.tracking import logged_keys, runs
from app.tracking.runs import RunDetails, RunRow
from app.tracking.search_fields import RUNS
from app.web.rendering import search_box
from app.web.rendering.list_view import Arguments, SortedListView, read_size

# What the runs can be sorted by beside the columns, and the name of it in a search.
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
MAX_COLUMNS = 20
OFFERED = 60  # of metrics, of parameters, and of tags
METRIC_COLUMNS = 4
PARAM_COLUMNS = 3
MAX_KEY = 250  # characters

_KINDS = ("metrics", "params", "tags")


class Column(NamedTuple):
    """A metric, a parameter or a tag as a column; in addresses it is `metrics.auc`."""

    kind: str
    key: str

    @property
    def name(self) -> str:
        return f"{self.kind}.{self.key}"


@dataclass(frozen=True, kw_only=True)
class RunListView(SortedListView):
    """One view of an experiment's runs. Without columns it shows those that most runs have."""

    ENDPOINT: ClassVar[str] = "experiments.show"
    LARGEST_FIRST: ClassVar[Sequence[str]] = ("started", "ended")

    experiment_id: int
    order: str = "-started"
    size: int = 50
    columns: tuple[Column, ...] = ()

    def arguments(self) -> dict[str, Any]:
        return {"experiment_id": self.experiment_id, **super().arguments()}

    def own_arguments(self) -> dict[str, Any]:
        return {**super().own_arguments(), "column": [column.name for column in self.columns] or None}

    def is_largest_first(self, column: str) -> bool:
        return column.startswith("metrics.") or super().is_largest_first(column)

    @property
    def orders(self) -> dict[str, str]:
        """The orders that the form offers: the usual ones, and the present one by a column."""
        name, falls = self.order.removeprefix("-"), self.order.startswith("-")
        if self.order in ORDERS:
            return ORDERS
        column = _column(name)
        label = column.key if column else name.capitalize()
        if column and column.kind == "metrics":
            return ORDERS | {self.order: f"{label}, {'highest' if falls else 'lowest'} first"}
        return ORDERS | {self.order: f"{label}, {'Z to A' if falls else 'A to Z'}"}

    @property
    def order_by(self) -> list[str]:
        """The order as the search takes it; empty, which is the usual order, where it cannot be sorted so."""
        name, direction = self.order.removeprefix("-"), "DESC" if self.order.startswith("-") else "ASC"
        column = _column(name)
        field = FIELDS.get(name) or (_quoted(column) if column else None)
        return [f"{field} {direction}"] if field else []


def _quoted(column: Column) -> str | None:
    """Returns the column's name in the filter language; None where it holds every kind of quotation mark."""
    mark = next((mark for mark in "`\"'" if mark not in column.key), None)
    return f"{column.kind}.{mark}{column.key}{mark}" if mark and "\\" not in column.key else None


def _column(name: str) -> Column | None:
    kind, _dot, key = name.partition(".")
    return Column(kind, key) if kind in _KINDS and 0 < len(key) <= MAX_KEY else None


def read(experiment_id: int, arguments: Arguments) -> RunListView:
    """Returns the view that an address asks for; an unusable argument counts as not given."""
    columns = [column for column in map(_column, dict.fromkeys(arguments.getlist("column"))) if column]
    view = RunListView(
        experiment_id=experiment_id,
        query=arguments.get("q", ""),
        order=arguments.get("sort", ""),
        size=read_size(arguments, RunListView.size),
        columns=tuple(columns[:MAX_COLUMNS]),
        page_token=arguments.get("page_token") or None,
    )
    return view if view.order_by else replace(view, order=RunListView.order)


class RunPage(NamedTuple):
    """A page of runs, the token of the next, the columns shown, and those that could be."""

    rows: list[RunDetails]
    next_token: str | None
    columns: Sequence[Column]
    offered: list[Column]


class RunRows(NamedTuple):
    """A page of runs without what they logged, and the token of the next."""

    rows: list[RunRow]
    next_token: str | None


def find_rows(view: RunListView) -> RunRows:
    """Returns the runs of the page that the view shows. Raises `InvalidParameter` for a search that cannot be made."""
    rows, next_token = runs.search_rows(
        [view.experiment_id],
        filter=search_box.to_filter(RUNS, view.query),
        order_by=view.order_by,
        page_token=view.page_token,
        max_results=view.size,
    )
    return RunRows(rows, next_token)


def find(view: RunListView) -> RunPage:
    """Returns the page that the view shows. Raises `InvalidParameter` for a search that cannot be made."""
    found, next_token = find_rows(view)
    rows = runs.with_details(found)
    metrics = _commonest((metric.key for run in rows for metric in run.metrics), OFFERED)
    metrics.sort(key=is_system_metric)
    params = _commonest((key for run in rows for key in run.params), OFFERED)
    tags = _commonest((key for run in rows for key in user_tags(run.tags)), OFFERED)
    usual = [
        *(Column("metrics", key) for key in metrics[:METRIC_COLUMNS]),
        *(Column("params", key) for key in _most_telling(rows)),
    ]
    newest = logged_keys.of_newest_runs(view.experiment_id)
    newest["tags"] = list(user_tags(dict.fromkeys(newest["tags"], "")))
    kinds = (("metrics", metrics), ("params", params), ("tags", tags))
    offered = [
        Column(kind, key)
        for kind, keys in kinds
        for key in list(dict.fromkeys([*keys, *newest[kind]]))[:OFFERED]
    ]
    more = [column for column in view.columns if column not in offered]
    return RunPage(rows, next_token, view.columns or usual, sorted(offered + more))


def _commonest(keys: Iterable[str], most: int) -> list[str]:
    """Returns the keys that occur most often, those first, then in the order of their names."""
    counted = Counter(keys)
    return sorted(counted, key=lambda key: (-counted[key], key))[:most]


def _most_telling(rows: Sequence[RunDetails]) -> list[str]:
    """Returns the commonest parameters whose values tell the runs apart, or the commonest of all where none does."""
    values: dict[str, set[str]] = {}
    counted: Counter[str] = Counter()
    for run in rows:
        for key, value in run.params.items():
            values.setdefault(key, set()).add(value)
            counted[key] += 1
    telling = [key for key in counted if len(values[key]) > 1] or list(counted)
    return sorted(sorted(telling, key=lambda key: (-counted[key], key))[:PARAM_COLUMNS])


def value_of(run: RunDetails, column: Column) -> str | float | None:
    """Returns what the column holds for the run; a number for a metric."""
    if column.kind == "metrics":
        return next((metric.value for metric in run.metrics if metric.key == column.key), None)
    return (run.params if column.kind == "params" else run.tags).get(column.key)


def values_of(run: RunDetails) -> dict[Column, str | float]:
    """Returns all that the run logged, by the column that would hold it."""
    values: dict[Column, str | float] = {
        Column("metrics", metric.key): metric.value for metric in run.metrics
    }
    values |= {Column("params", key): value for key, value in run.params.items()}
    return values | {Column("tags", key): value for key, value in run.tags.items()}
