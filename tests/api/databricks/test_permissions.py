"""Databricks' calls for rights on registered models."""

import pytest
from sqlalchemy import func, select

from app.accounts import accounts, groups
from app.api.presenters.permissions import model_id
from app.audit.tables import Event
from app.authz.actors import LOCAL_USER
from app.authz.levels import Level
from app.authz.permissions import Area
from app.db.transactions import db, transaction
from app.sharing import grants
from tests.factories.accounts import require_sign_in
from tests.factories.registry import make_model

PASSWORD = "correct horse battery"
PATH = "/api/2.0/permissions/registered-models"
GET_MODEL = "/api/2.0/mlflow/registered-models/get?name=churn"
ADMINS = {
    "group_name": "admins",
    "display_name": "admins",
    "all_permissions": [
        {
            "permission_level": "CAN_MANAGE",
            "inherited": True,
            "inherited_from_object": ["/registered-models/"],
        }
    ],
}


@pytest.fixture
def churn(app):
    """The id of a model that nobody has been given rights on; root administers, anna, ben, bot, team do not."""
    with app.app_context(), transaction():
        accounts.create("root", password=PASSWORD, is_admin=True, actor=LOCAL_USER)
        for name in ("anna", "ben"):
            accounts.create(name, password=PASSWORD, full_name=f"{name.title()} S.", actor=LOCAL_USER)
        accounts.create("bot", kind="service", actor=LOCAL_USER)
        groups.create("team", actor=LOCAL_USER)
        groups.add("team", "ben", actor=LOCAL_USER)
        row = make_model("churn", actor=LOCAL_USER)
    require_sign_in(app)
    return model_id(row.id)


@pytest.fixture
def give(app, churn):
    """Give a level on the model, or with an area on all."""

    def call(principal, level, area=None):
        with app.app_context(), transaction():
            if area is None:
                grants.set_on_model("churn", principal(), level, actor=LOCAL_USER)
            else:
                grants.set_on_area(area, principal(), level, actor=LOCAL_USER)

    return call


@pytest.fixture
def ask(client):
    def call(who, method, model_id, entries=None, **options):
        if entries is not None:
            options["json"] = {"access_control_list": entries}
        return client.open(f"{PATH}/{model_id}", method=method, auth=(who, PASSWORD), **options)

    return call


def may(client, who: str) -> bool:
    return client.get(GET_MODEL, auth=(who, PASSWORD)).status_code == 200


def given(answer) -> dict[str, list[str]]:
    """Who has which levels, `+` for those given on all models."""
    return {
        entry.get("user_name") or entry.get("group_name") or entry["service_principal_name"]: [
            one["permission_level"] + "+" * one["inherited"] for one in entry["all_permissions"]
        ]
        for entry in answer.json["access_control_list"]
    }


def test_the_id_is_32_hex_digits_and_the_answer_what_databricks_documents(ask, churn):
    answer = ask("root", "GET", churn)

    assert len(churn) == 32
    assert answer.json == {
        "object_id": f"/registered-models/{churn}",
        "object_type": "registered-model",
        "access_control_list": [ADMINS],
    }


def test_each_kind_of_principal_has_its_field(ask, churn, give):
    put = ask(
        "root",
        "PUT",
        churn,
        [
            {"user_name": "ANNA", "permission_level": "CAN_READ"},
            {"group_name": "team", "permission_level": "CAN_EDIT"},
            {"group_name": "users", "permission_level": "CAN_MANAGE_STAGING_VERSIONS"},
            {"service_principal_name": "bot", "permission_level": "CAN_MANAGE_PRODUCTION_VERSIONS"},
            {"group_name": "admins", "permission_level": "CAN_MANAGE"},
        ],
    )

    assert put.status_code == 200
    assert put.json == ask("root", "GET", churn).json
    one = {"inherited": False}
    assert put.json["access_control_list"] == [
        ADMINS,
        {
            "service_principal_name": "bot",
            "display_name": "bot",
            "all_permissions": [{"permission_level": "CAN_MANAGE_PRODUCTION_VERSIONS", **one}],
        },
        {
            "group_name": "users",
            "display_name": "everyone",
            "all_permissions": [{"permission_level": "CAN_MANAGE_STAGING_VERSIONS", **one}],
        },
        {
            "group_name": "team",
            "display_name": "team",
            "all_permissions": [{"permission_level": "CAN_EDIT", **one}],
        },
        {
            "user_name": "anna",
            "display_name": "Anna S.",
            "all_permissions": [{"permission_level": "CAN_READ", **one}],
        },
    ]


def test_put_replaces_what_was_given_and_patch_adds_to_it(ask, client, churn):
    ask("root", "PUT", churn, [{"user_name": "anna", "permission_level": "CAN_READ"}])
    assert may(client, "anna")

    patched = ask("root", "PATCH", churn, [{"group_name": "team", "permission_level": "CAN_EDIT"}])
    assert given(patched) == {"admins": ["CAN_MANAGE+"], "team": ["CAN_EDIT"], "anna": ["CAN_READ"]}
    assert may(client, "ben")

    put = ask("root", "PUT", churn, [{"user_name": "ben", "permission_level": "CAN_READ"}])
    assert given(put) == {"admins": ["CAN_MANAGE+"], "ben": ["CAN_READ"]}
    assert not may(client, "anna")
    assert given(ask("root", "PUT", churn, [])) == {"admins": ["CAN_MANAGE+"]}
    assert not may(client, "ben")


def test_what_is_given_on_all_models_is_inherited_by_each(ask, client, churn, give):
    root = ask(
        "root",
        "PUT",
        "root",
        [
            {"group_name": "admins", "permission_level": "CAN_MANAGE"},
            {"group_name": "team", "permission_level": "CAN_READ"},
        ],
    )
    assert root.json["object_id"] == "/registered-models/root"
    assert given(root) == {"admins": ["CAN_MANAGE"], "team": ["CAN_READ"]}
    assert may(client, "ben")
    assert not may(client, "anna")
    ask("root", "PATCH", churn, [{"group_name": "team", "permission_level": "CAN_EDIT"}])

    assert given(ask("root", "GET", churn)) == {"admins": ["CAN_MANAGE+"], "team": ["CAN_EDIT", "CAN_READ+"]}
    assert given(ask("root", "PUT", churn, [])) == {"admins": ["CAN_MANAGE+"], "team": ["CAN_READ+"]}
    patched = ask("root", "PATCH", "root", [{"user_name": "anna", "permission_level": "CAN_READ"}])
    assert given(patched)["anna"] == ["CAN_READ"]
    assert may(client, "anna")


@pytest.mark.parametrize(
    ("method", "entries"),
    [
        ("PUT", []),
        ("PUT", [{"user_name": "anna", "permission_level": "CAN_MANAGE"}]),
        ("PUT", [{"group_name": "admins", "permission_level": "CAN_READ"}]),
        ("PATCH", [{"group_name": "Admins", "permission_level": "CAN_EDIT"}]),
    ],
)
def test_administrators_cannot_be_taken_away_from_all_models(ask, churn, method, entries):
    refused = ask("root", method, "root", entries)

    assert refused.status_code == 400
    assert "dmin" in refused.json["message"]
    assert given(ask("root", "GET", "root")) == {"admins": ["CAN_MANAGE"]}


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        ({"user_name": "nobody", "permission_level": "CAN_READ"}, 404),
        ({"group_name": "anna", "permission_level": "CAN_READ"}, 404),
        ({"user_name": "anna"}, 400),
        ({"permission_level": "CAN_READ"}, 400),
        ({"user_name": "anna", "permission_level": "can_read"}, 400),
        ({"user_name": "anna", "permission_level": "CAN_CREATE_REGISTERED_MODEL"}, 400),
        ({"user_name": "anna", "group_name": "team", "permission_level": "CAN_READ"}, 400),
        ({"user_name": "ben", "permission_level": "CAN_EDIT"}, 400),
        ({"user_name": 7, "permission_level": "CAN_READ"}, 400),
        ("anna", 400),
    ],
)
def test_an_entry_that_cannot_be_used_changes_nothing(ask, churn, entry, status):
    first = {"user_name": "ben", "permission_level": "CAN_READ"}
    for method in ("PUT", "PATCH"):
        refused = ask("root", method, churn, [first, entry])
        assert refused.status_code == status
        assert given(ask("root", "GET", churn)) == {"admins": ["CAN_MANAGE+"]}


@pytest.mark.parametrize("level", [Level.READ, Level.EDIT, Level.MANAGE_STAGING, Level.MANAGE_PRODUCTION])
def test_who_does_not_manage_may_look_and_not_touch(ask, churn, give, level):
    give(lambda: grants.principal_of_account("anna"), level)

    assert ask("anna", "GET", churn).status_code == 200
    for method in ("PUT", "PATCH"):
        refused = ask("anna", method, churn, [{"user_name": "anna", "permission_level": "CAN_MANAGE"}])
        assert (refused.status_code, refused.json["error_code"]) == (403, "PERMISSION_DENIED")


def test_who_manages_may_give_everything_away_and_is_told_what_is_left(ask, client, churn, give):
    give(lambda: grants.principal_of_account("anna"), Level.MANAGE)

    answer = ask("anna", "PUT", churn, [{"user_name": "ben", "permission_level": "CAN_MANAGE"}])

    assert given(answer) == {"admins": ["CAN_MANAGE+"], "ben": ["CAN_MANAGE"]}
    assert not may(client, "anna")


def test_for_who_may_not_read_it_the_model_is_not_there(ask, churn, give):
    for other in (churn, "f" * 32, "0" * 31 + "9", "churn", "1", "x" * 32):
        for method, path in (
            ("GET", other),
            ("GET", f"{other}/permissionLevels"),
            ("PUT", other),
            ("PATCH", other),
        ):
            answer = ask("anna", method, path, None if method == "GET" else [])
            assert (answer.status_code, answer.json["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
            assert answer.json["message"] == f"No registered model has the id {other}."


def test_who_gives_no_rights_does_not_learn_which_accounts_there_are(ask, churn, give):
    entries = [{"user_name": "nobody-of-that-name", "permission_level": "CAN_READ"}]
    for level, status in ((None, 404), (Level.READ, 403)):
        if level:
            give(lambda: grants.principal_of_account("anna"), level)
        for method in ("PUT", "PATCH"):
            answers = [
                ask("anna", method, churn, one) for one in (entries, [entries[0] | {"user_name": "ben"}])
            ]
            assert [answer.status_code for answer in answers] == [status, status]
            assert answers[0].json == answers[1].json
            assert ask("anna", method, "root", entries).status_code == 403


def test_rights_on_all_models_are_for_administrators(ask, churn, give):
    give(lambda: grants.principal_of_account("anna"), Level.MANAGE, Area.MODELS)

    for method, entries in (
        ("GET", None),
        ("PATCH", []),
        ("PUT", [{"group_name": "admins", "permission_level": "CAN_MANAGE"}]),
    ):
        assert ask("anna", method, "root", entries).status_code == 403


def test_the_levels_are_listed_in_rising_order(ask, churn):
    for one_id in (churn, "root"):
        levels = ask("root", "GET", f"{one_id}/permissionLevels").json["permission_levels"]
        assert [one["permission_level"] for one in levels] == [
            "CAN_READ",
            "CAN_EDIT",
            "CAN_MANAGE_STAGING_VERSIONS",
            "CAN_MANAGE_PRODUCTION_VERSIONS",
            "CAN_MANAGE",
        ]
        assert all(one["description"] for one in levels)


def test_a_stranger_is_asked_to_sign_in(client, churn):
    for method, path in (
        ("GET", churn),
        ("PUT", churn),
        ("PATCH", churn),
        ("GET", f"{churn}/permissionLevels"),
        ("GET", "root"),
    ):
        assert client.open(f"{PATH}/{path}", method=method, json={}).status_code == 401


def test_the_same_again_changes_nothing_and_is_no_event(app, ask, churn):
    """So that rights can live in a file that is applied again and again."""

    def count() -> int:
        with app.app_context(), transaction(read_only=True):
            return db.session.scalars(select(func.count()).select_from(Event.__table__)).one()

    entries = [
        {"user_name": "anna", "permission_level": "CAN_READ"},
        {"group_name": "team", "permission_level": "CAN_EDIT"},
        {"service_principal_name": "bot", "permission_level": "CAN_EDIT"},
    ]
    admins = {"group_name": "admins", "permission_level": "CAN_MANAGE"}
    for place, wanted, nothing in ((churn, entries, []), ("root", [*entries, admins], [admins])):
        for method, body in (("PUT", wanted), ("PATCH", entries[:1]), ("PUT", nothing)):
            first = ask("root", method, place, body)
            events = count()
            second = ask("root", method, place, body)
            assert (second.status_code, second.json) == (200, first.json)
            assert count() == events, (place, method)
    assert list(given(ask("root", "GET", churn))) == ["admins"]


def test_there_is_no_delete_and_it_says_so(ask, churn):
    answer = ask("root", "DELETE", churn)
    assert answer.status_code == 405, answer.text
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "PUT", "PATCH"}
