"""The versions on the page of a model, and the chart of one of their metrics; the address says both."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from flask import url_for

from app import manifests
from app.comparison import metric_series
from app.core.errors import InvalidParameter
from app.registry import versions
from app.registry.queries import ModelRow, VersionRow
from app.registry.search_fields import VERSIONS
from app.search.tree import Comparison, Name, Node
from app.tracking.metrics import latest
from app.web.charts import line_charts
from app.web.charts.line_charts import Chart, Datum
from app.web.charts.scale import NARROW
from app.web.error_sentences import sentence
from app.web.rendering.list_view import Arguments, ListView, narrowed
from app.web.site.query_numbers import positive_number
from app.web.stages.colours import colour_of

A_PAGE = 25
OFFERED_METRICS = 200
FORM = ("q", "stage")  # the fields that the form above the versions always sends


@dataclass(frozen=True, kw_only=True)
class VersionListView(ListView):
    """What the address says of the versions, their chart and the history.

    `below` and `page_token` say the page of the versions, `before` that of the history.
    """

    FIRST_PAGE: ClassVar[dict[str, Any]] = {"page_token": None, "below": None, "before": None}

    name: str
    stage: str = ""
    metric: str = ""
    below: int | None = None
    before: int | None = None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.query or self.stage)

    @property
    def is_first_page(self) -> bool:
        return self.below is None and self.page_token is None

    def arguments(self) -> dict[str, Any]:
        return {"name": self.name, **super().arguments()}

    def own_arguments(self) -> dict[str, Any]:
        return {
            "stage": self.stage or None,
            "metric": self.metric or None,
            "below": self.below,
            "before": self.before,
        }

    def url(self, anchor: str | None = "versions-title", **changes: Any) -> str:
        """Returns the address of the page with these changes, from the first versions on unless they name a page."""
        return self.address("models.show", anchor, **changes)

    def url_of_history(self, before: int | None = None) -> str:
        """Returns the address of the same page with the history before this event, or from its newest on."""
        return self.url("history-title", below=self.below, page_token=self.page_token, before=before)


class VersionPage(NamedTuple):
    """A page of versions, the address of the next one, and what is wrong with the search.

    `mismatched` are the ids of those whose files are not those that were registered.
    """

    versions: list[VersionRow]
    next_url: str | None
    mismatched: Collection[int] = ()
    wrong: str | None = None


class MetricChart(NamedTuple):
    """The chart of a metric, drawn wide and narrow, the metrics to choose from, and its values by run."""

    metric: str
    offered: list[str]
    values: dict[str, float]
    wide: Chart | None
    narrow: Chart | None


def read(name: str, arguments: Arguments) -> VersionListView:
    """Returns the view that an address asks for."""
    return VersionListView(
        name=name,
        query=arguments.get("q", ""),
        stage=arguments.get("stage", ""),
        metric=arguments.get("metric", "")[:250],
        below=positive_number(arguments.get("below")),
        page_token=arguments.get("page_token") or None,
        before=positive_number(arguments.get("before")),
    )


def find(view: VersionListView) -> VersionPage:
    """Returns the versions of the view; for a search that cannot be made none, and what is wrong with it."""
    next_url = None
    if not view.is_narrowed:
        rows, below = versions.of_model(view.name, max_results=A_PAGE, below=view.below)
        next_url = view.url(below=below) if below else None
    else:
        try:
            rows, token = versions.search(
                filter=_filter(view),
                order_by=["version_number DESC"],
                max_results=A_PAGE,
                page_token=view.page_token,
            )
        except InvalidParameter as error:
            return VersionPage([], None, wrong=sentence(error))
        next_url = view.url(page_token=token) if token else None
    return VersionPage(rows, next_url, manifests.mismatched([row.id for row in rows]))


def _filter(view: VersionListView) -> str | Node | None:
    conditions: list[Node] = [Comparison(Name(None, "name"), "=", view.name)]
    if view.stage:
        conditions.append(Comparison(Name(None, "stage"), "=", view.stage))
    return narrowed(VERSIONS, view.query, *conditions)


def _runs(rows: list[VersionRow]) -> list[str]:
    return [row.run_uuid for row in rows if row.run_uuid]


def metric_chart(model: ModelRow, view: VersionListView, rows: list[VersionRow]) -> MetricChart | None:
    """Returns the chart that the view asks for, else of the metric that most of the versions shown have."""
    runs = _runs(rows or model.latest)
    offered = latest.commonest_keys(runs, OFFERED_METRICS)
    metric = view.metric or next(iter(offered), "")
    if not metric:
        return None
    points = metric_series.of_metric(model.id, metric)
    data = [
        Datum(
            str(point.number),
            point.value,
            colour_of(point.stage),
            url_for("versions.show", name=model.name, number=point.number),
            f"Version {point.number}, {point.stage}: {metric} {point.value:.6g}",
        )
        for point in points
    ]
    values = {run: of_run[metric] for run, of_run in latest.values_of(runs, [metric]).items()}
    return MetricChart(
        metric,
        sorted({*offered, metric}),
        values,
        line_charts.line_chart(data),
        line_charts.line_chart(data, NARROW),
    )
