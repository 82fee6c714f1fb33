"""`/experiments`, `/experiments/<id>` and `/runs/<run_id>`."""

import pytest

from app import artifacts
from app.artifacts import uris
from app.tracking import experiments, params, runs
from app.tracking import tags as run_tags
from app.tracking.metrics import write as metrics
from tests.support.queries import recorded_queries


@pytest.fixture
def weekly(do):
    return do(experiments.create, "weekly", tags={"team": "risk", "mlflow.note.content": "Every **Monday**"})


@pytest.fixture
def log_run(do):
    """Log a run with a metric, a parameter and a file."""

    def log(experiment_id, name="boost", auc=0.87, depth="9"):
        def write(actor):
            run = runs.create(
                experiment_id, name=name, user_id="ben", start_time=1_790_000_000_000, actor=actor
            ).run
            metrics.put(run, [metrics.Point("auc", auc, 1, 0)])
            params.put(run, {"max_depth": depth})
            run_tags.put(run, {"team": "risk", "mlflow.source.name": "train.py"}, actor=actor)
            place = uris.from_uri(run.artifact_uri).joined("plots/roc curve.txt")
            artifacts.store().write(place, [b"0 1"], 3)
            return run

        return do(write)

    return log


def test_experiments_are_listed_with_their_notes_and_tags(pages, weekly):
    page = pages.get("/experiments")
    assert page.links()["weekly"] == f"/experiments/{weekly}"
    assert page.links()["Default"] == "/experiments/0"
    assert "Every Monday" in page.text
    assert "team risk" in page.text or "teamrisk" in page.text
    assert "mlflow.note" not in page.text


def test_experiments_are_found_by_words_and_by_filter(pages, weekly):
    assert "Default" not in pages.get("/experiments?q=WEEK").links()
    assert "weekly" not in pages.get("/experiments?q=name+%3D+'Default'").links()
    assert "No matching experiments" in pages.get("/experiments?q=zzz").text
    assert pages.get("/experiments?q=name+%3D", status=400).error_beside("q")


def test_experiments_come_a_page_at_a_time(pages, do):
    for number in range(55):
        do(experiments.create, f"e{number:02}")
    first = pages.get("/experiments?q=e")
    second = pages.get(first.links()["Next page"])
    assert len({n for p in (first, second) for n in p.links() if n.startswith("e")}) == 55


def test_an_experiment_lists_its_runs_with_metrics_and_parameters(pages, weekly, log_run):
    run = log_run(weekly)
    page = pages.get(f"/experiments/{weekly}")
    assert page.links()["boost"] == f"/runs/{run.uuid}"
    assert "<strong>Monday</strong>" in page.html
    for part in ("auc", "0.87", "max_depth", "Running", "ben"):
        assert part in page.text


def test_runs_are_found_by_filter(pages, weekly, log_run):
    log_run(weekly, "good", auc=0.9)
    log_run(weekly, "bad", auc=0.5)
    page = pages.get(f"/experiments/{weekly}?q=metrics.auc+>+0.8")
    assert "good" in page.links()
    assert "bad" not in page.links()
    assert pages.get(f"/experiments/{weekly}?q=metrics.auc+>", status=400).error_beside("q")


def test_an_experiment_without_runs_shows_the_lines_that_log_one(pages, weekly):
    assert 'set_experiment("weekly")' in pages.get(f"/experiments/{weekly}").text


def test_the_number_of_statements_does_not_grow_with_the_runs(app, pages, weekly, log_run):
    log_run(weekly)
    with recorded_queries(app) as few:
        pages.get(f"/experiments/{weekly}")
    for _ in range(8):
        log_run(weekly)
    with recorded_queries(app) as many:
        pages.get(f"/experiments/{weekly}")
    assert len(many) == len(few) <= 8, many


def test_a_run_shows_what_it_logged(pages, weekly, log_run):
    run = log_run(weekly)
    page = pages.get(f"/runs/{run.uuid}")
    assert page.h1 == "boost"
    for part in ("auc 0.87", "max_depth 9", "train.py", "ben", "None yet"):
        assert part in page.text
    assert page.links()["weekly"] == f"/experiments/{weekly}"


def test_a_runs_folders_open_and_its_files_download(pages, weekly, log_run):
    run = log_run(weekly)
    folder = pages.get(pages.get(f"/runs/{run.uuid}").links()["plots/"].split("#")[0])
    assert "roc curve.txt 3 B" in folder.text
    file = pages.get(folder.links()["roc curve.txt"].split("#")[0])
    assert "0 1" in file.text
    assert pages.client.get(file.links()["Download"]).data == b"0 1"


@pytest.mark.parametrize(
    "path", ["../..", "/etc", "plots/../..", "%2e%2e", "a\\b", "//x", "plots/%252e%252e"]
)
def test_a_folder_is_never_above_the_runs_own(pages, weekly, log_run, path):
    run = log_run(weekly)
    status = pages.client.get(f"/runs/{run.uuid}?path={path}").status_code
    page = pages.get(f"/runs/{run.uuid}?path={path}", status=status)
    assert status == 400 or "There is no" in page.text


def test_a_deleted_run_says_so(pages, do, weekly, log_run):
    run = log_run(weekly)
    do(runs.delete, run.uuid)
    assert "This run is deleted" in pages.get(f"/runs/{run.uuid}").text
    assert "boost" not in pages.get(f"/experiments/{weekly}").links()


@pytest.mark.parametrize(
    "url", ["/runs/nobody", "/experiments/77", "/experiments/x", "/experiments/" + "9" * 30]
)
def test_what_is_not_there_is_a_page_that_says_so(pages, url):
    assert pages.get(url, status=404).h1 == "Page not found"
