"""An actor, an experiment and a run for the tests of the tracking verbs."""

import pytest

from app.authz.actors import Actor
from app.tracking import experiments, runs

ANN = Actor("ann")


@pytest.fixture
def experiment(work) -> int:
    return experiments.create("churn", actor=ANN)


@pytest.fixture
def run(experiment) -> str:
    """The id of a run without anything logged."""
    return runs.create(experiment, name="first", user_id="ann", start_time=1000, actor=ANN).run.uuid
