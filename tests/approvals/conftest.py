"""A team around one model."""

from tests.support.team import team_around_a_model  # noqa: F401
