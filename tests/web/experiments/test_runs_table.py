"""The table of an experiment's runs: columns, order, pages, CSV, and choosing what to compare."""

import csv
import io
from urllib.parse import quote

import pytest

from app.authz.actors import Actor
from app.authz.levels import Level
from app.db.transactions import transaction
from app.sharing import grants
from app.tracking import experiments, params, runs
from app.tracking import tags as run_tags
from app.tracking.metrics import write as metrics
from app.web.experiments import run_list, runs_csv
from tests.factories.accounts import make_account, sign_in
from tests.support.pages import text_of
from tests.support.queries import recorded_queries


@pytest.fixture
def nightly(do):
    return do(experiments.create, "nightly")


@pytest.fixture
def log(do, nightly):
    """Log a run; each starts a second after the one before."""
    count = iter(range(10_000))

    def write(name, measured=None, given=None, tags=None):
        def verb(actor):
            start = 1_790_000_000_000 + 1000 * next(count)
            run = runs.create(nightly, name=name, start_time=start, tags=tags, user_id="ben", actor=actor).run
            if measured:
                metrics.put(run, [metrics.Point(key, value, 1) for key, value in measured.items()])
            if given:
                params.put(run, given)
            return run

        return do(verb)

    return write


def heads(page):
    return [text_of(cell) for cell in page.all("th") if cell.get("scope") == "col"]


def names(page):
    return [text_of(a) for a in page.all("a") if a.get("class") == "name"]


def column(page, label):
    return [text_of(cell) for cell in page.all("td") if cell.get("data-label") == label]


def test_the_usual_columns_are_those_that_tell_the_runs_apart(pages, nightly, log):
    log("a", {"auc": 0.8}, {"depth": "5", "seed": "1", "lr": "0.1", "zone": "eu"})
    log("b", {"auc": 0.9}, {"depth": "9", "seed": "1", "lr": "0.2", "zone": "us"})

    page = pages.get(f"/experiments/{nightly}")

    assert heads(page) == ["Run", "auc", "depth", "lr", "zone", "Started"]
    assert names(page) == ["b", "a"], "newest first"


def test_what_was_measured_of_the_machine_is_no_usual_column(pages, nightly, log):
    machine = {f"system/{name}": 1.0 for name in ("cpu", "disk", "memory", "network")}
    log("a", machine | {"val_auc": 0.8})
    log("b", machine)
    assert heads(pages.get(f"/experiments/{nightly}"))[1] == "val_auc"


def test_runs_within_runs_lead_to_each_other(pages, do, nightly, log):
    outer = log("grid search")
    stray = log("stray", tags={"mlflow.parentRunId": "no such run' OR"})
    assert "Child runs" not in pages.get(f"/runs/{stray.uuid}").text
    inner = [log(f"depth {n}", tags={"mlflow.parentRunId": outer.uuid}) for n in range(22)]

    page = pages.get(f"/runs/{outer.uuid}")
    assert page.links()["depth 21"] == f"/runs/{inner[21].uuid}"
    assert "depth 1" not in page.links() and "the newest 20" in page.text
    assert pages.get(f"/runs/{inner[0].uuid}").links()["grid search"] == f"/runs/{outer.uuid}"
    listed = pages.get(f"/experiments/{nightly}")
    assert listed.text.count("within grid search") == 22 and "within another run" in listed.text
    assert listed.links()["grid search"] == f"/runs/{outer.uuid}"


def test_columns_are_chosen_by_the_address(pages, nightly, log):
    log("a", {"auc": 0.8, "loss": 0.5}, {"depth": "5"}, {"team": "risk"})

    url = f"/experiments/{nightly}?column=metrics.loss&column=tags.team&column=nonsense&column=params."
    page = pages.get(url)

    assert heads(page) == ["Run", "loss", "team", "Started"]
    assert column(page, "loss") == ["0.5"] and column(page, "team") == ["risk"]
    ticked = {box.get("value") for box in page.all("input") if box.get("checked") is not None}
    assert ticked == {"metrics.loss", "tags.team"}
    offered = {box.get("value") for box in page.all("input") if box.get("name") == "column"}
    assert offered == {"metrics.auc", "metrics.loss", "params.depth", "tags.team"}


def test_tags_of_the_runs_are_offered_as_columns_but_those_of_their_clients_are_not(pages, nightly, log):
    log("a", tags={"team": "risk", "mlflow.source.name": "train.py"})
    offered = [
        box.get("value")
        for box in pages.get(f"/experiments/{nightly}").all("input")
        if box.get("name") == "column"
    ]
    assert offered == ["tags.team"]


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("-metrics.auc", "auc, highest first"),
        ("metrics.auc", "auc, lowest first"),
        ("-tags.team", "team, Z to A"),
        ("ended", "Ended, oldest first"),
        ("-name", "Name, Z to A"),
        ("-started", "Started, newest first"),
    ],
)
def test_the_form_says_the_present_order_in_words(pages, nightly, order, told):
    page = pages.get(f"/experiments/{nightly}?sort={order}")
    [chosen] = [
        one for one in page.all("option") if one.get("selected") is not None and one.get("value") == order
    ]
    assert text_of(chosen) == told


@pytest.mark.parametrize("key", ["auc", "val/auc 1", "it's", 'say "x"', "`tick`", "a.b", "ä"])
def test_runs_are_sorted_by_any_metric_and_the_heading_says_so(pages, nightly, log, key):
    for name, value in (("low", 0.1), ("high", 0.9), ("none", None), ("middle", 0.5)):
        log(name, None if value is None else {key: value})

    first = pages.get(f"/experiments/{nightly}?column={quote('metrics.' + key)}")
    down = pages.get(first.links()[key])
    up = pages.get(down.links()[key])

    assert names(down) == ["high", "middle", "low", "none"]
    assert names(up) == ["low", "middle", "high", "none"]
    assert [th.get("aria-sort") for th in down.all("th") if th.get("aria-sort")] == ["descending"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("name", ["a", "b", "c"]),
        ("-name", ["c", "b", "a"]),
        ("started", ["b", "a", "c"]),
        ("-started", ["c", "a", "b"]),
        ("params.depth", ["c", "a", "b"]),
        ("user", ["c", "a", "b"]),
        ("sideways", ["c", "a", "b"]),
        ("metrics.", ["c", "a", "b"]),
        ("-", ["c", "a", "b"]),
        ("params.\\", ["c", "a", "b"]),
    ],
)
def test_runs_are_sorted_by_every_column_and_by_the_usual_one_otherwise(pages, nightly, log, order, expected):
    for name, depth in (("b", "3"), ("a", "2"), ("c", "1")):
        log(name, given={"depth": depth})
    assert names(pages.get(f"/experiments/{nightly}?sort={quote(order)}")) == expected


def test_pages_keep_the_whole_state(pages, nightly, log):
    for number in range(30):
        log(f"run {number:02}", {"auc": number / 100})
    log("other", {"auc": 0.99})

    url = f"/experiments/{nightly}?q=run&sort=metrics.auc&size=25&column=metrics.auc"
    first = pages.get(url)
    second = pages.get(first.links()["Next page"])

    assert [*names(first), *names(second)] == [f"run {number:02}" for number in range(30)]
    assert heads(second) == ["Run", "auc", "Started"]
    assert pages.get(second.links()["First page"]).response.request.full_path.rstrip("?") == url


def test_a_token_of_another_search_is_refused_under_the_box(pages, nightly, log):
    page = pages.get(f"/experiments/{nightly}?page_token=nonsense", status=400)
    assert page.error_beside("q")


def test_runs_are_ticked_to_be_compared(pages, nightly, log):
    one, two = log("one"), log("two")
    page = pages.get(f"/experiments/{nightly}")

    boxes = [box for box in page.all("input") if box.get("name") == "runs"]
    assert {(box.get("form"), box.get("value")) for box in boxes} == {
        ("compare-runs", one.uuid),
        ("compare-runs", two.uuid),
    }
    [form] = [form for form in page.all("form") if form.get("id") == "compare-runs"]
    assert (form.get("action"), form.get("method")) == ("/compare-runs", "get")
    assert "Compare one" in page.text


def test_the_table_is_taken_along_as_csv_with_all_its_pages(pages, client, nightly, log):
    for number in range(27):
        log(f"run {number:02}", {"auc": number / 100}, {"depth": "=1+1"})
    page = pages.get(f"/experiments/{nightly}?size=25&sort=name&column=metrics.auc&column=params.depth")

    answer = client.get(page.links()["CSV"])

    assert answer.content_type == "text/csv; charset=utf-8"
    lines = list(csv.reader(io.StringIO(answer.text)))
    assert lines[0][:4] == ["Run", "Run id", "Status", "User"]
    assert lines[0][6:] == ["metrics.auc", "params.depth"]
    assert [line[0] for line in lines[1:]] == [f"run {number:02}" for number in range(27)]
    assert lines[2][6:] == ["0.01", "'=1+1"], "no spreadsheet takes it for a formula"


def test_a_csv_has_all_runs_however_many_and_in_whatever_order(client, nightly, log, monkeypatch):
    monkeypatch.setattr(runs_csv, "RUNS_AT_ONCE", 7)
    monkeypatch.setattr(runs_csv, "DETAILS_AT_ONCE", 3)
    for number in range(30):
        log(f"run {number:02}", {"auc": (number * 7 % 30) / 100})
    for order, expected in (
        ("name", [f"run {number:02}" for number in range(30)]),
        ("metrics.auc", sorted((f"run {n:02}" for n in range(30)), key=lambda name: int(name[4:]) * 7 % 30)),
    ):
        answer = client.get(f"/experiments/{nightly}/runs.csv?sort={order}&column=metrics.auc")
        assert [line[0] for line in csv.reader(io.StringIO(answer.text))][1:] == expected


def test_a_csv_has_what_its_reader_may_see_to_the_end(app, client, do, nightly, log, monkeypatch):
    monkeypatch.setattr(runs_csv, "RUNS_AT_ONCE", 2)
    for number in range(5):
        log(f"run {number}")
    with app.app_context(), transaction():
        anna = make_account("anna")
        grants.set_on_experiment(nightly, grants.principal_of_account("anna"), Level.READ, actor=Actor("Ada"))
    sign_in(app, client, anna.id)
    answer = client.get(f"/experiments/{nightly}/runs.csv?sort=name", buffered=False)
    parts = answer.iter_encoded()
    first = next(parts) + next(parts)
    with app.app_context(), transaction():
        grants.set_on_experiment(nightly, grants.principal_of_account("anna"), None, actor=Actor("Ada"))
    rest = b"".join(parts)
    assert b"run 1" in first and b"run 2" not in rest, "the rest is read for the same person"


def test_columns_stay_from_page_to_page_and_those_of_other_pages_are_offered(pages, nightly, log):
    log("first", {"only here": 1.0})
    for number in range(25):
        log(f"run {number:02}", {"auc": 0.5})
    page = pages.get(f"/experiments/{nightly}?size=25")
    assert "auc" in heads(page) and "only here" not in heads(page)
    assert "metrics.only here" in {option.get("value") for option in page.all("input")}
    assert heads(pages.get(page.links()["Next page"])) == heads(page)


def test_a_csv_of_a_wrong_search_says_so(client, nightly):
    assert client.get(f"/experiments/{nightly}/runs.csv?q=metrics.auc+>").status_code == 400
    assert client.get("/experiments/77/runs.csv").status_code == 404


def test_a_wrong_filter_keeps_what_was_chosen(pages, nightly, log):
    log("a", {"auc": 0.8})
    page = pages.get(f"/experiments/{nightly}?q=metrics.auc+>&column=metrics.auc&size=100", status=400)
    assert page.error_beside("q")
    assert {box.get("value") for box in page.all("input") if box.get("checked") is not None} == {
        "metrics.auc"
    }


def test_no_more_columns_are_shown_than_fit(pages, nightly, log):
    query = "&".join(f"column=params.p{number}" for number in range(50))
    log("a", given={f"p{number}": "1" for number in range(50)})
    assert len(heads(pages.get(f"/experiments/{nightly}?{query}"))) == run_list.MAX_COLUMNS + 2


def test_the_number_of_statements_does_not_grow_with_runs_and_columns(app, pages, do, nightly, log):
    log("one", {"auc": 0.5}, {"depth": "1"})
    with recorded_queries(app) as few:  # one of them asks the index of metrics where the best begin
        pages.get(f"/experiments/{nightly}?sort=-metrics.auc")
    for number in range(20):
        run = log(f"run {number}", {f"m{number}": 1.0}, {f"p{number}": "1"})
        do(run_tags.put, run, {"team": "risk"})
    with recorded_queries(app) as many:
        pages.get(f"/experiments/{nightly}?sort=-metrics.auc&column=metrics.auc&column=tags.team")
    assert len(many) == len(few) <= 7, many
