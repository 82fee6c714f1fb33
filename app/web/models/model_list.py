"""What the list of models shows: search, order, columns and page, all of it in the address."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from app.authz.actors import Actor
from app.registry import models as registered_models
from app.registry import stars
from app.registry.queries import ModelRow, VersionRow
from app.registry.search_fields import MODELS
from app.search.tree import Comparison, Name
from app.tracking.metrics import latest
from app.web.rendering.list_view import Arguments, SortedListView, narrowed, read_size

# The columns beside the name, in this order.
COLUMNS = {
    "description": "Description",
    "stages": "In stage",
    "aliases": "Aliases",
    "tags": "Tags",
    "owner": "Owner",
    "updated": "Updated",
}


class Order(NamedTuple):
    """An order of the list: what the form calls it, and how a search names it."""

    label: str
    order_by: str


ORDERS = {
    "-updated": Order("Updated, newest first", "updated DESC"),
    "updated": Order("Updated, oldest first", "updated ASC"),
    "name": Order("Name, A to Z", "name ASC"),
    "-name": Order("Name, Z to A", "name DESC"),
}
MAX_METRICS = 4
MAX_METRIC_NAME = 250
OFFERED_METRICS = 50
OFFERING_RUNS = 10  # whose metrics are offered
FORM = ("q", "metrics", "sort", "size")  # the fields that the form above the list always sends


@dataclass(frozen=True, kw_only=True)
class ModelListView(SortedListView):
    """One view of the list of models."""

    ENDPOINT: ClassVar[str] = "models.index"
    LARGEST_FIRST: ClassVar[Sequence[str]] = ("updated",)

    order: str = "-updated"
    columns: tuple[str, ...] = tuple(COLUMNS)
    metrics: tuple[str, ...] = ()
    mine: bool = False
    starred: bool = False

    def own_arguments(self) -> dict[str, Any]:
        return {
            **super().own_arguments(),
            "column": list(self.columns) if self.columns != tuple(COLUMNS) else None,
            "metrics": ", ".join(self.metrics) or None,
            "mine": 1 if self.mine else None,
            "starred": 1 if self.starred else None,
        }


class ModelLine(NamedTuple):
    """One model of the list; `latest` is its version of the highest number, `values` that one's metrics."""

    model: ModelRow
    latest: VersionRow | None
    values: dict[str, float]
    is_starred: bool


class ModelPage(NamedTuple):
    """A page of the list, the token of the next, and metrics that could be columns."""

    rows: list[ModelLine]
    next_token: str | None
    offered_metrics: list[str]


def read(arguments: Arguments) -> ModelListView:
    """Returns the view that an address asks for; an unusable argument counts as not given."""
    columns = tuple(name for name in COLUMNS if name in arguments.getlist("column"))
    order = arguments.get("sort", "")
    return ModelListView(
        query=arguments.get("q", ""),
        order=order if order in ORDERS else ModelListView.order,
        size=read_size(arguments, ModelListView.size),
        columns=columns or ModelListView.columns,
        metrics=_metrics(arguments.get("metrics", "")),
        mine=arguments.get("mine") == "1",
        starred=arguments.get("starred") == "1",
        page_token=arguments.get("page_token") or None,
    )


def _metrics(text: str) -> tuple[str, ...]:
    names = dict.fromkeys(name.strip() for name in text.split(","))
    return tuple(name for name in names if name and len(name) <= MAX_METRIC_NAME)[:MAX_METRICS]


def find(view: ModelListView, actor: Actor) -> ModelPage:
    """Returns the page that the view shows. Raises `InvalidParameter` for a search that cannot be made."""
    search = stars.search if view.starred else registered_models.search
    models, next_token = search(
        filter=narrowed(MODELS, view.query, *([made_by(actor)] if view.mine else [])),
        order_by=[ORDERS[view.order].order_by],
        max_results=view.size,
        page_token=view.page_token,
    )
    runs = _runs_of_newest(models)
    values = latest.values_of(runs, view.metrics)
    starred = stars.among([model.id for model in models])
    offered_metrics = latest.commonest_keys(runs[:OFFERING_RUNS], OFFERED_METRICS)
    return ModelPage(_lines(models, values, starred), next_token, offered_metrics)


def made_by(actor: Actor) -> Comparison:
    """Returns the condition that finds the models of somebody's making."""
    return Comparison(Name(None, "author"), "=", actor.name)


def newest_of(model: ModelRow) -> VersionRow | None:
    """Returns its version of the highest number, which is one of the newest of the stages."""
    return max(model.latest, key=lambda version: version.number, default=None)


def _runs_of_newest(models: Iterable[ModelRow]) -> list[str]:
    versions = [newest_of(model) for model in models]
    return [version.run_uuid for version in versions if version is not None and version.run_uuid]


def _lines(
    models: Sequence[ModelRow], values: Mapping[str, dict[str, float]], starred: set[int]
) -> list[ModelLine]:
    lines = []
    for model in models:
        version = newest_of(model)
        run = version.run_uuid if version else None
        lines.append(ModelLine(model, version, values.get(run or "", {}), model.id in starred))
    return lines
