"""Each form, refused: what is wrong stands beside its field and summed up on top, and what was typed is still there."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import NamedTuple

import pytest
from wtforms import Form as AnyForm

from app import artifacts, web
from app.approvals import requests
from app.artifacts import uris
from app.db.transactions import transaction
from app.stages import transitions
from app.tracking import experiments, runs
from app.web.account.token_forms import TokenForm
from app.web.admin.audit_form import LogForm
from app.web.admin.group_forms import AddMemberForm, GroupForm, NewGroupForm
from app.web.approvals.forms import AskForm, CommentForm, DecisionForm, RollbackForm
from app.web.experiments.register_form import RegisterForm
from app.web.forms.accounts import (
    ChangePasswordForm,
    FullNameForm,
    NewAccountForm,
    NewServiceForm,
    SetPasswordForm,
)
from app.web.forms.aliases import AliasForm
from app.web.forms.base import Form
from app.web.forms.descriptions import DescriptionForm
from app.web.forms.once import OnceForm
from app.web.forms.tags import TagForm
from app.web.models.forms import ConfirmForm, CreateModelForm, RenameModelForm
from app.web.models.history_form import MomentForm
from app.web.sharing.forms import MemberForm
from app.web.sign_in.forms import SetUpForm, SignInForm
from app.web.stages.forms import ArchiveForm, TransitionForm
from app.web.stages.settings_forms import OrderForm, RemoveStageForm, RuleForm, StageForm
from tests.factories.accounts import PASSWORD, make_account, sign_in
from tests.support.pages import Page, inspect, text_of
from tests.support.team import Team, make_team

MODEL = "/models/churn"
VERSION = f"{MODEL}/versions/3"
SECRET = {"password": "short", "again": "short"}


class Refused(NamedTuple):
    """A form as `who` sends it to `action`: `wrong` holds what is to be refused, `typed` what is to be kept."""

    form: type[AnyForm]
    action: str
    wrong: dict[str, str]
    typed: dict[str, str] = {}
    who: str = "ada"
    method: str = "post"


REFUSED = [
    Refused(FullNameForm, "/account/full-name", {"full_name": "n" * 201}, {"full_name": "n" * 201}),
    Refused(ChangePasswordForm, "/account/password", {"current_password": "", **SECRET}, who="paul"),
    Refused(
        NewServiceForm, "/admin/new-service", {"name": "no spaces"}, {"name": "no spaces", "full_name": "Bot"}
    ),
    Refused(
        NewAccountForm, "/admin/new-user", {"name": "no spaces"}, {"name": "no spaces", "full_name": "Eve"}
    ),
    Refused(SetPasswordForm, "/admin/accounts/ben/password", SECRET),
    Refused(AliasForm, f"{MODEL}/aliases", {"alias": "a b"}, {"alias": "a b", "version": "1"}),
    Refused(
        AskForm,
        f"{VERSION}/requests/new",
        {"archive_others": "y"},
        {"stage": "Archived", "comment": "Since *March*"},
        "rita",
    ),
    Refused(
        DecisionForm,
        f"{VERSION}/requests/1/decide",
        {"comment": "w" * 65_536},
        {"comment": "w" * 65_536},
        "ben",
    ),
    Refused(CommentForm, f"{VERSION}/comments", {"comment": "w" * 65_536}, {"comment": "w" * 65_536}, "rita"),
    Refused(
        RollbackForm,
        f"{MODEL}/versions/1/return/Production",
        {"reason": "w" * 2_001},
        {"reason": "w" * 2_001},
        "sven",
    ),
    Refused(
        LogForm, "/admin/audit", {"since": "yesterday"}, {"actor": "ben", "model": "churn"}, method="get"
    ),
    Refused(
        DescriptionForm,
        f"{MODEL}/description",
        {"description": "w" * 1_000_001},
        {"description": "w" * 1_000_001},
    ),
    Refused(
        GroupForm, "/admin/groups/risk/edit", {"name": "a b"}, {"name": "a b", "description": "For money"}
    ),
    Refused(NewGroupForm, "/admin/new-group", {"name": "a b"}, {"name": "a b", "description": "For money"}),
    Refused(
        AddMemberForm, "/admin/groups/risk/members", {"account": "nobody-here"}, {"account": "nobody-here"}
    ),
    Refused(
        MemberForm,
        f"{MODEL}/members",
        {"name": "nobody-here"},
        {"name": "nobody-here", "kind": "group", "level": "20"},
    ),
    Refused(CreateModelForm, "/new-model", {"name": "a/b"}, {"name": "a/b", "description": "Who leaves"}),
    Refused(RenameModelForm, f"{MODEL}/rename", {"new_name": "a/b"}, {"new_name": "a/b"}),
    Refused(ConfirmForm, f"{MODEL}/delete", {"confirm": "chum"}, {"confirm": "chum"}),
    Refused(
        RegisterForm, "/runs/{run}/register", {"name": "a/b"}, {"name": "a/b", "description": "More data"}
    ),
    Refused(SignInForm, "/sign-in", {"name": ""}, {"next": "/models"}, ""),
    Refused(MomentForm, f"{MODEL}/history", {"at": "yesterday"}, {"at": "yesterday"}, method="get"),
    Refused(
        StageForm, "/admin/new-stage", {"name": "a/b"}, {"name": "a/b", "purpose": "To try", "colour": "red"}
    ),
    Refused(RemoveStageForm, "/admin/stages/Production/remove", {"to": ""}),
    Refused(
        RuleForm,
        "/admin/stages/Production/rule",
        {"approvals": "none"},
        {"approvals": "none", "checks": "bias\nscan", "must_ask": "y"},
    ),
    Refused(
        TransitionForm, f"{VERSION}/stage", {"archive_others": "y"}, {"stage": "Archived", "comment": "Old"}
    ),
    Refused(TagForm, f"{VERSION}/tags", {"key": "a,b"}, {"key": "a,b", "value": "kept"}),
    Refused(
        TokenForm, "/account/tokens/new", {"reach": "some"}, {"name": "laptop", "models": "churn\nsales"}
    ),
]
# What takes nothing that a person could get wrong, and what others are made of.
WITHOUT_FIELDS = {Form, OnceForm, OrderForm, ArchiveForm}


def kinds() -> Iterator[type[AnyForm]]:
    """Every form of the pages."""
    for module in pkgutil.walk_packages(web.__path__, f"{web.__name__}."):
        for kind in vars(import_module(module.name)).values():
            is_form = (
                isinstance(kind, type) and issubclass(kind, AnyForm) and kind.__module__.startswith("app.")
            )
            if is_form and not kind.__name__.startswith("_"):
                yield kind


@pytest.fixture
def team(app) -> Team:
    """Version 3 is asked for, 1 has held Production, and sven may bring it back at once; paul has a password."""
    team = make_team(app)
    team.group("risk", "sven")
    for number in ("1", "2"):
        team.do("ada", transitions.transition, "churn", number, "Production", archive_others=True)
    team.rule("Production", emergency_groups=["risk"], must_request=True)
    team.do("rita", requests.open_request, "churn", "3", "Production")
    with app.app_context(), transaction():
        team.ids["paul"] = make_account("paul", password=PASSWORD).id
    return team


@pytest.fixture
def run(team) -> str:
    """The id of a run that has logged a model."""
    with team.acting("ada") as ada:
        made = runs.create(experiments.create("weekly", actor=ada), name="boost", start_time=1, actor=ada).run
        artifacts.store().write(
            uris.from_uri(made.artifact_uri).joined("model/MLmodel"), [b"flavors: {}"], None
        )
    return made.uuid


def test_every_form_is_here():
    assert {case.form for case in REFUSED} | {SetUpForm} | WITHOUT_FIELDS == set(kinds())


def test_what_is_wrong_is_beside_its_field_and_on_top_and_what_was_typed_is_kept(app, client, team, run):
    for case in REFUSED:
        if case.who:
            sign_in(app, client, team.ids[case.who])
        action = case.action.format(run=run)
        refused(client, action, case)
        client.delete_cookie("greenroom")


def test_so_it_is_where_a_team_is_set_up(client):
    wrong = {"name": "no spaces", "password": "correct horse battery", "again": "correct horse battery"}
    refused(
        client, "/set-up", Refused(SetUpForm, "/set-up", wrong, {"name": "no spaces", "full_name": "Eve"})
    )


def refused(client, action: str, case: Refused) -> None:
    """Send the form and look at the answer."""
    if case.method == "get":
        answer, status = client.get(action, query_string=case.typed | case.wrong), 400
    else:
        answer, status = client.post(action, data=untouched(client, action) | case.typed | case.wrong), 422
    assert answer.status_code == status, f"{case.form.__name__}: {answer.status_code}"
    page = inspect(answer, action)
    beside = {one.get("id"): text_of(one) for one in page.all("p") if one.get("class") == "field-error"}
    assert beside, f"{case.form.__name__}: nothing stands beside a field"
    for place, words in beside.items():
        assert words in page.summary, f"{case.form.__name__}: {words}"
        assert any(place in one.get("aria-describedby", "").split() for one in page.root.iter())
    for name, value in case.typed.items():
        assert value in values(page, name), f"{case.form.__name__} lost {name}"


def untouched(client, action: str) -> dict[str, str]:
    """The form as its own page gives it; of one that is among others on a page, the token alone."""
    opened = client.get(action)
    if opened.status_code == 200:
        page = inspect(opened, action)
        if [form.get("action") for form in page.all("form")].count(action) == 1:
            return page.form(action)
    return {"csrf_token": inspect(client.get("/help/search"), action).form("/theme")["csrf_token"]}


def values(page: Page, name: str) -> list[str]:
    """What stands in the fields of that name, or is chosen in them."""
    found = []
    for control in page.root.iter():
        if control.get("name") != name:
            continue
        if control.tag == "select":
            found += [
                o.get("value", text_of(o)) for o in control.iter("option") if o.get("selected") is not None
            ]
        elif control.tag == "textarea":
            found.append(control.text or "")
        elif control.get("type") not in ("checkbox", "radio") or control.get("checked") is not None:
            found.append(control.get("value", ""))
    return found
