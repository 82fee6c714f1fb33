"""Archiving every version of a model."""

import pytest

from app.activity import timeline
from app.approvals import requests
from app.core.errors import NotFound
from app.http.error_sentences import sentence
from app.registry import models, versions
from app.stages import archive_model, history, transitions
from app.stages.errors import ArchivingLacksRequirements, ArchivingNeedsRequests


def archive(team, name: str, **values):
    return team.do(name, archive_model.archive_all, "churn", **values)


def stands(team) -> dict[int, str]:
    return {row.number: row.stage for row in team.see("rita", versions.of_model, "churn")[0]}


def test_all_are_archived_in_one_go_and_each_says_so(team):
    team.do("meg", transitions.transition, "churn", 1, "Production")
    team.do("meg", transitions.transition, "churn", 3, "Archived")
    team.do("anna", requests.open_request, "churn", 2, "Archived")
    team.do("meg", versions.create, "churn", "s3://models/x")
    team.do("meg", versions.delete, "churn", 4)
    found = team.do("meg", archive_model.plan, "churn")
    assert (found.numbers, found.is_blocked) == ({"None": [2], "Production": [1]}, False)
    assert archive(team, "meg", comment="The contract ended.") == 2
    assert stands(team) == {1: "Archived", 2: "Archived", 3: "Archived"}
    row = team.see("rita", versions.get, "churn", 1)
    moment = team.see("rita", timeline.timeline, version_id=row.id)[0]
    assert (moment.kind, moment.actor, moment.before, moment.after, moment.comment) == (
        "version.transitioned",
        "meg",
        "Production",
        "Archived",
        "The contract ended.",
    )
    stays = team.see("rita", history.of_version, row.id)
    assert [(stay.stage, stay.to_at is None) for stay in stays][-2:] == [
        ("Production", False),
        ("Archived", True),
    ]
    assert stays[-2].to_at == stays[-1].from_at
    second = team.see("rita", versions.get, "churn", 2)
    assert [one.state for one in team.see("rita", requests.of_version, second.id)] == ["overtaken"]
    assert archive(team, "meg") == 0, "a second time there is nothing left to do"


def test_one_that_may_not_be_moved_keeps_all_where_they_are(team):
    team.do("meg", transitions.transition, "churn", 1, "Production")
    with pytest.raises(ArchivingNeedsRequests) as refused:
        archive(team, "sven")
    assert sentence(refused.value) == (
        "Nothing was archived. You can't move version 1 from Production to Archived without a request."
    )
    assert stands(team) == {1: "Production", 2: "None", 3: "None"}
    assert len(team.do("sven", archive_model.plan, "churn").needs_request) == 1
    assert archive(team, "ben") == 3


def test_the_rule_of_archived_holds(team):
    team.rule("Archived", needs_description=True)
    team.do("anna", versions.describe, "churn", 2, "Why it is kept.")
    with pytest.raises(ArchivingLacksRequirements) as refused:
        archive(team, "ben")
    assert sentence(refused.value) == (
        "Nothing was archived. Version 1 needs a description. Version 3 needs a description."
    )
    assert set(stands(team).values()) == {"None"}
    team.rule("Archived", must_request=True)
    with pytest.raises(ArchivingNeedsRequests) as refused:
        archive(team, "meg")
    assert "versions 3, 2, 1" in sentence(refused.value)


def test_a_model_without_versions_and_one_that_is_not_there(team):
    team.do("meg", models.create, "empty")
    assert team.do("meg", archive_model.archive_all, "empty") == 0
    with pytest.raises(NotFound):
        team.do("carl", archive_model.archive_all, "churn")
