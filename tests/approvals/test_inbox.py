"""What waits for whom: the same people whom the rule lets decide, and on what they may read only."""

from itertools import product

import pytest
from sqlalchemy import text

from app.approvals import comments, inbox, requests
from app.approvals.inbox_filters import Filters
from app.authz.actors import LOCAL_USER
from app.authz.levels import Level
from app.db.transactions import db, transaction
from app.registry import versions
from app.stages import checks, settings, transitions
from tests.factories.registry import make_model, make_versions
from tests.support.queries import recorded_queries
from tests.support.team import LEVELS


def ask(team, name="anna", stage="Production", number=1, model="churn"):
    return team.do(name, requests.open_request, model, number, stage)


def look(team, name, box=inbox.list_waiting, **values):
    with team.acting(name) as actor:
        items, _ = box(actor, **values)
        return [(one.request.name, one.request.number, one.request.stage) for one in items]


def count(team, name):
    with team.acting(name) as actor:
        return inbox.count(actor)


RULES = [
    {},
    {"must_request": True},
    {"approver_groups": ["risk"]},
    {"requester_counts": True},
    {"approver_groups": ["risk"], "requester_counts": True},
]


@pytest.mark.parametrize(("fields", "target"), list(product(RULES, ["Staging", "Production"])))
def test_what_waits_for_somebody_is_what_they_may_decide(team, fields, target):
    team.group("risk", "rita", "ben", "carl")
    team.rule(target, **fields)
    team.rule("Staging" if target == "Production" else "Production", approver_groups=["risk"])
    for asker in ("anna", "ben"):
        request = ask(team, asker, target)
    for name in (*LEVELS, "ada", "carl"):
        with team.acting(name) as actor:
            waiting = {one.request.requester for one in inbox.list_waiting(actor)[0]}
            if name == "carl":
                assert waiting == set()
                continue
            version = versions.get("churn", 1)
            may = {
                one.requester
                for one in requests.open_of(request.version_id)
                if requests.abilities_of([one], version, actor)[0].decide
            }
            assert (name, waiting) == (name, may)
            assert inbox.count(actor) == len(may)


def test_a_models_own_rule_decides_whose_inbox_it_is(team):
    team.group("risk", "rita")
    team.rule("Production", approver_groups=["risk"])
    team.rule("Production", "churn")
    ask(team)
    assert (look(team, "rita"), len(look(team, "ben"))) == ([], 1)


def test_leaving_production_waits_for_who_manages_that(team):
    team.do("ben", transitions.transition, "churn", 1, "Production")
    ask(team, stage="Staging")
    assert (count(team, "sven"), count(team, "ben")) == (0, 1)


def test_what_one_has_approved_waits_no_more_until_it_changes(team):
    team.rule("Production", approvals=2, must_request=True)
    ask(team)
    team.do("ben", requests.approve, "churn", 1, "Production")
    assert (look(team, "ben"), count(team, "ben"), count(team, "bea")) == ([], 0, 1)
    team.do("anna", versions.describe, "churn", 1, "Other")
    assert (len(look(team, "ben")), count(team, "ben")) == (1, 1)


def test_the_list_costs_as_many_statements_whatever_its_length(team):
    """Progress, checks, rules and void approvals of all rows are read together, and so is the count."""
    team.group("risk", "rita", "rolf")
    team.rule("Production", approvals=2, must_request=True, approver_groups=["risk"], checks=["bias"])
    team.rule("Staging", approvals=2, must_request=True, needs_description=True)
    with team.app.app_context(), transaction():
        make_versions(9)

    def cost(numbers):
        for number in numbers:
            for stage in ("Production", "Staging"):
                ask(team, stage=stage, number=number)
            team.do("anna", checks.post, "churn", number, "bias", "passed")
            team.do("rita", requests.approve, "churn", number, "Production")
            team.do("anna", versions.describe, "churn", number, "Changed")
        with team.acting("rita") as actor, recorded_queries(team.app) as listed:
            (items, _), counted = inbox.list_waiting(actor), inbox.count(actor)
        assert len(items) == counted == sum(one.request.stage == "Production" for one in items)
        assert all(one.progress.approvals[0].void_because for one in items)
        with team.acting("ben") as actor, recorded_queries(team.app) as of_ben:
            decided = [inbox.list_decided(actor), inbox.list_requested(actor), inbox.list_waiting(actor)]
        assert {len(items) for items, _ in decided} == {0, counted}
        return len(listed), len(of_ben)

    assert cost([1]) == cost(range(2, 13))


def test_what_one_has_approved_hides_nothing_that_is_older(team, monkeypatch):
    team.rule("Production", approvals=2, must_request=True)
    for number in (1, 2, 3):
        ask(team, number=number)
    for number in (2, 3):
        team.do("ben", requests.approve, "churn", number, "Production")
    with team.acting("ben") as actor:
        items, token = inbox.list_waiting(actor, limit=1)
        assert ([one.request.number for one in items], token) == ([1], None)
        monkeypatch.setattr(inbox, "MAX_SKIPPED_PAGES", 1)  # an empty page still leads on
        items, token = inbox.list_waiting(actor, limit=1)
        assert (items, inbox.list_waiting(actor, limit=2, before_id=token)[1]) == ([], None)


@pytest.mark.parametrize(
    "change",
    [
        lambda team: team.do("anna", checks.post, "churn", 1, "bias", "passed"),
        lambda team: team.do("anna", versions.set_tag, "churn", 1, "owner", "rolf"),
        lambda team: team.do("meg", transitions.transition, "churn", 1, "Staging"),
    ],
)
def test_the_count_goes_up_again_with_whatever_makes_the_approval_void(team, change):
    team.rule("Production", approvals=2, must_request=True, tags=["owner"])
    team.do("anna", versions.set_tag, "churn", 1, "owner", "anna")
    ask(team)
    team.do("ben", requests.approve, "churn", 1, "Production")
    team.do("anna", comments.create, "churn", 1, "Thanks")
    assert count(team, "ben") == 0
    change(team)
    assert count(team, "ben") == 1


def test_asked_by_me_and_decided(team):
    ask(team, "anna")
    ask(team, "rita", number=2)
    team.do("ben", requests.reject, "churn", 1, "Production")
    assert look(team, "anna", inbox.list_requested) == [("churn", 1, "Production")]
    assert look(team, "rita", inbox.list_requested) == [("churn", 2, "Production")]
    assert look(team, "rolf", inbox.list_decided) == [("churn", 1, "Production")]
    assert look(team, "carl", inbox.list_decided) == []


def test_what_was_deleted_waits_for_nobody(team):
    ask(team)
    team.do("meg", versions.delete, "churn", 1)
    assert (look(team, "ben"), count(team, "ben")) == ([], 0)


def test_filters_narrow_it_down(team):
    with team.app.app_context(), transaction():
        make_model("other")
        make_versions(1, "other")
    for name in ("anna", "ben"):
        team.grant("other", Level.MANAGE_PRODUCTION, name=name)
    ask(team)
    ask(team, "rita", stage="Staging", number=2)
    ask(team, model="other")
    team.do("ada", settings.create, "Größe Ω")
    ask(team, stage="Größe Ω", number=3)
    with team.app.app_context(), transaction():
        db.session.execute(text("UPDATE transition_request SET asked_at = 1000 WHERE asker = 'rita'"))
    for filters, found in (
        (Filters(model="other"), [("other", 1, "Production")]),
        (Filters(stage="größe ω"), [("churn", 3, "Größe Ω")]),
        (Filters(stage="staging"), [("churn", 2, "Staging")]),
        (Filters(person="rita"), [("churn", 2, "Staging")]),
        (Filters(days=7), [("churn", 2, "Staging")]),
        (Filters(model="churn", person="anna"), [("churn", 3, "Größe Ω"), ("churn", 1, "Production")]),
        (Filters(model="nobody"), []),
    ):
        assert look(team, "ben", filters=filters) == found


def test_pages_go_by_key_the_newest_first(team):
    for number in (1, 2, 3):
        ask(team, number=number)
    with team.acting("ben") as actor:
        first, token = inbox.list_waiting(actor, limit=2)
        rest, end = inbox.list_waiting(actor, limit=2, before_id=token)
    assert [one.request.number for one in first + rest] == [3, 2, 1]
    assert end is None


def test_without_accounts_everything_waits_for_the_local_user(work):
    make_model()
    make_versions(1)
    requests.open_request("churn", 1, "Staging", actor=LOCAL_USER)
    assert inbox.count(LOCAL_USER) == 1
    (item,) = inbox.list_waiting(LOCAL_USER)[0]
    assert item.progress.may.decide
    assert len(inbox.list_requested(LOCAL_USER)[0]) == 1
