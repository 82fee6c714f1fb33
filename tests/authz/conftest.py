"""The first administrator and somebody without rights, as the tests of accounts have them."""

from tests.accounts.conftest import anna, root  # noqa: F401
