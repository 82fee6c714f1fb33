"""Passwords: what may be one, and that verifying tells nothing but whether it is right."""

import threading

import pytest
from argon2 import PasswordHasher, extract_parameters

from app.accounts import errors, passwords
from app.core.errors import Unavailable

GOOD = "correct horse battery"


def test_what_is_kept_is_argon2_with_the_figures_of_owasp_and_another_salt_each_time():
    first, second = passwords.hash(GOOD), passwords.hash(GOOD)

    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert passwords.verify(GOOD, first)
    assert passwords.verify(GOOD, second)


@pytest.mark.parametrize("text", ["", "correct horse batterY", GOOD + " ", GOOD * 100, "\udc80", "a\0b"])
def test_another_password_is_wrong(text):
    assert not passwords.verify(text, passwords.hash(GOOD))


@pytest.mark.parametrize("stored", [None, "", "no hash", "$argon2id$v=19$m=19456,t=2,p=1$broken"])
def test_where_there_is_no_hash_every_password_is_wrong(stored):
    assert not passwords.verify(GOOD, stored)


def test_an_unknown_name_costs_what_a_wrong_password_costs(monkeypatch):
    """The same work: one verification with the same figures, of a hash that is nobody's password."""
    asked = []

    class Noting(PasswordHasher):
        def verify(self, hash, password):
            asked.append(extract_parameters(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_HASHER", Noting(time_cost=2, memory_cost=19 * 1024, parallelism=1))

    for stored in (None, passwords.hash(GOOD)):
        assert not passwords.verify("wrong", stored)

    assert len(asked) == 2
    assert asked[0] == asked[1]


def test_letters_typed_in_one_piece_or_in_two_are_the_same():
    assert passwords.verify("gru\u0308ne Wiese im Mai", passwords.hash("gr\u00fcne Wiese im Mai"))


def test_no_more_than_a_few_verify_at_once(monkeypatch):
    """Whoever waits too long is told to come back, instead of taking up memory."""
    monkeypatch.setattr(passwords, "_HASHING_SLOTS", threading.BoundedSemaphore(1))
    monkeypatch.setattr(passwords, "MAX_WAIT", 0.01)

    with passwords._hashing_slot(), pytest.raises(Unavailable):
        passwords.verify(GOOD, None)
    assert not passwords.verify(GOOD, None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", errors.PasswordMissing),
        ("elevenchars", errors.PasswordTooShort),
        ("x" * 1001, errors.PasswordTooLong),
        ("password1234", errors.PasswordTooWeak),
        ("aaaaaaaaaaaaaaaa", errors.PasswordTooWeak),
        ("qwertyuiop12", errors.PasswordTooWeak),
        ("123456789012", errors.PasswordTooWeak),
        ("Bartholomew.Smith@Example.org", errors.PasswordIsName),
        ("bartholomew1", errors.PasswordTooWeak),
    ],
)
def test_what_is_no_password(text, kind):
    with pytest.raises(kind) as refused:
        passwords.check_new(text, name="bartholomew.smith@example.org")
    assert refused.value.field == "password"
    assert text == "" or text not in str(refused.value)


@pytest.mark.parametrize("text", [GOOD, "Zm4!kd-92qLp", "grüne Wiese im Mai", "x7" + "pq-rt-lm" * 124])
def test_what_is_one(text):
    assert passwords.check_new(text, name="anna") == text
