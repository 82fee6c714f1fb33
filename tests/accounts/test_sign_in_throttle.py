"""How often a password may be wrong; the clock is the test's own."""

import pytest
from sqlalchemy import func, select

from app.accounts import errors, sessions, sign_in_throttle
from app.accounts.tables import FailedSignIn
from app.core import clock
from app.core.errors import TooMany
from app.db.transactions import db
from app.http.error_sentences import sentence
from tests.factories.accounts import make_account

MINUTE = 60 * 1000


@pytest.fixture
def now(monkeypatch, work):
    """A clock that stands still until it is set: `now[0] += MINUTE`."""
    moment = [1_000_000_000_000]
    monkeypatch.setattr(clock, "now_ms", lambda: moment[0])
    return moment


def fail(times: int, name: str = "anna", address: str = "10.0.0.1") -> None:
    for _ in range(times):
        sign_in_throttle.check(name, address)
        sign_in_throttle.record_failure(name, address)


def is_refused(name: str = "anna", address: str = "10.0.0.1") -> bool:
    try:
        sign_in_throttle.check(name, address)
    except TooMany:
        return True
    return False


def count() -> int:
    return db.session.execute(select(func.count()).select_from(FailedSignIn.__table__)).scalar_one()


def test_ten_failures_at_one_account_from_one_address_are_enough(now):
    fail(10)

    with pytest.raises(errors.TooManyFailedSignIns) as refused:
        sign_in_throttle.check("ANNA ", "10.0.0.1")
    assert refused.value.retry_after == 15 * 60
    assert "Try again in 15 minutes" in sentence(refused.value)
    assert not is_refused(address="10.0.0.2")
    assert not is_refused(name="ben")


def test_an_account_has_a_hundred_from_all_addresses(now):
    for number in range(10):
        fail(10, address=f"10.0.1.{number}")

    assert is_refused(address="192.168.0.1")
    assert not is_refused("ben", "192.168.0.1")


def test_who_was_signed_in_from_an_address_is_not_kept_out_there_by_failures_elsewhere(now):
    anna = make_account("anna")
    sessions.end(sessions.begin(anna.id, user_agent="x", address="10.0.0.1"))
    for number in range(10):
        fail(10, address=f"10.0.1.{number}")

    assert not is_refused("Anna", "10.0.0.1")
    assert is_refused(address="10.0.0.2")
    fail(10)
    assert is_refused()


def test_an_address_has_fifty_at_all_accounts(now):
    for number in range(5):
        fail(10, name=f"guess{number}")

    assert is_refused("carla")
    assert not is_refused("carla", "10.0.0.2")


def test_the_window_slides_so_that_nobody_is_locked_out_for_good(now):
    fail(1)
    now[0] += 5 * MINUTE
    fail(9)

    with pytest.raises(errors.TooManyFailedSignIns) as refused:
        sign_in_throttle.check("anna", "10.0.0.1")
    assert refused.value.retry_after == 10 * 60
    assert "Try again in 10 minutes" in sentence(refused.value)
    now[0] += 10 * MINUTE - 1
    assert is_refused()
    now[0] += 1
    assert not is_refused()
    fail(1)
    assert is_refused()


def test_what_is_refused_is_not_counted(now):
    fail(10)
    for _ in range(20):
        assert is_refused()
    now[0] += 15 * MINUTE
    assert not is_refused()


def test_success_forgets_the_failures_of_that_account_from_that_address(now):
    fail(9)
    fail(9, address="10.0.0.2")
    fail(9, name="ben")

    sign_in_throttle.forget_failures("Anna", "10.0.0.1")

    assert count() == 18
    fail(10)
    assert is_refused()


def test_failures_that_no_longer_count_go_as_new_ones_come(now):
    fail(10)
    fail(10, address="10.0.0.2")
    now[0] += 15 * MINUTE
    fail(1, name="ben", address="10.0.0.3")

    assert count() == 1


@pytest.mark.parametrize("name", ["correct horse battery", "x" * 5000, "a\0b", "\udc80", ""])
def test_what_was_typed_as_a_name_is_not_kept(now, name):
    """Passwords are typed into that field by mistake."""
    fail(10, name=name)

    assert is_refused(name)
    kept = db.session.execute(select(FailedSignIn.name_key)).scalars().all()
    assert {len(key) for key in kept} == {64}
    assert name not in kept
