"""Secrets that stand for an account: made at random, shown once, kept as their SHA-256 only.

A fast hash is enough for them, unlike for passwords: nobody guesses 256 random bits.
"""

import hashlib
import secrets

TOKEN_PREFIX = "grn_"  # noqa: S105  (by which people and scanners of leaks know a token)


def make(start: str = "") -> str:
    """A new secret of 256 random bits, beginning with `start`."""
    return start + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept of a secret, and looked up: 64 hex digits."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
