"""Two who change a stage or its rule at the same moment."""

from functools import partial

from app.db.transactions import transaction
from app.stages import definitions, rule_settings, rules, settings
from app.stages.errors import RuleChanged, StageChanged
from tests.factories.registry import ANNA, BEN
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
