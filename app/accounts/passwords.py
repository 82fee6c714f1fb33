"""Checks new passwords, hashes them, and verifies passwords against their hashes.

The hash is argon2id with OWASP's minimum parameters (19 MiB, 2 passes, 1 lane: about 20 ms). The rules for a new
password follow NIST SP 800-63B: long, hard to guess, and nothing about kinds of characters.
"""

import contextlib
import threading
import unicodedata
from collections.abc import Iterator

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.accounts import errors
from app.core import blocking

MIN_LENGTH = 12
MAX_LENGTH = 1000  # longer than any passphrase, so that nobody makes the server hash megabytes
# zxcvbn's scale of 0 to 4: from 3 on it takes more than 100 million guesses.
MIN_STRENGTH = 3
MAX_RATED_LENGTH = 72  # zxcvbn takes time in the square of the length, and is sure of the answer long before

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Each takes 19 MiB and a processor: more at once would only be slower, and a flood must not take all memory.
_HASHING_SLOTS = threading.BoundedSemaphore(2)
MAX_WAIT = 10.0  # seconds

# The hash of random bytes that nobody kept. Passwords are verified against it where there is no hash, so that a
# name that nobody has takes as long as a wrong password.
DUMMY_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$Jzr9NrLc0bdgNt81c1j93w$lH/AMoJUIKUxfejgvS4THy8CZzqrTK1Ap4IH45orezU"
)


@contextlib.contextmanager
def _hashing_slot() -> Iterator[None]:
    if not _HASHING_SLOTS.acquire(timeout=MAX_WAIT):
        raise errors.PasswordCheckBusy()
    try:
        yield
    finally:
        _HASHING_SLOTS.release()


def _bytes(text: str) -> bytes:
    # Keyboards write an accented letter in one piece or in two; both are the same password.
    return unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")


def hash(text: str) -> str:
    """Returns the hash that is stored for a password. Callers call `check_new` first."""
    with _hashing_slot():
        return blocking.run(_HASHER.hash, _bytes(text))


def verify(text: str, stored: str | None) -> bool:
    """Returns whether `text` is the password of that hash; takes as long, and is False, where there is none.

    Raises `PasswordCheckBusy` where other sign-ins keep this process busy for seconds.
    """
    if len(text) > MAX_LENGTH:
        text = ""
    with _hashing_slot():
        try:
            return blocking.run(_HASHER.verify, stored or DUMMY_HASH, _bytes(text)) and bool(stored)
        except (VerificationError, InvalidHashError):
            return False


def check_new(text: str, *, name: str, field: str = "password") -> str:
    """Returns the password if the account of that name may have it. Raises `InvalidParameter`."""
    if not text:
        raise errors.PasswordMissing(field)
    if len(text) < MIN_LENGTH:
        raise errors.PasswordTooShort(MIN_LENGTH, field)
    if len(text) > MAX_LENGTH:
        raise errors.PasswordTooLong(MAX_LENGTH, field)
    if text.casefold() == name.casefold():
        raise errors.PasswordIsName(field)
    reasons = _weakness(text, name)
    if reasons is not None:
        raise errors.PasswordTooWeak(reasons, field)
    return text


def _weakness(text: str, name: str) -> str | None:
    """Returns why the password is weak, with what would help; None where it is strong enough."""
    from zxcvbn import zxcvbn  # its lists of words are read when it is first imported

    parts = (name, name.partition("@")[0], *name.replace("@", ".").split("."))
    rating = zxcvbn(text[:MAX_RATED_LENGTH], user_inputs=[*parts, "greenroom"])
    if rating["score"] >= MIN_STRENGTH:
        return None
    feedback = rating["feedback"]
    return " ".join(part for part in (feedback["warning"], *feedback["suggestions"][:1]) if part)
