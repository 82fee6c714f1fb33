"""Two who change a stage or its rule at the same moment."""

from functools import partial

from sqlalchemy import select

from app.audit.recorder import Kind
from app.audit.tables import Event
from app.db.transactions import db, transaction
from app.stages import checks, definitions, rule_settings, rules, settings
from app.stages.errors import RuleChanged, StageChanged
from tests.factories.registry import ANNA, BEN, make_model, make_versions
from tests.support.races import come_late


def test_of_two_edits_of_one_stage_the_later_is_refused(app):
    with app.app_context(), transaction(read_only=True):
        seen = definitions.find("Staging").token
    first, second = come_late(
        app,
        partial(settings.change, "Staging", purpose="Anna's words", seen=seen, actor=ANNA),
        partial(settings.change, "Staging", purpose="Ben's words", seen=seen, actor=BEN),
    )
    assert first.purpose == "Anna's words"
    assert isinstance(second, StageChanged)
    with app.app_context(), transaction(read_only=True):
        assert definitions.find("Staging").purpose == "Anna's words"


def test_of_two_edits_of_one_rule_the_later_is_refused(app):
    with app.app_context(), transaction(read_only=True):
        seen = rules.describe(rules.of(definitions.find("Staging"), None))
    _first, second = come_late(
        app,
        partial(rule_settings.set_rule, "Staging", approvals=2, seen=seen, actor=ANNA),
        partial(rule_settings.set_rule, "Staging", approvals=3, seen=seen, actor=BEN),
    )
    assert isinstance(second, RuleChanged)
    with app.app_context(), transaction(read_only=True):
        assert rules.of(definitions.find("Staging"), None).approvals == 2


def test_of_two_reports_of_one_check_the_later_replaces_the_state_of_the_other(app):
    with app.app_context(), transaction():
        make_model()
        make_versions(1)
        checks.post("churn", 1, "bias", "pending", actor=ANNA)
    come_late(
        app,
        partial(checks.post, "churn", 1, "bias", "failed", actor=ANNA),
        partial(checks.post, "churn", 1, "bias", "passed", actor=BEN),
    )
    reports = select(Event.before, Event.after).where(Event.kind == Kind.CHECK_REPORTED.value)
    with app.app_context(), transaction(read_only=True):
        steps = [(row.before, row.after) for row in db.session.execute(reports.order_by(Event.id))]
    assert steps == [(None, "pending"), ("pending", "failed"), ("failed", "passed")]
