"""`/models/<name>/versions/<number>`."""

import pytest

from app import artifacts
from app.artifacts import uris
from app.registry import aliases, models, versions
from app.stages import transitions
from app.tracking import experiments, params, runs
from app.tracking import tags as run_tags
from app.tracking.metrics import write
from tests.support.pages import text_of
from tests.support.queries import recorded_queries

SVG = "{http://www.w3.org/2000/svg}"
URL = "/models/churn/versions/1"
MLMODEL = """
flavors:
  python_function: {loader_module: mlflow.sklearn}
  sklearn: {sklearn_version: 1.8.0}
mlflow_version: 3.17.2
signature:
  inputs: '[{"type": "double", "name": "tenure", "required": true},
            {"type": "string", "name": "plan", "required": false}]'
  outputs: '[{"type": "long", "required": true}]'
"""

PARAMS = """  params: '[{"name": "temperature", "type": "double", "default": 0.5, "shape": null},
    {"name": "stop", "type": "string", "default": null, "shape": null}]'
"""


@pytest.fixture
def churn(do):
    do(models.create, "churn")
    return do(versions.create, "churn", "s3://models/x")


@pytest.fixture
def run(do):
    """A run with metrics, parameters and the files of a model."""

    def log(actor):
        run = runs.create(
            experiments.create("weekly", actor=actor),
            name="boost 7",
            user_id="ben",
            start_time=1,
            actor=actor,
        ).run
        write.put(run, [write.Point("auc", 0.8734567, 1, 0), write.Point("loss", float("nan"), 1, 0)])
        params.put(run, {"max_depth": "9"})
        run_tags.put(run, {"mlflow.source.name": "train.py"}, actor=actor)
        root = uris.from_uri(run.artifact_uri)
        for name, content in (
            ("MLmodel", MLMODEL),
            ("requirements.txt", "numpy==2.3.1\n"),
            ("sub/a b%.pkl", "x" * 1500),
        ):
            artifacts.store().write(root.joined(f"model/{name}"), [content.encode()], None)
        return run

    return do(log)


@pytest.fixture
def from_run(do, run):
    do(models.create, "churn")
    return do(versions.create, "churn", f"runs:/{run.uuid}/model", run_uuid=run.uuid)


def test_it_shows_stage_aliases_description_and_source(pages, churn, do):
    do(transitions.transition, "churn", 1, "Staging")
    do(aliases.set_alias, "churn", "champion", 1)
    do(versions.describe, "churn", 1, "Depth is `9` now.")
    page = pages.get(URL)
    assert page.title == "Version 1 of churn · Greenroom"
    assert "<code>9</code>" in page.html
    for part in ("Staging", "@champion", "s3://models/x", "just now by Ada"):
        assert part in page.text


def test_it_leads_to_the_run_and_the_experiment_it_comes_from(pages, from_run, run):
    page = pages.get(URL)
    assert page.links()["boost 7"] == f"/runs/{run.uuid}"
    assert page.links()["weekly"] == f"/experiments/{run.experiment_id}"
    assert "train.py" in page.text
    assert pages.get(page.links()["boost 7"]).links()["churn version 1"] == URL


def test_it_shows_the_runs_metrics_and_parameters(pages, from_run):
    text = pages.get(URL).text
    assert "auc 0.873457" in text
    assert "loss NaN" in text
    assert "max_depth 9" in text


def test_it_shows_what_the_model_takes_and_gives(pages, from_run):
    text = pages.get(URL).text
    assert "tenure double" in text
    assert "plan optional string" in text
    assert "(unnamed) long" in text
    assert "python_function, sklearn" in text


def test_it_lists_the_files_with_sizes_and_each_can_be_looked_into(pages, from_run):
    page = pages.get(URL)
    assert "sub/ 1.5 kB in 1 file" in page.text
    assert "a b%.pkl 1.5 kB" in page.text
    assert "3 files" in page.text
    assert "numpy==2.3.1" in page.text
    assert page.links()["a b%.pkl"] == f"{URL}/files?path=sub/a+b%25.pkl"
    assert "mlflow_version: 3.17.2" in pages.get(page.links()["MLmodel"]).text


def test_the_lineage_is_drawn_with_links_to_what_it_comes_from(pages, from_run, run, do):
    do(aliases.set_alias, "churn", "champion", 1)
    do(transitions.transition, "churn", 1, "Production")
    graph = next(e for e in pages.get(URL).all(f"{SVG}svg") if e.get("class") == "graph")
    assert [text_of(title) for title in graph.iter(f"{SVG}title")] == [
        "Experiment weekly",
        "Code train.py",
        "Run boost 7",
        "Version churn 1",
        "Stage Production",
        "Alias @champion",
    ]
    assert [a.get("href") for a in graph.iter(f"{SVG}a")] == [
        f"/experiments/{run.experiment_id}",
        f"/runs/{run.uuid}",
    ]
    assert len(list(graph.iter(f"{SVG}path"))) == 2 + 1 + 2


def test_a_copy_names_the_version_it_was_made_of(pages, from_run, do):
    do(models.create, "serving")
    do(versions.create, "serving", "models:/churn/1")
    page = pages.get("/models/serving/versions/1")
    assert page.links()["churn version 1"] == URL
    graph = next(e for e in page.all(f"{SVG}svg") if e.get("class") == "graph")
    assert "Parent version churn 1" in [text_of(title) for title in graph.iter(f"{SVG}title")]


def test_a_metric_with_a_history_has_its_curve_beside_it(pages, from_run, run, do):
    points = [write.Point("auc", value, at, at) for at, value in enumerate((0.5, 0.7, 0.9), 5)]
    do(lambda actor: write.put(run, points))
    curves = [e for e in pages.get(URL).all(f"{SVG}svg") if e.get("class") == "spark"]
    assert len(curves) == 1, "a single point is no curve"


@pytest.mark.parametrize("content", [b"\x00\xff", b"[1, 2", b"signature: {inputs: '[{'}", b"a: &a [*a]", b""])
def test_a_file_that_is_no_mlmodel_does_not_take_the_page_with_it(app, pages, from_run, run, content):
    with app.app_context():
        root = uris.from_uri(run.artifact_uri)
        artifacts.store().write(root.joined("model/MLmodel"), [content], None)
    assert "MLmodel" in pages.get(URL).text


def test_a_run_that_this_server_does_not_know_is_named_and_not_linked(pages, do):
    do(models.create, "churn")
    do(versions.create, "churn", "s3://models/x", run_uuid="f" * 32)
    page = pages.get(URL)
    assert "not available to you" in page.text
    assert f"/runs/{'f' * 32}" not in page.links().values()


def test_snippets_load_by_number_and_by_whatever_leads_here(pages, churn, do):
    do(aliases.set_alias, "churn", "champion", 1)
    text = pages.get(URL).text
    assert 'load_model("models:/churn/1")' in text
    assert 'load_model("models:/churn@champion")' in text
    assert "mlflow models serve -m models:/churn/1 --port 5001 --env-manager local" in text
    assert "mlflow models predict -m models:/churn/1 --env-manager local" in text
    assert "models:/churn/Production" not in text
    do(transitions.transition, "churn", 1, "Production")
    assert 'load_model("models:/churn/Production")' in pages.get(URL).text
    do(versions.create, "churn", "s3://models/x")
    do(transitions.transition, "churn", 2, "Production")
    assert "models:/churn/Production" not in pages.get(URL).text


def test_it_leads_to_a_comparison_with_what_stands_in_each_stage(pages, churn, do):
    assert "Compare with" not in pages.get(URL).text
    for stage in ("Production", "Staging", "Archived"):
        made = do(versions.create, "churn", "s3://models/x")
        do(transitions.transition, "churn", made.number, stage)
    page = pages.get(URL)
    assert [
        a.get("href") for a in page.all("a") if (a.get("aria-label") or "").startswith("Compare with")
    ] == [
        "/compare?versions=churn:2&versions=churn:1",
        "/compare?versions=churn:3&versions=churn:1",
    ]
    assert "Compare with Production v2, Staging v3" in page.text


def test_the_line_for_curl_has_the_columns_that_the_model_takes(pages, from_run):
    text = pages.get(URL).text
    assert '{"dataframe_split": {"columns": ["tenure", "plan"], "data": [[1.5, "a"]]}}' in text


def test_snippets_quote_names_for_the_language_they_are_in(pages, do):
    name = 'it\'s "x" $(id)'
    do(models.create, name)
    do(versions.create, name, "s3://models/x")
    text = pages.get(pages.get(pages.get("/models").links()[name]).links()["Version 1"]).text
    assert r'load_model("models:/it' + r"'s \"x\" $(id)/1" in text
    assert """-m 'models:/it'"'"'s "x" $(id)/1'""" in text


def test_the_history_is_the_versions_own(pages, churn, do):
    do(versions.create, "churn", "s3://models/x")
    do(transitions.transition, "churn", 2, "Production")
    text = pages.get(URL).text
    assert "Ada registered version 1" in text
    assert "version 2" not in text


def test_the_number_of_statements_is_bounded(app, pages, from_run):
    with recorded_queries(app) as statements:
        pages.get(URL)
    # three of them for requests, checks and comments
    assert len(statements) <= 20, statements


def test_a_run_that_only_the_client_names_is_shown_as_claimed_on_both_pages(pages, from_run, run, do):
    do(versions.create, "churn", "s3://models/x", run_uuid=run.uuid)

    page = pages.get("/models/churn/versions/2")
    assert "boost 7, claimed by the client" in page.text
    assert "Run, claimed boost 7" in page.text
    assert "claimed by the client" not in pages.get(URL).text
    text = pages.get(f"/runs/{run.uuid}").text
    assert text.count("claimed by the client") == 1
    assert "churn version 2 None claimed by the client" in text


def test_the_parameters_of_a_signature_are_shown(pages, do, run):
    text = MLMODEL.replace("signature:\n", "signature:\n" + PARAMS)
    do(
        lambda actor: artifacts.store().write(
            uris.from_uri(run.artifact_uri).joined("model/MLmodel"), [text.encode()], None
        )
    )
    do(models.create, "churn")
    do(versions.create, "churn", f"runs:/{run.uuid}/model", run_uuid=run.uuid)
    page = pages.get(URL)
    assert "Parameter Type Default temperature double 0.5 stop string" in page.text


def test_a_long_parameter_is_folded_with_its_length(pages, do, run, from_run):
    do(lambda actor: params.put(run, {"prompt": "word " * 700}))
    for page in (pages.get(URL), pages.get(f"/runs/{run.uuid}")):
        [folded] = [one for one in page.all("details") if one.get("class") == "long-text"]
        assert "3,500 characters" in text_of(folded) and ("word " * 700).strip() in text_of(folded)
