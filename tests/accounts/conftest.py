"""The first administrator and somebody without rights."""

from tests.support.team import anna, root  # noqa: F401
