"""An installation with something of everything, and others to bring it to."""

import contextlib
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.artifacts import ArtifactPath, parse, store
from app.authz.levels import Level
from app.db.transactions import connection, transaction
from app.exporting import contents
from app.http.application import Greenroom
from tests.conftest import own_app
from tests.support.answers import FILES, done
from tests.support.team import Team, make_team_at_the_doors

DATABRICKS = "/api/2.0/mlflow/transition-requests/"
POINTS = [("loss", 0.5, 1), ("loss", "NaN", 2), ("loss", "Infinity", 3), ("auc", 0.9, 1)]


@pytest.fixture
def team(app) -> Team:
    """The five at the doors, after a week of work on the models `churn` and `fraud`."""
    team = make_team_at_the_doors(app)
    team.group("reviewers", team.editor.name)
    owner = team.owner
    experiment = done(owner.post("experiments/create", name="Größen & more"))["experiment_id"]
    team.give(Level.EDIT, team.editor, experiment=experiment)
    run = _train(owner, experiment)
    for name in ("churn", "fraud"):
        done(
            owner.post(
                "registered-models/create", name=name, description="# What it is\n", tags=[_tag("a", "ä")]
            )
        )
        team.give(Level.MANAGE, team.editor, model=name)
        for _ in range(2):
            done(owner.post("model-versions/create", name=name, source=f"runs:/{run}/model", run_id=run))
    done(owner.post("registered-models/alias", name="churn", alias="best", version="2"))
    done(owner.post("model-versions/set-tag", name="churn", version="1", key="k", value="v" * 500))
    _ask_and_approve(team)
    done(owner.post("comments/create", name="churn", version="2", comment="**looks** good"))
    lost = done(owner.post("runs/create", experiment_id=experiment, start_time=1))["run"]["info"]["run_id"]
    done(owner.post("runs/delete", run_id=lost))
    return team


def _tag(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value}


def _train(owner, experiment: str) -> str:
    fields = {"experiment_id": experiment, "start_time": 1_700_000_000_000, "tags": [_tag("team", "risk")]}
    run = done(owner.post("runs/create", **fields))["run"]["info"]
    points = [{"key": key, "value": value, "timestamp": step, "step": step} for key, value, step in POINTS]
    done(owner.post("runs/log-batch", run_id=run["run_id"], metrics=points, params=[_tag("depth", "3")]))
    below = run["artifact_uri"].removeprefix("mlflow-artifacts:/")
    for name, data in (("MLmodel", b"flavors: {}\n"), ("data/weights.bin", bytes(range(256)) * 99)):
        answer = owner.send("PUT", f"{FILES}artifacts/{below}/model/{name}", data=data)
        assert answer.status_code == 200, answer.text
    done(owner.post("runs/update", run_id=run["run_id"], status="FINISHED", end_time=1_700_000_001_000))
    return run["run_id"]


def _ask_and_approve(team: Team) -> None:
    rule = {"stage": "Production", "approvals": 1, "must_ask": True}
    done(team.root.send("PUT", "/api/2.0/greenroom/rules", json=rule))
    asked = {"name": "churn", "version": "2", "stage": "Production", "comment": "please"}
    done(team.owner.send("POST", f"{DATABRICKS}create", json=asked))
    approved = {**asked, "archive_existing_versions": False, "comment": "fine"}
    done(team.editor.send("POST", f"{DATABRICKS}approve", json=approved))


@pytest.fixture
def other(request, database) -> Iterator[Greenroom]:
    """A fresh installation beside the first one, on the same kind of database."""
    with own_app(request, database) as made:
        yield made


def rows_of(app: Greenroom) -> dict[str, list[tuple]]:
    """All rows of the installation, by table, those that are its own left out."""
    with app.app_context(), transaction(read_only=True):
        return {
            table.name: sorted(map(tuple, connection().execute(select(table))), key=repr)
            for table in contents.tables()
        }


def files_of(app: Greenroom) -> dict[str, bytes]:
    """All artifacts, by path."""
    found = {}
    with app.app_context():
        for path, _size in store().walk(ArtifactPath(()), 10_000):
            with contextlib.closing(store().download(parse(path)).file) as file:
                found[path] = file.read()
    return found
