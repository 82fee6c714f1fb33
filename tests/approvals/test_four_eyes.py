"""Four eyes: who is one with the requester, and whose approval is their own word."""

import pytest

from app.accounts import accounts, credentials, tokens
from app.approvals import inbox, requests
from app.approvals.errors import ApprovalThroughOthersToken, OwnRequest
from app.authz.actors import LOCAL_USER
from app.authz.levels import Level
from app.authz.viewer import acting_as
from app.db.transactions import transaction
from app.registry import versions
from app.sharing import grants
from app.tracking import runs


@pytest.fixture
def request_(team):
    def ask(name: str, number: int = 1):
        return team.do(name, requests.open_request, "churn", number, "Production")

    return ask


def approve(team, name: str, number: int = 1):
    return team.do(name, requests.approve, "churn", number, "Production")


def through(team, secret: str, verb, *arguments, **values):
    """Calls a verb as whoever holds the token."""
    with team.app.app_context(), transaction():
        found = credentials.by_token(secret)
        assert found is not None
        with acting_as(found.actor):
            return verb(*arguments, **values, actor=found.actor)


def token_for(team, owner: str, maker: str | None) -> str:
    if maker is None:
        with team.app.app_context(), transaction():
            return tokens.create(team.ids[owner], "test", actor=LOCAL_USER)[1]
    return team.do(maker, lambda actor: tokens.create(team.ids[owner], "test", actor=actor))[1]


def waiting(team, name: str) -> int:
    with team.acting(name) as actor:
        return inbox.count(actor)


def test_the_author_of_a_version_does_not_approve_it_when_a_bystander_asks(team, request_):
    team.do("ben", versions.create, "churn", "s3://models/y")
    request_("rita", 4)
    with pytest.raises(OwnRequest) as caught:
        approve(team, "ben", 4)
    assert caught.value.part == "version author"
    assert approve(team, "bea", 4).moved


def test_nor_does_the_author_of_the_run(team, request_):
    run = team.do("ada", lambda actor: runs.create(0, actor=actor).run)
    with team.app.app_context(), transaction():
        grants.set_on_experiment(0, grants.principal_of_account("meg"), Level.READ, actor=LOCAL_USER)
    team.do("meg", versions.create, "churn", f"mlflow-artifacts:/0/{run.uuid}/artifacts/m", run_uuid=run.uuid)
    request_("rita", 4)
    with pytest.raises(OwnRequest) as caught:
        approve(team, "ada", 4)
    assert caught.value.part == "run author"
    assert approve(team, "ben", 4).moved


def test_whoever_made_the_token_that_asked_does_not_approve(team, request_):
    secret = token_for(team, "rita", "ada")
    through(team, secret, requests.open_request, "churn", 1, "Production")
    with pytest.raises(OwnRequest) as caught:
        approve(team, "ada")
    assert caught.value.part == "token maker"
    assert approve(team, "ben").moved


def test_whoever_created_the_service_account_that_asked_does_not_approve(team):
    team.do("ada", lambda actor: accounts.create("ci", kind="service", actor=actor))
    with team.app.app_context(), transaction():
        from app.accounts import queries

        team.ids["ci"] = queries.find("ci").id
    team.grant("churn", 10, name="ci")
    team.do("ci", requests.open_request, "churn", 1, "Production")
    with pytest.raises(OwnRequest) as caught:
        approve(team, "ada")
    assert caught.value.part == "service creator"


def test_a_token_that_somebody_else_made_for_a_person_does_not_approve(team, request_):
    request_("rita")
    with pytest.raises(ApprovalThroughOthersToken):
        through(team, token_for(team, "ben", "ada"), requests.approve, "churn", 1, "Production")
    with pytest.raises(ApprovalThroughOthersToken):
        through(team, token_for(team, "ben", "ada"), requests.reject, "churn", 1, "Production")
    assert through(team, token_for(team, "ben", "ben"), requests.approve, "churn", 1, "Production").moved


def test_a_token_of_the_operator_approves(team, request_):
    request_("rita")
    assert through(team, token_for(team, "ben", None), requests.approve, "churn", 1, "Production").moved


def test_approvals_from_before_somebody_had_a_part_are_judged_as_well(team, request_):
    team.rule("Production", approvals=2)
    request_("rita")
    request_("ben")
    approve(team, "ben")  # rita's only: the other is his own
    with team.acting("rita") as actor:
        version = versions.get("churn", 1)
        by = {request.requester: request for request in requests.of_version(version.id)}
        assert requests.progress(by["rita"], version, actor).given == 1
        assert requests.progress(by["ben"], version, actor).given == 0


def test_a_rule_that_counts_the_requester_counts_all_of_them(team):
    team.rule("Production", requester_counts=True)
    team.do("ben", versions.create, "churn", "s3://models/y")
    team.do("ben", requests.open_request, "churn", 4, "Production")
    assert approve(team, "ben", 4).moved


def test_the_inbox_of_an_author_does_not_wait_for_them(team, request_):
    team.do("ben", versions.create, "churn", "s3://models/y")
    request_("rita", 4)
    assert waiting(team, "ben") == 0
    assert waiting(team, "bea") == 1
