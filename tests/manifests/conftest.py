"""A run, files of it, and versions made of them."""

from collections.abc import Mapping

import pytest

from app.artifacts import parse, store
from app.registry import versions
from app.registry.queries import VersionRow
from app.tracking import experiments, runs
from app.tracking.runs import RunRow
from tests.factories.registry import ANNA, make_model


@pytest.fixture
def run(work) -> RunRow:
    """A run in an experiment of its own, beside a registered model without versions."""
    return new_run()


def new_run() -> RunRow:
    make_model()
    return run_alone()


def run_alone() -> RunRow:
    """A run beside whatever registered models there are."""
    made = runs.create(experiments.create("training", actor=ANNA), actor=ANNA).run
    # It has ended, so that its versions are made of its own files and not of copies.
    return runs.change(made.uuid, status="FINISHED", actor=ANNA)


def folder(run: RunRow) -> str:
    """The path of the run's files below the artifact root."""
    return run.artifact_uri.removeprefix("mlflow-artifacts:/")


def put(run: RunRow, files: Mapping[str, bytes], below: str = "model") -> None:
    """Stores files without keeping their digests, as they were stored before there were manifests."""
    for name, data in files.items():
        store().write(parse(f"{folder(run)}/{below}/{name}"), [data], len(data))


def register(run: RunRow, below: str = "model") -> VersionRow:
    return versions.create("churn", f"runs:/{run.uuid}/{below}", run_uuid=run.uuid, actor=ANNA)
