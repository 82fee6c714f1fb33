"""Settings, Stages: the list of stages and their rules, kept by administrators on pages."""

import pytest

from app.accounts import groups
from app.registry import versions
from app.stages import definitions, rule_settings, rules, transitions
from tests.factories.accounts import require_sign_in, sign_in
from tests.factories.registry import make_model, make_versions
from tests.support.team import make_team

STAGES = "/admin/stages"


@pytest.fixture
def team(app):
    made = make_team(app)
    require_sign_in(app)
    return made


@pytest.fixture
def ada(app, client, team, do):
    """An administrator who is signed in."""
    do(lambda actor: sign_in(app, client, team.ids["ada"]))
    return team


def names(ask):
    return ask(definitions.names)


def test_the_local_user_of_personal_mode_keeps_the_list(pages, ask):
    assert pages.get("/models").links()["Stages"] == STAGES
    shown = pages.get(STAGES)
    assert "Users" not in shown.links() and "Audit log" in shown.links()
    made = pages.send(
        "/admin/new-stage", name="Canary", purpose="A tenth of the traffic.", colour="teal", level="40"
    )
    assert made.flashes == ["Stage Canary created, before Archived."]
    assert names(ask) == ["None", "Staging", "Production", "Canary", "Archived"]
    assert "A tenth of the traffic." in made.text and "anyone who can manage Production versions" in made.text
    assert any("hue-teal" in mark.get("class", "") for mark in made.all("span"))


def test_a_name_that_cannot_be_is_refused_beside_the_field(pages, ask):
    for name, words in (
        ("staging", "There is already a stage named Staging."),
        ("12", "can't be the name of a stage"),
        ("a/b", "can't be the name of a stage"),
        (" ", "Give a name."),
    ):
        refused = pages.send("/admin/new-stage", name=name, purpose="Typed.", status=422)
        assert words in refused.error_beside("name")
        assert refused.form("/admin/new-stage")["purpose"] == "Typed."
    pages.send("/admin/new-stage", name="QA", colour="ultraviolet", status=422)
    pages.send("/admin/new-stage", name="QA", level="35", status=422)
    assert names(ask) == ["None", "Staging", "Production", "Archived"]


def test_a_stage_is_renamed_and_painted_but_not_over_the_work_of_another(pages, ask, do):
    from app.stages import settings

    url = "/admin/stages/Staging/edit"
    assert pages.send(url, name="QA", colour="pink").flashes == ["Stage saved."]
    assert ask(definitions.find, "QA").colour == "pink"

    fields = pages.get("/admin/stages/QA/edit").form("/admin/stages/QA/edit")
    do(settings.change, "QA", purpose="Somebody else's words.")
    stale = pages.post("/admin/stages/QA/edit", {**fields, "purpose": "Mine."}, status=409)
    assert "while you were editing" in stale.summary
    assert "Now: QA managed by anyone who can manage Staging versions. Somebody else's words." in stale.text
    assert ask(definitions.find, "QA").purpose == "Somebody else's words."
    pages.post("/admin/stages/QA/edit", stale.form("/admin/stages/QA/edit"))
    assert ask(definitions.find, "QA").purpose == "Mine."


def test_none_and_archived_keep_their_names_and_are_not_removed(pages, ask):
    fixed = pages.get("/admin/stages/Archived/edit")
    assert "can't be renamed" in fixed.text and "name" not in fixed.form("/admin/stages/Archived/edit")
    pages.send("/admin/stages/Archived/edit", colour="red")
    assert ask(definitions.find, "Archived").colour == "red"
    assert "can't be removed" in pages.get("/admin/stages/None/remove").text
    pages.post("/admin/stages/None/remove", {"csrf_token": pages.token(), "to": "Staging"}, status=422)
    assert "None" in names(ask)


def test_stages_are_moved_one_place_at_a_time_in_the_order_that_was_seen(pages, ask, do):
    from app.stages import settings

    pages.send(STAGES, "/admin/stages/Production/move", direction="up")
    assert names(ask) == ["None", "Production", "Staging", "Archived"]
    fields = pages.get(STAGES).form("/admin/stages/Production/move")
    do(settings.create, "QA")
    late = pages.post("/admin/stages/Production/move", {**fields, "direction": "down"}, status=409)
    assert "changed the list of stages" in late.summary
    assert names(ask) == ["None", "Production", "Staging", "QA", "Archived"]
    pages.post(
        "/admin/stages/Production/move", {**late.form("/admin/stages/Production/move"), "direction": "down"}
    )
    assert names(ask) == ["None", "Staging", "Production", "QA", "Archived"]


def test_removing_a_stage_asks_where_its_versions_go(pages, ask, do):
    do(lambda actor: (make_model(), make_versions(2)))
    do(transitions.transition, "churn", 2, "Staging")
    url = "/admin/stages/Staging/remove"

    assert "1 version is in this stage" in pages.get(url).text
    refused = pages.send(url, status=422)
    assert "1 version is in Staging. Choose a stage for it." in refused.error_beside("to")
    assert pages.send(url, to="Archived").flashes == ["Stage Staging removed."]
    assert ask(versions.get, "churn", 2).stage == "Archived"
    assert names(ask) == ["None", "Production", "Archived"]
    pages.get(url, status=404)


def test_a_stage_whose_rule_takes_more_cannot_be_filled_wholesale(pages, do):
    do(lambda actor: (make_model(), make_versions(1)))
    do(transitions.transition, "churn", 1, "Staging")
    do(rule_settings.set_rule, "Production", is_exclusive=True)
    refused = pages.send("/admin/stages/Staging/remove", to="Production", status=422)
    assert "Production can't take all of these versions" in refused.error_beside("to")


def test_a_rule_is_set_with_all_its_parts_and_said_in_words(pages, ada, ask):
    risk = ada.group("risk", "rita", "rolf")
    fields = pages.get("/admin/stages/Production/rule").form("/admin/stages/Production/rule")
    fields.update(
        approvals="2",
        must_ask="y",
        checks="bias\n\nlatency\n",
        tags="owner",
        needs_description="y",
        needs_schema="y",
        is_exclusive="y",
        asker_counts="y",
        approver_groups=str(risk),
        direct_groups=str(risk),
        emergency_groups=str(risk),
    )
    saved = pages.post("/admin/stages/Production/rule", fields)

    assert saved.flashes == ["Rule of Production saved. Applies from the next decision."]
    rule = ask(lambda: rules.of(definitions.find("Production"), None))
    assert rule._replace(stage=None, id=None) == rules.EffectiveRule(
        stage=None,
        approvals=2,
        requester_counts=True,
        must_request=True,
        is_exclusive=True,
        needs_description=True,
        needs_schema=True,
        checks=("bias", "latency"),
        tags=("owner",),
        approver_groups=(risk,),
        direct_groups=(risk,),
        emergency_groups=(risk,),
    )
    assert "Production requires 2 approvals from risk" in saved.text
    assert (
        pages.get("/admin/stages/Production/rule").form("/admin/stages/Production/rule")["checks"]
        == "bias\nlatency"
    )


def test_groups_beyond_those_offered_are_chosen_by_name(pages, ada, ask, monkeypatch):
    assert "Other groups" not in pages.get(f"{STAGES}/Production/rule").text
    monkeypatch.setattr("app.web.stages.rules.GROUPS_OFFERED", 2)
    ids = {name: ada.group(name, "rita") for name in ("audit", "board", "risk", "zoo")}
    url = f"{STAGES}/Production/rule"
    shown = pages.get(url)
    assert "audit" in shown.text and "risk" not in shown.text
    seen = shown.form(url)["seen"]
    refused = pages.send(url, approvals="1", seen=seen, more_direct_groups="zoo\nnobody", status=422)
    assert "no group named nobody" in refused.error_beside("more_direct_groups")
    assert refused.form(url)["more_direct_groups"] == "zoo\nnobody"
    pages.send(
        url,
        approvals="1",
        seen=seen,
        approver_groups=ids["audit"],
        more_approver_groups=" Risk \n\n",
        more_emergency_groups="zoo",
    )
    rule = ask(lambda: rules.of(definitions.find("Production"), None))
    assert set(rule.approver_groups) == {ids["audit"], ids["risk"]}
    assert rule.emergency_groups == (ids["zoo"],)
    assert "risk" in pages.get(url).text  # the rule names it, so it can be unticked


def test_a_rule_that_cannot_be_is_refused_and_nothing_typed_is_lost(pages, ada, do):
    url = "/admin/stages/Production/rule"
    gone = ada.group("gone")
    fields = pages.get(url).form(url)
    for approvals in ("0", "-1", "two", "", "21", "9" * 40):
        refused = pages.post(url, {**fields, "approvals": approvals, "checks": "bias"}, status=422)
        assert refused.error_beside("approvals")
        assert refused.form(url)["approvals"] == approvals and refused.form(url)["checks"] == "bias"
    do(groups.delete, "gone")
    for group in (str(gone), "999", "9" * 40, "no-number"):
        assert pages.post(url, {**fields, "approver_groups": group}, status=422).summary
    assert pages.post(
        "/admin/stages/None/rule", {**fields, "seen": "", "is_exclusive": "y"}, status=422
    ).error_beside("is_exclusive")


def test_a_rule_is_not_set_over_one_that_the_person_never_saw(pages, ada, do):
    url = "/admin/stages/Production/rule"
    fields = pages.get(url).form(url)
    do(rule_settings.set_rule, "Production", approvals=3)
    stale = pages.post(url, {**fields, "approvals": "2"}, status=409)
    assert (
        "Someone else changed the rule" in stale.summary
        and "Now: Production requires 3 approvals" in stale.text
    )
    assert "2 approvals" in pages.post(url, stale.form(url)).text


def test_a_rule_is_taken_back(pages, ada, do, ask):
    do(rule_settings.set_rule, "Production", approvals=3)
    back = pages.send("/admin/stages/Production/rule", "/admin/stages/Production/rule/remove")
    assert "default rule" in back.flashes[0] and "3 approvals" not in back.text
    assert "Remove this rule" not in pages.get("/admin/stages/Production/rule").text


def test_a_model_has_a_rule_of_its_own_until_it_is_taken_back(pages, ada, ask):
    listed = "/models/churn/settings/rules"
    url = f"{listed}/Production"
    assert pages.get("/models/churn/settings").links()["Stage rules"] == listed
    assert "This is the default rule" in pages.get(url).text
    saved = pages.send(url, approvals="4", is_exclusive="y")
    assert "4 approvals" in saved.text and "Overridden for this model" in saved.text
    assert "1 model overrides this rule" in pages.get(STAGES).text
    rule = pages.get("/admin/stages/Production/rule")
    assert (
        rule.links()["churn"] == url
        and "requires 1 approval " in rule.text
        and "requires 4 approvals" in rule.text
    )

    pages.send(url, f"{url}/remove")
    assert "Overridden for this model" not in pages.get(listed).text
    assert "overrides this rule" not in pages.get(STAGES).text


def test_whoever_reads_a_model_reads_its_rules_and_only_administrators_set_them(app, client, pages, team, do):
    do(lambda actor: sign_in(app, client, team.ids["meg"]))  # manages the model
    shown = pages.get("/models/churn/settings/rules")
    assert (
        "Production requires 1 approval" in shown.text
        and "Only administrators can change these rules." in shown.text
    )
    assert not [url for url in shown.links().values() if url.endswith("/rules/Production")]
    for url in (
        STAGES,
        "/admin/new-stage",
        "/admin/stages/Staging/edit",
        "/admin/stages/Staging/remove",
        "/admin/stages/Staging/rule",
        "/models/churn/settings/rules/Staging",
    ):
        pages.get(url, status=403)
    do(lambda actor: sign_in(app, client, team.ids["carl"]))  # may not even read it
    pages.get("/models/churn/settings/rules", status=404)
