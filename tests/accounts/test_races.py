"""Two who change who may do what at the same moment: the second meets what the first left."""

from app.accounts import accounts
from app.audit.recorder import Kind
from app.authz.actors import LOCAL_USER
from app.authz.errors import LastAdministrator
from app.authz.levels import Level
from app.db.transactions import transaction
from app.sharing import grants, team_setup
from app.sharing.errors import AccountsAlreadyExist
from tests.accounts.test_accounts import events
from tests.factories.accounts import PASSWORD
from tests.factories.registry import make_model
from tests.support.races import come_late


def test_of_two_who_set_up_one_does(app):
    first, second = come_late(
        app,
        lambda: team_setup.set_up_team("anna", PASSWORD, actor=LOCAL_USER),
        lambda: team_setup.set_up_team("eve", PASSWORD, actor=LOCAL_USER),
    )
    assert (first.name, type(second)) == ("anna", AccountsAlreadyExist)


def test_of_two_administrators_who_step_down_the_second_stays(app):
    with app.app_context(), transaction():
        for name in ("anna", "ben"):
            accounts.create(name, is_admin=True, actor=LOCAL_USER)
    _first, second = come_late(
        app,
        lambda: accounts.set_admin("anna", False, actor=LOCAL_USER),
        lambda: accounts.set_admin("ben", False, actor=LOCAL_USER),
    )
    assert isinstance(second, LastAdministrator)


def test_two_who_give_rights_record_one_level_after_the_other(app):
    with app.app_context(), transaction():
        make_model("churn")
        grants.set_on_model("churn", grants.EVERYONE, Level.READ, actor=LOCAL_USER)
    come_late(
        app,
        lambda: grants.set_on_model("churn", grants.EVERYONE, Level.EDIT, actor=LOCAL_USER),
        lambda: grants.set_on_model("churn", grants.EVERYONE, Level.MANAGE, actor=LOCAL_USER),
    )
    with app.app_context(), transaction(read_only=True):
        steps = [event[3:] for event in events() if event[0] == Kind.RIGHTS_GIVEN.value]
    assert [before for before, _after in steps[1:]] == [after for _before, after in steps[:-1]]
    assert len(steps) == 3
