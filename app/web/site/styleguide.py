"""Every component in every state on one page, for developers of the pages; only with FLASK_DEBUG=1."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, SelectField, StringField, TextAreaField

from app.activity.timeline import Moment
from app.approvals.version_snapshot import PartChanged
from app.audit.recorder import Kind
from app.authz.permissions import Permission
from app.core import clock
from app.core.ids import RegisteredModelId
from app.db.json_aggregates import write_pairs
from app.http.application import needs
from app.registry.queries import VersionRow
from app.registry.tables import COLOURS
from app.stages.history import Arrival
from app.stages.missing_requirements import CheckNotPassed
from app.web.charts import line_charts
from app.web.charts.line_charts import Datum, line_chart, sparkline
from app.web.charts.lineage_graph import Node, graph_of
from app.web.charts.scale import NARROW
from app.web.forms.base import Form
from app.web.rendering import file_browser
from app.web.rendering.list_view import Heading
from app.web.versions import snippets

blueprint = Blueprint("styleguide", __name__)

INKS = (
    "paper",
    "surface",
    "sunken",
    "ink",
    "ink-soft",
    "line",
    "line-strong",
    "accent",
    "accent-soft",
    "danger",
    "danger-soft",
    "good-soft",
)
VALUES = (0.81, 0.835, 0.829, 0.84, 0.852, 0.849, 0.871)
DAY = 86_400_000


class _SampleForm(Form):
    id_prefix = "sample"

    name = StringField("Name", description="What it is called; at most 256 characters.")
    text = TextAreaField("Description", render_kw={"rows": 3})
    stage = SelectField("Move to", validate_choice=False)
    sure = BooleanField("Archive the versions currently in this stage")


class _WrongForm(_SampleForm):
    id_prefix = "wrong"


@blueprint.get("/styleguide")
@needs(Permission.PUBLIC)
def show() -> ResponseReturnValue:
    """Shows the components with made-up data, as the pages use them."""
    form, wrong = _SampleForm(formdata=None), _WrongForm(formdata=None)
    for one in (form, wrong):
        one.stage.choices = [("Staging", "Staging"), ("Production", "Production")]
    wrong.name.data, wrong.text.data = "a/b", "Typed with care."
    wrong.refuse("Invalid model name 'a/b'. Names cannot contain '/' or ':'.", field="name")
    wrong.refuse("Someone changed this while you were editing. See below.")
    data = [
        Datum(str(n), value, COLOURS[n % len(COLOURS)], note=f"Version {n}: {value}")
        for n, value in enumerate(VALUES, 1)
    ]
    return render_template(
        "site/styleguide/show.html",
        inks=INKS,
        colours=COLOURS,
        sample=form,
        wrong=wrong,
        wide=line_chart(data),
        narrow=line_chart(data, NARROW),
        spark=sparkline(VALUES),
        graph=_graph(),
        branch=_files(),
        moments=_moments(),
        lanes=_lanes(),
        description_changed=PartChanged("description"),
        scan_failed=CheckNotPassed("scan", "failed"),
        heading=Heading("#tables", "descending"),
        targets=snippets.for_version(_version(4, "Production"), "http://127.0.0.1:5000", True),
        chart_width=line_charts.WIDE,
    )


def _version(number: int, stage: str) -> VersionRow:
    now, aliases = clock.now_ms(), '["champion"]' if stage == "Production" else None
    return VersionRow(
        number,
        RegisteredModelId(1),
        "churn",
        number,
        stage,
        "What changed.",
        "s3://models/churn",
        None,
        None,
        None,
        None,
        None,
        "READY",
        None,
        now,
        now,
        "ada",
        write_pairs({"team": "risk"}),
        aliases,
    )


def _lanes() -> list[tuple[str, VersionRow | None, Arrival | None]]:
    held = Arrival(5, clock.now_ms() - 3 * DAY, "ada")
    return [
        ("None", None, None),
        ("Staging", _version(5, "Staging"), held),
        ("Production", _version(4, "Production"), held),
        ("Archived", None, None),
    ]


def _moments() -> list[Moment]:
    now = clock.now_ms()
    return [
        Moment(
            3,
            now - DAY // 24,
            Kind.VERSION_TRANSITIONED.value,
            "ada",
            4,
            None,
            "Staging",
            "Production",
            "Backtest is fine.\nCalibrated on March.",
        ),
        Moment(2, now - DAY, Kind.ALIAS_SET.value, "ben", 4, "champion", "3", "4", None),
        Moment(1, now - 40 * DAY, Kind.MODEL_CREATED.value, "ada", None, None, None, "churn", None),
    ]


def _files() -> file_browser.FileNode:
    return file_browser.tree(
        [("data/examples/input.csv", 944), ("data/schema.json", 312), ("MLmodel", 703), ("model.pkl", 46_080)]
    )


def _graph():
    return graph_of(
        [
            [Node("Data set", "customers 9c1f0a7e"), Node("Experiment", "churn", "#graph")],
            [Node("Run", "silent-vole-148", "#graph")],
            [Node("Version", "churn 4")],
            [Node("Stage", "Production", hue="green"), Node("Alias", "@champion")],
        ]
    )
