"""Former names of a model: links that lead on, clients that are forwarded, names that are kept."""

import pytest

from app.registry import models, versions
from app.stages import rule_settings, transitions
from tests.factories.accounts import sign_in
from tests.support.answers import API
from tests.support.team import make_team


@pytest.fixture
def churn(do):
    do(models.create, "churn")
    do(versions.create, "churn", "s3://models/x")


def rename(pages, name: str, new_name: str, **fields):
    form = pages.get(f"/models/{name}/settings").form(f"/models/{name}/rename")
    return pages.post(f"/models/{name}/rename", form | {"new_name": new_name} | fields)


def test_pages_of_a_former_name_lead_on(pages, churn, client):
    rename(pages, "churn", "left ones")
    for old, new in (
        ("/models/churn", "/models/left%20ones"),
        ("/models/churn/versions/1?tab=files&x=a%26b", "/models/left%20ones/versions/1?tab=files&x=a%26b"),
        ("/models/churn/history", "/models/left%20ones/history"),
    ):
        answer = client.get(old)
        assert (answer.status_code, answer.headers["Location"]) == (302, new)
    assert client.get("/models/churn/versions/7").status_code == 302
    assert client.get("/models/left ones/versions/7").status_code == 404
    assert client.get("/models/nobody").status_code == 404


def test_clients_do_not_find_a_former_name_unless_it_forwards(pages, churn, client):
    rename(pages, "churn", "left")
    answer = client.get(API + "registered-models/get", query_string={"name": "churn"})
    assert (answer.status_code, answer.json["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    rename(pages, "left", "gone", forwards="y")
    answer = client.get(API + "registered-models/get", query_string={"name": "left"})
    assert answer.json["registered_model"]["name"] == "gone"
    made = client.post(API + "model-versions/create", json={"name": "left", "source": "s3://models/y"})
    assert (made.json["model_version"]["name"], made.json["model_version"]["version"]) == ("gone", "2")
    taken = client.post(API + "registered-models/create", json={"name": "left"})
    assert taken.json["error_code"] == "RESOURCE_ALREADY_EXISTS"
    deleted = client.delete(API + "registered-models/delete", json={"name": "left"})
    assert deleted.json["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_forwarding_is_stopped_by_its_button(pages, churn, client):
    rename(pages, "churn", "left", forwards="y")
    page = pages.get("/models/left/settings")
    assert "churn" in page.text
    stopped = pages.send("/models/left/settings", "/models/left/stop-forwarding")
    assert stopped.flashes == ["Clients that ask for churn no longer find left."]
    assert "Not forwarded" in stopped.text
    assert client.get(API + "registered-models/get", query_string={"name": "churn"}).status_code == 404
    assert client.get("/models/churn").status_code == 302


def test_the_api_renames_with_forwarding(churn, client):
    asked = {"name": "churn", "new_name": "left", "forward_old_name": True}
    assert client.post(API + "registered-models/rename", json=asked).status_code == 200
    answer = client.get(API + "registered-models/get", query_string={"name": "churn"})
    assert answer.json["registered_model"]["name"] == "left"


def test_a_kept_name_is_refused_beside_its_field(app, client, pages):
    team = make_team(app)
    team.do("ada", rule_settings.set_rule, "Production", approvals=2)
    team.do("meg", transitions.transition, "churn", 1, "Production")
    sign_in(app, client, team.ids["meg"])
    form = pages.get("/models/churn/delete").form("/models/churn/delete")
    pages.post("/models/churn/delete", form | {"confirm": "churn"})
    sign_in(app, client, team.ids["carl"])
    form = pages.get("/new-model").form("/new-model")
    page = pages.post("/new-model", form | {"name": "churn"}, status=422)
    assert "Only managers of that model and administrators can use it again." in page.text
    assert page.form("/new-model")["name"] == "churn"
