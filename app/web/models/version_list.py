"""The versions on the page of a model: which of them, and what one of their metrics did; the address says both."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.comparison import metric_series
from app.core.errors import InvalidParameter
from app.http.error_sentences import sentence
from app.registry import versions
from app.registry.queries import ModelRow, VersionRow
from app.registry.search_fields import VERSIONS
from app.search import parse_filter
from app.search.tree import And, Comparison, Name, Node
from app.tracking.metrics import latest
from app.web.charts import line_charts
from app.web.charts.line_charts import Chart, Datum
from app.web.charts.scale import NARROW
from app.web.rendering import search_box
from app.web.site.query_numbers import positive
from app.web.stages.colours import colour_of

A_PAGE = 25
OFFERED_METRICS = 200
FORM = ("q", "stage")  # what the form above the versions sends at least


@dataclass(frozen=True)
class View:
    """What the address says of the versions, their chart and the history.

    `below` and `page_token` say the page of the versions, `before` that of the history.
    """

    name: str
    query: str = ""
    stage: str = ""
    metric: str = ""
    below: int | None = None
    page_token: str | None = None
    before: int | None = None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.query or self.stage)

    @property
    def is_first_page(self) -> bool:
        return self.below is None and self.page_token is None

    def url(self, anchor: str | None = "versions-title", **changes: Any) -> str:
        """The address of the page with these changes, from the first versions on unless they name a page."""
        view = replace(self, **{"below": None, "page_token": None, "before": None, **changes})
        return url_for(
            "models.show",
            name=view.name,
            q=view.query or None,
            stage=view.stage or None,
            metric=view.metric or None,
            below=view.below,
            page_token=view.page_token,
            before=view.before,
            _anchor=anchor,
        )

    def url_of_history(self, before: int | None = None) -> str:
        """The address of the same page with the history before this event, or from its newest on."""
        return self.url("history-title", below=self.below, page_token=self.page_token, before=before)


class Found(NamedTuple):
    """A page of versions, and the address of the next one."""

    versions: list[VersionRow]
    next_url: str | None
    wrong: str | None = None


class Picture(NamedTuple):
    """The chart of a metric, drawn wide and narrow, the metrics to choose from, and its values by run."""

    metric: str
    offered: list[str]
    values: dict[str, float]
    wide: Chart | None
    narrow: Chart | None


def read(name: str, args: "MultiDict[str, str]") -> View:
    """The view that an address asks for."""
    return View(
        name=name,
        query=args.get("q", ""),
        stage=args.get("stage", ""),
        metric=args.get("metric", "")[:250],
        below=positive(args.get("below")),
        page_token=args.get("page_token") or None,
        before=positive(args.get("before")),
    )


def find(view: View) -> Found:
    """The versions of the view; for a search that cannot be made none, and what is wrong with it."""
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
            return Found([], None, sentence(error))
        next_url = view.url(page_token=token) if token else None
    return Found(rows, next_url)


def _filter(view: View) -> Node:
    parts: list[Node] = [Comparison(Name(None, "name"), "=", view.name)]
    if view.stage:
        parts.append(Comparison(Name(None, "stage"), "=", view.stage))
    asked = search_box.to_filter(VERSIONS, view.query)
    node = parse_filter(asked) if isinstance(asked, str) else asked
    return And((*parts, node)) if node is not None else And(tuple(parts))


def _runs(rows: list[VersionRow]) -> list[str]:
    return [row.run_uuid for row in rows if row.run_uuid]


def picture(model: ModelRow, view: View, rows: list[VersionRow]) -> Picture | None:
    """The chart that the view asks for, else of the metric that most of the versions shown have."""
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
    return Picture(
        metric,
        sorted({*offered, metric}),
        values,
        line_charts.line_chart(data),
        line_charts.line_chart(data, NARROW),
    )
