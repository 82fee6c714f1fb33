"""Texts that would run if a page forgot to escape them, in every place a client can fill."""

import pytest

from app.registry import aliases, models, versions
from app.stages import transitions
from app.tracking import experiments, params, runs
from app.tracking import tags as run_tags
from app.tracking.metrics import write

XSS = [
    "<script>alert(1)<\\script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "{{ 7*7 }}",
    "<svg onload=alert(1)>",
]
# In a name neither / nor : may stand; what is left is bad enough.
NAMES = [
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='x",
    "{{ 7*7 }}",
    "&lt;b&gt;",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_text_on_every_page_that_shows_it(pages, do, name):
    do(models.create, name)
    do(versions.create, name, "s3://models/x")
    do(aliases.set_alias, name, "champion", 1)
    model = pages.get("/models").links()[name]
    assert pages.get(model).h1 == name
    assert name in pages.get(f"{model}/versions/1").h1
    for action in ("description", "rename", "delete", "tags", "aliases"):
        assert name in pages.get(f"{model}/{action}").text + " ".join(pages.get(f"{model}/{action}").links())
    assert pages.send(f"{model}/delete", confirm=name).flashes == [
        f"Model {name} and its versions deleted. You can restore them here."
    ]


@pytest.mark.parametrize("text", XSS)
def test_values_of_tags_descriptions_sources_and_comments_are_text(pages, do, text):
    do(models.create, "churn", description=text, tags={"key": text})
    do(
        versions.create,
        "churn",
        f"s3://models/{text}",
        description=text,
        tags={"key": text},
        run_uuid=text[:32],
    )
    do(transitions.transition, "churn", 1, "Staging", comment=text)
    for url in ("/models", "/models/churn", "/models/churn/versions/1", "/models/churn/description"):
        page = pages.get(url)
        assert not [
            e
            for e in page.root.iter()
            if e.tag in ("img", "script") and not e.get("src", "").startswith("/static/")
        ]
    assert pages.get("/models/churn").text.count(text.strip()) >= 1


@pytest.mark.parametrize("text", XSS)
def test_what_runs_log_is_text(pages, do, text):
    def log(actor):
        number = experiments.create(
            text.replace("/", ""), tags={"key": text, "mlflow.note.content": text}, actor=actor
        )
        run = runs.create(number, name=text, user_id=text, start_time=1, actor=actor).run
        write.put(run, [write.Point("auc", 1.0, 1, 0)])
        params.put(run, {"key": text})
        run_tags.put(run, {"key": text, "mlflow.source.name": text, "mlflow.note.content": text}, actor=actor)
        return run

    run = do(log)
    for url in ("/experiments", f"/experiments/{run.experiment_id}", f"/runs/{run.uuid}"):
        page = pages.get(url)
        assert not [
            e
            for e in page.root.iter()
            if e.tag in ("img", "script") and not e.get("src", "").startswith("/static/")
        ]
    assert pages.get(f"/runs/{run.uuid}").h1 == " ".join(text.split())


@pytest.mark.parametrize("text", XSS)
def test_what_was_searched_for_is_text(pages, text):
    from urllib.parse import quote

    for url in ("/models", "/experiments"):
        response = pages.client.get(f"{url}?q={quote(text)}")
        page = pages.get(f"{url}?q={quote(text)}", status=response.status_code)
        assert [e.get("value") for e in page.all("input") if e.get("name") == "q"] == [text]


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("https://ci.example/run/7", True),
        ("http://ci.example", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//evil.example", False),
        ("HTTPS://ci.example", True),
    ],
)
def test_a_run_link_leads_to_web_pages_only_and_takes_nothing_along(pages, do, link, leads):
    do(models.create, "churn")
    do(versions.create, "churn", "s3://models/x", run_link=link)
    page = pages.get("/models/churn/versions/1")
    found = [a for a in page.all("a") if a.get("href") == link]
    assert bool(found) is leads
    assert all("noopener" in a.get("rel", "") for a in found)
    assert link.strip() in page.text
