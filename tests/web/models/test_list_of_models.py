"""`/models`."""

import csv
import io
import itertools

import pytest
from sqlalchemy import event

from app.core import clock
from app.db.transactions import db
from app.registry import aliases, models, versions
from app.stages import transitions
from app.tracking import experiments, log_batch, runs
from app.tracking.metrics.write import Point
from app.web.models import model_list
from app.web.rendering import list_view
from tests.support.pages import text_of
from tests.support.queries import recorded_queries
from tests.web.conftest import ADA


@pytest.fixture
def churn(do):
    do(models.create, "churn", description="# Who leaves\n\nWithin **30 days**.")
    for _ in range(3):
        do(versions.create, "churn", "s3://models/churn")
    do(transitions.transition, "churn", 1, "Archived")
    do(transitions.transition, "churn", 2, "Production")
    do(aliases.set_alias, "churn", "champion", 2)
    do(models.set_tag, "churn", "team", "risk")


def test_it_lists_models_with_what_they_are_and_where_they_stand(pages, churn):
    page = pages.get("/models")
    assert page.title == "Models · Greenroom"
    for part in (
        "churn",
        "Who leaves",
        "Production v2",
        "Archived v1",
        "None v3",
        "@champion v2",
        "team",
        "risk",
        "Ada",
    ):
        assert part in page.text
    assert page.links()["churn"] == "/models/churn"
    assert page.links()["Production v2"] == "/models/churn/versions/2"


def test_an_empty_registry_shows_the_lines_that_fill_it(pages):
    page = pages.get("/models")
    assert 'registered_model_name="churn"' in page.text
    assert 'set_tracking_uri("http://localhost")' in page.text
    assert page.links()["create an empty model"] == "/new-model"


def test_words_find_models_by_name_description_and_tag_whatever_the_case(pages, churn, do):
    do(models.create, "pricing")
    for words in ("CHUR", "leaves", "risk", "who churn"):
        page = pages.get(f"/models?q={words}")
        assert "churn" in page.links()
        assert "pricing" not in page.links()


def test_a_filter_is_taken_as_one(pages, churn, do):
    do(models.create, "pricing")
    assert "pricing" not in pages.get("/models?q=tags.team+%3D+'risk'").links()
    assert "churn" not in pages.get("/models?q=name+LIKE+'pri%25'").links()


def test_a_search_that_finds_nothing_says_so(pages, churn):
    page = pages.get("/models?q=unheard-of")
    assert "No matching models" in page.text
    assert page.links()["All models"] == "/models"


def test_what_is_wrong_with_a_filter_stands_under_the_box_and_the_text_stays(pages, churn):
    page = pages.get("/models?q=name+%3D", status=400)
    assert "expected" in page.error_beside("q")
    assert 'value="name ="' in page.html


def test_a_page_token_that_is_none_of_ours_is_refused(pages, churn):
    assert "page_token" in pages.get("/models?page_token=abc", status=400).error_beside("q")


def test_pages_follow_one_another_and_keep_the_search(pages, do):
    for number in range(60):
        do(models.create, f"model {number:02}")
    do(models.create, "other")
    shown = [pages.get("/models?q=model")]
    while "Next page" in shown[-1].links():
        shown.append(pages.get(shown[-1].links()["Next page"]))
    names = [name for page in shown for name in page.links() if name.startswith("model ")]
    assert (len(shown), len(names), len(set(names))) == (3, 60, 60)
    assert not any("other" in page.links() for page in shown)
    assert shown[1].links()["First page"] == "/models?q=model"


def test_the_number_of_statements_does_not_grow_with_the_list(app, pages, churn, do):
    with recorded_queries(app) as few:
        pages.get("/models")
    for number in range(20):
        name = f"model {number}"
        do(models.create, name, tags={"a": "b"})
        do(versions.create, name, "s3://models/x")
    with recorded_queries(app) as many:
        pages.get("/models")
    assert len(many) == len(few) <= 8, many


def test_personal_mode_says_who_does_everything(pages):
    assert "Personal mode: everything here is done by the local user." in pages.get("/models").html


def test_what_is_done_in_a_browser_is_done_by_the_local_user(pages, do, ask):
    assert ADA.name != "local user"
    pages.send("/new-model", name="mine")
    assert ask(models.get, "mine").created_by == "local user"


def test_the_address_says_which_columns_are_shown(pages, churn):
    page = pages.get("/models?column=owner&column=stages")
    assert [text_of(th) for th in page.all("thead")[0].iter("th")] == ["Name", "In stage", "Owner"]
    assert "Who leaves" not in page.text
    assert "@champion" not in page.text
    for name in ("owner", "stages"):
        assert checkbox(page, f"column-{name}").get("checked") is not None
    assert checkbox(page, "column-tags").get("checked") is None


def checkbox(page, id_):
    return next(e for e in page.all("input") if e.get("id") == id_)


def test_what_the_form_sends_beside_what_is_chosen_stays_out_of_the_address(client, churn):
    usual = "&".join(f"column={name}" for name in model_list.COLUMNS) + "&sort=-updated&size=25"
    for sent, kept in (
        (f"q=churn&{usual}&metrics=", "q=churn"),
        (f"q=&{usual}&metrics=auc&starred=1", "metrics=auc&starred=1"),
        ("q=&column=tags&metrics=&sort=name&size=50&mine=1", "sort=name&size=50&column=tags&mine=1"),
    ):
        answer = client.get(f"/models?{sent}")
        assert (answer.status_code, answer.location) == (302, f"/models?{kept}")
        assert client.get(answer.location).status_code == 200
    answer = client.get("/models/churn?q=&stage=Production")
    assert (answer.status_code, answer.location) == (302, "/models/churn?stage=Production")
    assert client.get("/models/churn?q=x&stage=Production").status_code == 200


def test_metrics_of_the_newest_version_are_columns(pages, churn, do):
    run = log_run(do, auc=0.913, f1=0.5)
    log_run(do, rows=7)
    do(versions.create, "churn", f"runs:/{run}/model", run_uuid=run)
    page = pages.get("/models?metrics=auc,+nothing+here")
    row = text_of(page.all("tbody")[0])
    assert "0.913" in row
    assert "0.5" not in row
    headings = [text_of(th) for th in page.all("thead")[0].iter("th")]
    assert "auc" in headings and "nothing here" in headings
    offered = text_of(next(e for e in page.all("p") if e.get("id") == "metrics-hint"))
    assert "auc" in offered and "f1" in offered and "rows" not in offered


def log_run(do, **values) -> str:
    experiment = do(experiments.create, f"experiment {values}")
    run = do(runs.create, experiment)
    do(log_batch.log, run.run.uuid, points=[Point(key, value, 1) for key, value in values.items()])
    return run.run.uuid


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["alpha", "beta", "churn"]),
        ("-name", ["churn", "beta", "alpha"]),
        ("updated", ["churn", "beta", "alpha"]),
        ("-updated", ["alpha", "beta", "churn"]),
        ("nonsense", ["alpha", "beta", "churn"]),
    ],
)
def test_the_list_is_sorted_as_its_address_says(pages, churn, do, ticking, sort, names):
    for name in ("beta", "alpha"):
        do(models.create, name)
    page = pages.get(f"/models?sort={sort}")
    assert [name for name in page.links() if name in names] == names


@pytest.fixture
def ticking(monkeypatch):
    """A clock that never shows the same time twice."""
    times = itertools.count(clock.now_ms() + 1_000)
    monkeypatch.setattr(clock, "now_ms", lambda: next(times))


def test_a_heading_sorts_and_says_how_it_is_sorted(pages, churn):
    page = pages.get("/models?q=churn")
    by_name = page.links()["Name"]
    assert "sort=name" in by_name and "q=churn" in by_name
    sorted_page = pages.get(by_name)
    heading = next(th for th in sorted_page.all("th") if text_of(th) == "Name")
    assert heading.get("aria-sort") == "ascending"
    assert "sort=-name" in sorted_page.links()["Name"]


def test_a_page_is_as_long_as_its_address_says_and_the_next_one_too(pages, do):
    for number in range(60):
        do(models.create, f"model {number:02}")
    first = pages.get("/models?size=50&sort=name&column=tags")
    assert sum(name.startswith("model ") for name in first.links()) == 50
    second = pages.get(first.links()["Next page"])
    assert sum(name.startswith("model ") for name in second.links()) == 10
    assert "model 50" in second.links()
    assert second.links()["First page"] == "/models?sort=name&size=50&column=tags"
    assert sum(name.startswith("model ") for name in pages.get("/models?size=7").links()) == 25


def test_mine_are_those_that_the_viewer_made(pages, churn):
    pages.send("/new-model", name="of my own")
    page = pages.get("/models?mine=1")
    assert "of my own" in page.links()
    assert "churn" not in page.links()
    assert "of my own" not in pages.get("/models?mine=1&q=name+%3D+'churn'").links()
    assert "of my own" in pages.get("/models?mine=1&q=own").links()
    assert "expected" in pages.get("/models?mine=1&q=name+%3D", status=400).error_beside("q")


def test_a_star_is_put_and_taken_away_by_the_button_beside_the_name(pages, churn, do):
    do(models.create, "other")
    fields = pages.get("/models?sort=name").form("/stars")
    page = pages.post("/stars", fields | {"add": "churn"})
    assert page.response.request.full_path == "/models?sort=name"
    starred = pages.get("/models?starred=1")
    assert "churn" in starred.links() and "other" not in starred.links()
    assert [b.get("aria-pressed") for b in starred.all("button") if b.get("aria-label") == "Star churn"] == [
        "true"
    ]
    assert "No starred models" in pages.post("/stars", starred.form("/stars") | {"take": "churn"}).text


def test_a_star_for_what_is_not_there_is_refused(pages, churn):
    pages.post("/stars", pages.get("/models").form("/stars") | {"add": "nobody"}, status=404)


def test_the_list_can_be_taken_along_as_csv(client, pages, churn, do):
    do(models.create, "=1+1", description="-2", tags={"a": "b"})
    link = pages.get("/models?sort=name&column=description&column=stages").links()["CSV"]
    answer = client.get(link)
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="models.csv"'
    heading, *lines = csv.reader(io.StringIO(answer.text))
    assert heading == ["Name", "Description", "In stage"]
    assert lines[0][:2] == ["'=1+1", "'-2"], "no spreadsheet runs it"
    assert lines[1] == ["churn", "# Who leaves\n\nWithin **30 days**.", "Archived 1, Production 2, None 3"]


def test_the_csv_has_what_all_pages_have(client, do, monkeypatch):
    monkeypatch.setattr(list_view, "ROWS_AT_ONCE", 4)
    for number in range(30):
        do(models.create, f"model {number:02}")
    lines = client.get("/models.csv?sort=name&q=model").text.splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [f"model {number:02}" for number in range(30)]
    assert client.get("/models.csv?q=name+%3D").status_code == 400


def test_a_page_of_models_that_somebody_made_or_starred_goes_by_an_index(app, pages, churn):
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        return  # which goes by its statistics
    for address, index in (
        ("/models?mine=1", "ix_registered_model_created_by"),
        ("/models?starred=1", "registered_model USING INTEGER PRIMARY KEY"),
        ("/models?sort=name", "uq_registered_model_name_living"),
        ("/models", "ix_registered_model_updated_at_name"),
    ):
        assert index in ways(app, pages, address), address


def ways(app, pages, address) -> str:
    """How SQLite goes through the tables for the first statement of a page."""
    ways = []

    def explain(connection, cursor, statement, parameters, _context, _many):
        if not ways and "FROM registered_model" in statement:
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            ways.extend(row[3] for row in plan.fetchall())

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", explain)
    try:
        pages.get(address)
    finally:
        event.remove(engine, "before_cursor_execute", explain)
    return "\n".join(ways)
