"""A rollback to a version that is not what it was when it held the stage: refused, or said with a reason."""

import pytest
from sqlalchemy import update

from app.approvals import rollback
from app.approvals.errors import ChangedSinceInStage, ReasonForChangedNeeded
from app.approvals.held_facts import UNKNOWN, Difference
from app.audit.tables import Event
from app.authz.actors import LOCAL_USER
from app.core.errors import ApprovalRequired
from app.db.transactions import db, transaction
from app.http.error_sentences import sentence
from app.manifests.tables import ManifestOfVersion
from app.registry import models, versions
from app.registry.tables import ModelVersion, RegisteredModel, StageInterval
from app.stages import history, model_names, transitions
from tests.approvals.test_contents import OTHER, ready
from tests.approvals.test_run_metrics import log, run  # noqa: F401  (a fixture)


@pytest.fixture
def replaced(team):
    """Version 1 was in Production and version 2 is."""
    ready(team, number=1)
    for number in (1, 2):
        team.do("ben", transitions.transition, "churn", number, "Production", archive_others=True)
    return team


def give_back(team, name="ben", **values):
    return team.do(name, rollback.roll_back, "churn", 1, "Production", **values)


def test_the_same_version_needs_no_reason(replaced):
    give_back(replaced)


def test_other_files_are_refused(replaced):
    ready(replaced, OTHER)
    with pytest.raises(ChangedSinceInStage) as refused:
        give_back(replaced, reason="quick")
    assert refused.value.changed == [Difference("files")]
    assert "the files changed" in sentence(refused.value)
    assert replaced.see("ada", versions.get, "churn", 1).stage == "Archived"


def test_in_an_emergency_too(replaced):
    replaced.group("oncall", "rita")
    replaced.rule("Production", must_request=True, emergency_groups=["oncall"])
    ready(replaced, OTHER)
    with pytest.raises(ChangedSinceInStage):
        give_back(replaced, "rita", reason="Down")


def test_who_may_not_roll_back_is_not_told_what_changed(replaced):
    ready(replaced, OTHER)
    with pytest.raises(ApprovalRequired):
        give_back(replaced, "anna", reason="x")


def test_by_the_rules_choice_it_takes_a_reason_and_is_on_record(replaced):
    replaced.rule("Production", rollback_changed="reason")
    ready(replaced, OTHER)
    for reason in (None, "  "):
        with pytest.raises(ReasonForChangedNeeded) as refused:
            give_back(replaced, reason=reason)
        assert refused.value.field == "reason"
    give_back(replaced, reason="The new files were checked by hand")
    with replaced.app.app_context(), transaction():
        event = db.session.query(Event).filter_by(kind="version.returned").one()
        assert event.subject == "files" and event.comment == "The new files were checked by hand"


@pytest.mark.parametrize("is_named", [True, False])
def test_tags_and_description_count_where_the_rule_names_them(replaced, is_named):
    named = {"tags": ["approved"], "needs_description": True} if is_named else {}
    replaced.rule("Production", **named)
    replaced.do("anna", versions.describe, "churn", 1, "Another text")
    replaced.do("anna", versions.set_tag, "churn", 1, "approved", "yes")
    if not is_named:
        give_back(replaced)
        return
    with pytest.raises(ChangedSinceInStage) as refused:
        give_back(replaced, reason="x")
    assert refused.value.changed == [Difference("description"), Difference("tag", "approved")]


def test_metrics_of_its_run_count(team, run):  # noqa: F811
    team.rule("Production")
    for number in (1, 2):
        team.do("ben", transitions.transition, "churn", number, "Production", archive_others=True)
    team.do("ben", rollback.roll_back, "churn", 1, "Production")
    team.do("ben", transitions.transition, "churn", 2, "Production", archive_others=True)
    log(team, run, auc=0.1, f1=float("nan"))
    with pytest.raises(ChangedSinceInStage) as refused:
        give_back(team)
    assert refused.value.changed == [Difference("metric", "auc"), Difference("metric", "f1")]


def test_what_was_never_written_down_takes_a_reason_whatever_the_rule_says(replaced):
    with replaced.app.app_context(), transaction():
        db.session.execute(update(StageInterval).values(content_key=None, facts=None, metrics=None))
    with pytest.raises(ReasonForChangedNeeded) as refused:
        give_back(replaced)
    assert refused.value.changed == [UNKNOWN]
    assert "was not recorded" in sentence(refused.value)
    give_back(replaced, reason="It is the same, I looked")


def test_the_operator_is_bound_by_no_rule(replaced):
    ready(replaced, OTHER)
    with replaced.app.app_context(), transaction():
        rollback.roll_back("churn", 1, "Production", actor=LOCAL_USER)


def test_a_restored_model_is_compared_with_what_it_was_before_its_deletion(replaced):
    replaced.do("meg", model_names.delete, "churn")
    with replaced.app.app_context(), transaction():
        key = db.session.query(RegisteredModel.id).filter_by(name="churn").scalar()
    replaced.do("meg", model_names.restore, key)
    assert replaced.see("ada", models.get, "churn").name == "churn"
    give_back(replaced)
    assert [period.stage for period in _periods(replaced, 1)][-1] == "Production"


def _periods(team, number):
    with team.acting("ada"):
        return history.of_version(versions.get("churn", number).id)


@pytest.mark.parametrize("how", ["another digest", "found by the sweep", "unchanged"])
def test_a_restored_model_comes_back_to_a_stage_only_with_what_was_there(replaced, how):
    ready(replaced, number=2)
    for number in (1, 2):
        replaced.do("ben", transitions.transition, "churn", number, "Production", archive_others=True)
    replaced.do("meg", model_names.delete, "churn")
    with replaced.app.app_context(), transaction():
        key = db.session.query(RegisteredModel.id).filter_by(name="churn").scalar()
        version_id = db.session.query(ModelVersion.id).filter_by(model_id=key, number=2).scalar()
        changed = {
            "another digest": {"manifest_key": None, "state": "elsewhere"},
            "found by the sweep": {"mismatch_at": 1},
        }
        if how in changed:
            of_version = ManifestOfVersion.version_id == version_id
            db.session.execute(update(ManifestOfVersion).where(of_version).values(**changed[how]))
    replaced.do("meg", model_names.restore, key)
    stage = replaced.see("ada", versions.get, "churn", 2).stage
    assert stage == ("Production" if how == "unchanged" else "None")
    assert _periods(replaced, 2)[-1].stage == stage
