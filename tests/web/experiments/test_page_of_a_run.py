"""`/runs/<run_id>`: its curves, its files and what is shown of them; `/curves.json`."""

import math

import pytest

from app import artifacts
from app.artifacts import uris
from app.authz.actors import Actor
from app.authz.levels import Level
from app.db.transactions import transaction
from app.sharing import grants
from app.tracking import experiments, runs
from app.tracking.logged_models import models
from app.tracking.metrics import write as metrics
from app.tracking.metrics.write import Point
from app.web.experiments import curves
from app.web.rendering import file_browser, previews
from tests.factories.accounts import make_account, sign_in
from tests.support.pages import text_of
from tests.support.queries import recorded_queries

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def run(do):
    return do(runs.create, 0, name="boost", start_time=1_790_000_000_000).run


@pytest.fixture
def log(do, run):
    def write(key, values, steps=None):
        points = [Point(key, v, 1_790_000_000_000 + 1000 * n, n) for n, v in enumerate(values)]
        if steps is not None:
            points = [point._replace(step=step) for point, step in zip(points, steps, strict=True)]
        do(lambda actor: metrics.put(run, points))

    return write


@pytest.fixture
def put(app, run):
    def write(path, data):
        with app.app_context(), transaction():
            artifacts.store().write(uris.from_uri(run.artifact_uri).joined(path), [data], len(data))

    return write


def drawn(page):
    """The curves' names, each with its lines."""
    figures = [figure for figure in page.all("figure") if figure.get("class") == "curve"]
    return {
        text_of(f.find(".//h3")): [line.get("points") for line in f.iter(SVG + "polyline")] for f in figures
    }


def preview(page):
    found = [section for section in page.all("section") if section.get("class") == "file-shown"]
    return text_of(found[0]) if found else ""


def test_metrics_of_several_points_are_drawn_and_told(pages, run, log):
    log("auc", [0.5, 0.75, 1.0])
    log("rows", [10.0])

    page = pages.get(f"/runs/{run.uuid}")

    assert drawn(page) == {"auc": ["0.0,160.0 300.0,80.0 600.0,0.0"]}
    assert "auc over steps" in page.text
    assert "0 2026-09-21 14:13:20 UTC 0.5" in page.text, "a table for readers of screens"
    assert "2 2026-09-21 14:13:22 UTC 1" in page.text


def test_a_run_without_curves_brings_no_charts_along(pages, run, log):
    log("auc", [0.5])
    page = pages.get(f"/runs/{run.uuid}")
    assert "Curves" not in page.text
    assert "curves.js" not in page.html


def test_what_is_no_number_is_a_gap(pages, run, log):
    log("loss", [1.0, 0.5, math.nan, 0.25, 0.0])
    assert drawn(pages.get(f"/runs/{run.uuid}"))["loss"] == ["0.0,0.0 150.0,80.0", "450.0,120.0 600.0,160.0"]


def test_a_curve_of_nothing_but_nan_is_not_drawn(pages, run, log):
    log("loss", [math.nan, math.nan])
    page = pages.get(f"/runs/{run.uuid}")
    assert drawn(page) == {} and "Nothing of these can be drawn" in page.text


def test_the_largest_and_smallest_numbers_are_drawn(pages, run, log):
    log("wild", [-1.7e308, 1.7e308, 0.0])
    assert drawn(pages.get(f"/runs/{run.uuid}"))["wild"] == ["0.0,160.0 300.0,0.0 600.0,80.0"]


def test_an_infinity_is_a_gap_and_a_sign_and_flattens_nothing(pages, client, run, log):
    log("loss", [1.0, 0.5, math.inf, 0.25, 0.0, -math.inf])

    page = pages.get(f"/runs/{run.uuid}")

    assert drawn(page)["loss"] == ["0.0,0.0 150.0,80.0", "450.0,120.0 600.0,160.0"]
    assert "Gaps in the curve: ∞ at step 2, −∞ at step 5." in page.text
    assert "e+308" not in page.text
    [series] = client.get(f"/curves.json?runs={run.uuid}&metric=loss").get_json()["series"]
    assert series["values"] == [1.0, 0.5, None, 0.25, 0.0, None]


def test_curves_are_smoothed_put_on_a_log_scale_and_drawn_over_time(pages, run, log):
    log("loss", [100.0, 10.0, 1.0, 0.0])

    smooth = drawn(pages.get(f"/runs/{run.uuid}?smooth=0.6"))["loss"]
    logarithmic = drawn(pages.get(f"/runs/{run.uuid}?log=1"))["loss"]

    assert len(smooth) == 2, "the raw one stands behind"
    assert logarithmic == ["0.0,0.0 300.0,80.0 600.0,160.0"]
    page = pages.get(f"/runs/{run.uuid}?axis=time")
    assert "loss over time" in page.text and "3 s" in page.text
    assert "loss over steps, log scale, smoothed" in pages.get(f"/runs/{run.uuid}?smooth=0.6&log=1").text
    assert [o.get("value") for o in page.all("option") if o.get("selected") is not None] == ["0", "time"]


def test_points_without_steps_are_drawn_over_time(pages, run, log):
    log("auc", [0.5, 0.75], steps=[0, 0])
    assert "auc over time" in pages.get(f"/runs/{run.uuid}").text


@pytest.mark.parametrize(
    "query", ["smooth=9", "smooth=x&axis=up&log=maybe", "curves=-1", "curves=99999999999999999999"]
)
def test_a_look_that_there_is_not_is_the_usual_one(pages, run, log, query):
    log("auc", [0.5, 1.0])
    assert drawn(pages.get(f"/runs/{run.uuid}?{query}")) == {"auc": ["0.0,160.0 600.0,0.0"]}


def test_many_curves_come_a_few_at_a_time_and_the_machines_own_last(pages, run, log):
    log("system/cpu", [1.0, 2.0])
    for number in range(curves.A_PAGE + 2):
        log(f"m{number:02}", [0.5, 0.6])

    first = pages.get(f"/runs/{run.uuid}")
    second = pages.get(first.links()["Next"].split("#")[0])

    assert "12 of 15" in first.text
    assert list(drawn(second)) == ["m12", "m13", "system/cpu"]
    assert list(drawn(pages.get(second.links()["First"].split("#")[0]))) == list(drawn(first))


def test_the_number_of_statements_does_not_grow_with_curves(app, pages, run, log):
    log("a", [0.5, 1.0])
    with recorded_queries(app) as few:
        pages.get(f"/runs/{run.uuid}")
    for number in range(10):
        log(f"m{number}", [0.5, 1.0, 0.7])
    with recorded_queries(app) as many:
        pages.get(f"/runs/{run.uuid}?path=nothing")
    assert len(many) == len(few) <= 10, many


def test_a_script_gets_the_points_between_two_steps(client, run, log):
    log("loss", [1.0, 0.5, math.nan, 0.25])

    url = f"/curves.json?runs={run.uuid}&runs=nobody&metric=loss"
    [series, nothing] = client.get(url).get_json()["series"]

    assert series["steps"] == [0, 1, 2, 3] and series["values"] == [1.0, 0.5, None, 0.25]
    assert series["times"][1] - series["times"][0] == 1000
    assert series["whole"] is True and nothing["steps"] == []
    [part, _] = client.get(f"{url}&low=1&high=2").get_json()["series"]
    assert part["steps"] == [1, 2]


@pytest.mark.parametrize("query", ["low=x", "high=1.5", "low=" + "9" * 5000])
def test_steps_that_are_none_are_refused_or_bounded(client, run, query):
    status = client.get(f"/curves.json?runs={run.uuid}&metric=loss&{query}").status_code
    assert status == (200 if query.endswith("9") else 400)


def test_points_are_shown_to_whom_the_run_is(app, client, run, log):
    log("loss", [1.0, 0.5])
    with app.app_context(), transaction():
        anna = make_account("anna")
    sign_in(app, client, anna.id)
    url = f"/curves.json?runs={run.uuid}&metric=loss"

    assert client.get(url).get_json()["series"][0]["steps"] == []
    with app.app_context(), transaction():
        grants.set_on_experiment(0, grants.principal_of_account("anna"), Level.READ, actor=Actor("Ada"))
    assert client.get(url).get_json()["series"][0]["steps"] == [0, 1]


@pytest.mark.parametrize(
    ("name", "data", "shown"),
    [
        ("notes.txt", b"hello\nthere", "hello there"),
        ("page.html", b"<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("table.csv", b'a,b\n1,"2,3"\n', "a b 1 2,3"),
        ("table.tsv", b"a\tb\n1\t2\n", "a b 1 2"),
        ("table.json", b'{"columns": ["x", "y"], "data": [[1, null], ["two", [3]]]}', "x y 1 null two [3]"),
        ("other.json", b'{"columns": 3}', '{"columns": 3}'),
        ("deep.json", b"[" * 100_000, "[[[["),
        ("notes.md", b"# Top\n\n**bold** <script>x</script>", "Top bold"),
        ("MLmodel", b"flavors: {}\n", "flavors: {}"),
        ("model.pkl", b"\x80\x04\x95\0\0", "loading it executes code, so there is no preview"),
        ("latin.txt", b"caf\xe9", "There is no preview"),
        ("empty", b"", "The file is empty"),
    ],
)
def test_a_file_is_shown_by_its_kind_and_never_run(pages, run, put, name, data, shown):
    put(f"folder/{name}", data)

    page = pages.get(f"/runs/{run.uuid}?path=folder/{name}")

    assert shown in preview(page)
    assert page.links()["Download"].startswith("/get-artifact?")
    assert not [script for script in page.all("script") if not script.get("src", "").startswith("/static/")]


def test_the_files_of_a_logged_model_are_looked_at_from_the_run_that_made_it(pages, run, do, put):
    put("notes.txt", b"of the run")
    assert "Whose files" not in [nav.get("aria-label") for nav in pages.get(f"/runs/{run.uuid}").all("nav")]
    model = do(models.create, run.experiment_id, name="boosted", source_run_uuid=run.uuid).model
    do(models.finalize, model.model_id, "READY")
    place = uris.from_uri(model.artifact_uri).joined("MLmodel")
    do(lambda actor: artifacts.store().write(place, [b"flavors: {sklearn: {}}"], None))

    page = pages.get(f"/runs/{run.uuid}")
    assert "notes.txt" in page.links() and "MLmodel" not in page.links()
    page = pages.get(page.links()[f"boosted ({model.model_id})"])
    assert "notes.txt" not in page.links()
    page = pages.get(page.links()["MLmodel"])
    assert "flavors: {sklearn: {}}" in preview(page)
    assert pages.client.get(page.links()["Download"]).data == b"flavors: {sklearn: {}}"
    assert "notes.txt" in pages.get(f"/runs/{run.uuid}?model=m-none").links()


def test_a_picture_is_part_of_the_page(pages, run, put):
    put("plot.png", b"\x89PNG\r\n\x1a\n")
    [picture] = pages.get(f"/runs/{run.uuid}?path=plot.png").all("img")
    assert picture.get("alt") == "plot.png"
    assert picture.get("src").startswith("data:image/png;base64,")


def test_of_a_long_file_the_beginning_is_shown(pages, run, put):
    put("long.log", "ä".encode() * previews.MAX_TEXT)
    put("long.csv", b"a,b\n" + b"1,2\n" * 5000)
    for name in ("long.log", "long.csv"):
        page = pages.get(f"/runs/{run.uuid}?path={name}")
        assert "Only the first 100" in preview(page)
        assert len(page.html) < 220_000


def test_the_tree_is_open_on_the_way_to_what_is_shown(pages, run, put):
    for path in ("a/b/c.txt", "a/b/d.txt", "a/e.txt", "z/hidden.txt", "top.txt"):
        put(path, b"x")

    page = pages.get(f"/runs/{run.uuid}?path=a/b/c.txt")

    [tree] = [nav for nav in page.all("nav") if nav.get("class") == "file-nodes"]
    names = [text_of(a) for a in tree.iter("a")]
    assert names == ["a/", "b/", "c.txt", "d.txt", "e.txt", "z/", "top.txt"]
    assert [text_of(a) for a in tree.iter("a") if a.get("aria-current")] == ["c.txt"]


def test_a_long_folder_is_shown_part_by_part_and_every_file_is_found(pages, run, put, monkeypatch):
    monkeypatch.setattr(file_browser, "MAX_ENTRIES", 10)
    for number in range(25):
        put(f"many/{number:02}.txt", f"file {number}".encode())

    page = pages.get(f"/runs/{run.uuid}?path=many")
    assert "09.txt" in page.links() and "10.txt" not in page.links()
    page = pages.get(page.links()["11 to 20 of 25"].split("#")[0])
    assert "10.txt" in page.links() and "1 to 10 of 25" in page.links()
    page = pages.get(page.links()["21 to 25 of 25"].split("#")[0])
    assert [name for name in page.links() if name.endswith(".txt")] == [f"{n}.txt" for n in range(20, 25)]
    page = pages.get(f"/runs/{run.uuid}?path=many/17.txt")
    assert "file 17" in preview(page) and "There is no" not in page.text and "17.txt" in page.links()
    assert "There is no many/99.txt here" in pages.get(f"/runs/{run.uuid}?path=many/99.txt").text
    for begin in ("999999999", "-3", "x"):
        assert pages.get(f"/runs/{run.uuid}?path=many&begin={begin}").links()


def test_a_run_that_ends_before_it_starts_says_by_how_much(pages, do, run):
    do(runs.change, run.uuid, status="FINISHED", end_time=run.start_time - 3_600_000)
    assert "Duration −1 h" in pages.get(f"/runs/{run.uuid}").text


def test_a_file_that_is_not_there_is_named(pages, run, put):
    put("a.txt", b"x")
    assert "There is no b.txt here" in pages.get(f"/runs/{run.uuid}?path=b.txt").text


def test_files_are_hidden_with_their_experiment(app, pages, client, do, run, put):
    """A run's own experiment may be open while its files lie with another, that is not."""
    other = do(experiments.create, "secret")
    hidden = do(experiments.create, "open", artifact_location=f"mlflow-artifacts:/{other}/shared")
    inside = do(runs.create, hidden, name="inside").run
    with app.app_context(), transaction():
        place = uris.from_uri(inside.artifact_uri).joined("plan.txt")
        artifacts.store().write(place, [b"secret plan"], 11)
        anna = make_account("anna")
        grants.set_on_experiment(hidden, grants.principal_of_account("anna"), Level.READ, actor=Actor("Ada"))
    sign_in(app, client, anna.id)
    page = pages.get(f"/runs/{inside.uuid}?path=plan.txt")
    answer = client.get(f"/get-artifact?run_uuid={inside.uuid}&path=plan.txt")
    assert ("secret plan" in page.text) is (answer.status_code == 200), "the page and the download agree"
