"""The page that compares versions side by side. Its address says all of it, so that people can send it to others.

The page is that of `app.web.compare.runs`, too.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.authz.permissions import Permission
from app.comparison import compare as comparison
from app.comparison import subjects
from app.comparison.compare import Comparison, Row
from app.core.errors import InvalidParameter
from app.http.application import needs
from app.tracking.metrics import curves
from app.web.charts import comparison_charts
from app.web.charts.metric_curves import AXES, POINTS_DRAWN, SMOOTHINGS, CurveChart, curve_chart
from app.web.charts.scatter import scatter
from app.web.error_sentences import sentence
from app.web.experiments.curves import style_of
from app.web.rendering import formats

blueprint = Blueprint("compare", __name__)

LARGEST_NUMBER = 2**31 - 1
MAX_OVERLAID = 24  # curves

# The sections of the table: name, title, and the noun for one of their rows.
SECTIONS = (
    ("metrics", "Metrics", "metric"),
    ("params", "Parameters", "parameter"),
    ("inputs", "Input", "field"),
    ("outputs", "Output", "field"),
    ("settings", "Inference parameters", "field"),
    ("tags", "Tags", "tag"),
    ("requirements", "Requirements", "package"),
    ("files", "Files", "file"),
    ("facts", "About", "fact"),
)


class Section(NamedTuple):
    """A part of the table: its rows, and how many equal ones are not shown."""

    name: str
    title: str
    noun: str
    rows: Sequence[Row]
    hidden: int


class SubjectKind(NamedTuple):
    """What is compared: the name of the address's arguments, and what pages call one and many of them."""

    endpoint: str
    argument: str
    one: str
    many: str


VERSIONS = SubjectKind("compare.versions", "versions", "version", "versions")


def requested_keys(kind: SubjectKind) -> list[str]:
    """Returns what the address names, each once."""
    return list(dict.fromkeys(key.strip() for key in request.args.getlist(kind.argument) if key.strip()))


@blueprint.get("/compare")
@needs(Permission.MODELS_READ)
def versions() -> ResponseReturnValue:
    """Compares versions of any models: `versions=churn:3&versions=fraud:1`, the base as `base=churn:3`."""
    keys = requested_keys(VERSIONS)

    def find() -> Sequence[Any]:
        return subjects.find_versions([ref for ref in map(_ref, keys) if ref])

    return page(VERSIONS, keys, find, lambda row: f"{row.name}:{row.number}", comparison.of_versions)


def _ref(text: str) -> subjects.Ref | None:
    name, _colon, number = text.rpartition(":")
    usable = name and number.isascii() and number.isdigit() and 0 < int(number[:12]) <= LARGEST_NUMBER
    return (name, int(number)) if usable else None


def page(
    kind: SubjectKind,
    keys_given: list[str],
    find: Callable[[], Sequence[Any]],
    key_of: Callable[[Any], str],
    compare: Callable[..., Comparison],
) -> ResponseReturnValue:
    """Returns the page that compares what `find` returns; the keys that it did not find are shown as missing."""
    rows: Sequence[Any] = []
    wrong = None
    try:
        rows = find()
    except InvalidParameter as error:
        wrong = sentence(error)
    keys = [key_of(row) for row in rows]
    address = CompareAddress(kind, keys)
    whole = compare(rows, base=address.base) if rows else None
    shown = whole if whole is None or address.shows_equal else whole.without_equal()
    picture = comparison_charts.differences(whole, request.args.get("metric")) if whole else None
    html = render_template(
        "compare/show.html",
        kind=kind,
        state=address,
        wrong=wrong,
        compared=shown,
        missing=[] if wrong else [key for key in keys_given if key not in keys],
        sections=sections(shown) if shown else [],
        signed=formats.signed,
        differences=picture,
        overlaid=overlaid_curves(whole, picture.key) if whole and picture else None,
        parallel=comparison_charts.parallel_coordinates(whole) if whole else None,
        smoothings=SMOOTHINGS,
        axes=AXES,
        dots=scatter(whole, address.x, address.y, picture.key if picture else None) if whole else None,
    )
    return html, 400 if wrong else 200


def sections(compared: Comparison) -> list[Section]:
    """Returns the parts of the table that have a row, or had one that is hidden because all values are equal."""
    parts = [
        Section(name, title, noun, getattr(compared, name), compared.hidden.get(name, 0))
        for name, title, noun in SECTIONS
    ]
    return [part for part in parts if part.rows or part.hidden]


def overlaid_curves(compared: Comparison, key: str) -> CurveChart | None:
    """Returns the curves of a metric, over each other, of the runs behind what is compared; None without a curve."""
    labels = {side.run.run.uuid: side.label for side in compared.sides if side.run}
    curves_by_run = {
        curve.run_uuid: (labels[curve.run_uuid], curve.points)
        for curve in curves.of_runs(list(labels)[:MAX_OVERLAID], key, most=POINTS_DRAWN)
        if curve.total > 1
    }
    return curve_chart(key, curves_by_run, style_of(request.args)) if curves_by_run else None


class CompareAddress:
    """What the address says of the page, and the addresses that differ from it in one thing."""

    def __init__(self, kind: SubjectKind, keys: list[str]):
        self.kind = kind
        self.keys = keys
        base_key = request.args.get("base")
        self.base = keys.index(base_key) if base_key in keys else 0
        self.shows_equal = request.args.get("equal") == "1"
        self.metric = request.args.get("metric") or None
        self.x = request.args.get("x") or None
        self.y = request.args.get("y") or None
        self.style = style_of(request.args)

    def url(self, *, without: str | None = None, **changes: Any) -> str:
        """Returns the address of this page with some arguments changed, or without one of what is compared."""
        keys = [key for key in self.keys if key != without]
        base = self.keys[self.base] if self.keys else None
        is_default = not keys or base in (without, keys[0])
        values = {self.kind.argument: keys, **self.kept(), "base": None if is_default else base, **changes}
        return url_for(self.kind.endpoint, **values)

    def kept_beside(self, *names: str) -> list[tuple[str, object]]:
        """Returns all arguments of the address but these, for a form that sends these itself."""
        compared = [(self.kind.argument, key) for key in self.keys]
        return compared + [(name, value) for name, value in self.kept().items() if name not in names]

    def kept(self) -> dict[str, Any]:
        """Returns the arguments beside what is compared, which each form of the page hands on."""
        arguments = {
            "base": self.keys[self.base] if self.base else None,
            "equal": 1 if self.shows_equal else None,
            "metric": self.metric,
            "x": self.x,
            "y": self.y,
            **self.style.arguments,
        }
        return {name: value for name, value in arguments.items() if value is not None}
