"""Makes the secrets of tokens and sessions: random, shown once, stored only as their SHA-256.

A fast hash is enough for them, unlike for passwords: nobody guesses 256 random bits.
"""

import hashlib
import secrets

TOKEN_PREFIX = "grn_"  # noqa: S105  (people and scanners for leaked secrets recognise a token by it)


def make(start: str = "") -> str:
    """Returns a new secret of 256 random bits that begins with `start`."""
    return start + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Returns what is stored of a secret and looked up: 64 hex digits."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
