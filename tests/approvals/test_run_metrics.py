"""Approvals are of the metrics that the decision page shows: those of the version's run, as they were last."""

import pytest
from sqlalchemy import update

from app.approvals import requests
from app.approvals.version_snapshot import MetricChanged, PartChanged
from app.db.transactions import db, transaction
from app.http.approval_clauses import clause
from app.registry import versions
from app.registry.tables import ModelVersion
from app.tracking import experiments, log_batch, runs
from app.tracking.metrics.write import Point
from tests.factories.registry import ANNA

NEXT = [1, 1]  # timestamp and step


@pytest.fixture
def run(team):
    """The run of version 1, which two have to approve for Production."""
    team.rule("Production", approvals=2)
    with team.app.app_context(), transaction():
        made = runs.create(experiments.create("training", actor=ANNA), actor=ANNA).run.uuid
        change(run_uuid=made)
    log(team, made, auc=0.9)
    return made


def change(**columns):
    number = ModelVersion.number == 1
    db.session.execute(update(ModelVersion).where(number).values(**columns))


def log(team, run, **metrics):
    points = [Point(key, value, *NEXT) for key, value in metrics.items()]
    NEXT[0] += 1
    with team.app.app_context(), transaction():
        log_batch.log(run, points=points, actor=ANNA)


def ask(team):
    return team.do("rita", requests.open_request, "churn", 1, "Production")


def approve(team, name):
    return team.do(name, requests.approve, "churn", 1, "Production")


def void_because(team, request):
    with team.acting("rita") as actor:
        return requests.progress(request, versions.get("churn", 1), actor).approvals[0].void_because


def test_metrics_logged_between_two_approvals_void_the_first(team, run):
    request = ask(team)
    assert not approve(team, "ben").moved
    log(team, run, auc=0.95, loss=1e-12)
    assert void_because(team, request) == (
        MetricChanged("auc", "0.9", "0.95"),
        MetricChanged("loss", None, "1e-12"),
    )
    assert not approve(team, "bea").moved
    assert approve(team, "ben").moved


def test_the_same_value_again_voids_nothing(team, run):
    request = ask(team)
    approve(team, "ben")
    log(team, run, auc=0.9)
    assert void_because(team, request) == ()
    assert approve(team, "bea").moved


def test_many_metrics_are_not_all_named(team, run):
    request = ask(team)
    approve(team, "ben")
    log(team, run, **{f"m{number}": float(number) for number in range(20)})
    void = void_because(team, request)
    assert len(void) == 6 and void[-1] == PartChanged("metrics")


def test_a_change_beyond_those_that_are_kept_by_name_counts_too(team, run):
    log(team, run, **{f"m{number:04}": 1.0 for number in range(300)})
    request = ask(team)
    approve(team, "ben")
    log(team, run, m0299=2.0)
    assert void_because(team, request) == (PartChanged("metrics"),)
    assert not approve(team, "bea").moved


def test_metrics_of_a_claimed_run_play_no_part(team, run):
    with team.app.app_context(), transaction():
        change(run_claimed=True)
    request = ask(team)
    approve(team, "ben")
    log(team, run, auc=0.1)
    assert void_because(team, request) == ()


def test_a_deleted_run_keeps_the_metrics_that_were_approved(team, run):
    request = ask(team)
    approve(team, "ben")
    with team.app.app_context(), transaction():
        runs.delete(run, actor=ANNA)
    assert void_because(team, request) == ()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("0.9", "0.95", "the metric auc changed from 0.9 to 0.95"),
        ("0.9", "0.9000000001", "the metric auc changed from 0.9 to 0.9000000001"),
        (None, "NaN", "the metric auc was logged (NaN)"),
        ("1.7976931348623157e+308", None, "the metric auc is gone (before: infinity)"),
        ("inf", "NaN", "the metric auc changed from infinity to NaN"),
    ],
)
def test_what_is_said_of_a_metric(before, after, words):
    assert clause(MetricChanged("auc", before, after)) == words
