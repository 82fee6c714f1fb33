"""A team around one model."""

import pytest

from tests.factories.approvals import Team, make_team


@pytest.fixture
def team(app) -> Team:
    return make_team(app)
