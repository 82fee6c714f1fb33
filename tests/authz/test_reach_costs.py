"""What the rights cost: nothing for who may do everything, and for others no more the more there is."""

import pytest
from sqlalchemy import insert

from app.authz import access_queries
from app.authz.actors import LOCAL_USER, Actor
from app.authz.levels import Level
from app.authz.tables import Grant
from app.authz.viewer import acting_as
from app.db.transactions import db
from app.registry import models as registered_models
from app.registry import queries, versions
from app.registry.search_fields import MODELS, VERSIONS
from app.registry.tables import ModelVersion, RegisteredModel
from app.search import plan
from app.tracking import experiments, log_batch, runs, tags
from app.tracking.logged_models import models as logged_models
from app.tracking.logged_models import search
from app.tracking.metrics import history
from app.tracking.metrics.write import Point
from tests.factories.accounts import make_account
from tests.support.queries import recorded_queries

MANY = 3_100  # more than are begun with


def everything(actor: Actor) -> None:
    """Most of what there is to read and to change, once, on behalf of `actor`."""
    experiment = experiments.create(f"of {actor.name}", actor=actor)
    run = runs.create(experiment, actor=actor).run.uuid
    model = logged_models.create(experiment, source_run_uuid=run, actor=actor).model.model_id
    log_batch.log(run, points=[Point("m", 1.0, 1, model_id=model)], parameters=[("p", "1")], actor=actor)
    tags.set_tag(run, "t", "u", actor=actor)
    runs.change(run, status="FINISHED", actor=actor)
    for found in (
        runs.details(run),
        experiments.find(experiment),
        logged_models.details(model),
        runs.search([experiment])[0],
        search.search([experiment])[0],
        experiments.search()[0],
        history.of_runs([run], "m", max_results=1),
    ):
        assert found
    logged_models.delete(model, actor=actor)
    runs.delete(run, actor=actor)
    experiments.delete(experiment, actor=actor)
    registered_models.create(f"of-{actor.name}", actor=actor)
    versions.create(f"of-{actor.name}", "s3://a/b", actor=actor)
    assert registered_models.search()[0] and versions.search()[0]


def test_who_may_do_everything_pays_for_no_right(app, work):
    admin = make_account("root", is_admin=True)
    for actor in (LOCAL_USER, Actor(admin.name, account_id=admin.id, is_admin=True)):
        with acting_as(actor), recorded_queries(app) as statements:
            everything(actor)
        # An administrator who makes something is given it, as anybody is who does.
        about = [text for text in statements if "permission_grant" in text and "INSERT" not in text]
        assert about == []


def test_who_may_write_one_experiment_pays_no_statement_more_to_log(app, work):
    account = make_account("anna")
    anna = Actor(account.name, account_id=account.id)
    counts = []
    for actor in (LOCAL_USER, anna):
        with acting_as(actor):
            experiment = experiments.create(f"of {actor.name}", actor=actor)
            run = runs.create(experiment, actor=actor).run.uuid
            with recorded_queries(app) as statements:
                log_batch.log_metric(run, Point("m", 1.0, 1), actor=actor)
                tags.set_tag(run, "t", "u", actor=actor)
                runs.details(run)
                experiments.find(experiment)
            counts.append(len(statements))
    assert counts[0] == counts[1]


@pytest.fixture
def crowd(work) -> Actor:
    """Somebody who may read three of many models, each of which has a version."""
    rows = [
        {"name": f"m{at:05}", "created_at": at, "updated_at": at, "created_by": "x"} for at in range(MANY)
    ]
    db.session.execute(insert(RegisteredModel.__table__), rows)
    rows = [
        {
            "model_id": at + 1,
            "number": 1,
            "stage_id": 1,
            "source": "s3://x",
            "created_at": at,
            "updated_at": at,
            "created_by": "x",
        }
        for at in range(MANY)
    ]
    db.session.execute(insert(ModelVersion.__table__), rows)
    account = make_account("anna")
    give(account.id, [5, 500, 3000])
    return Actor(account.name, account_id=account.id)


def give(account_id: int, model_ids) -> None:
    rows = [
        {"area": "models", "model_id": key, "account_id": account_id, "level": int(Level.READ)}
        for key in model_ids
    ]
    db.session.execute(insert(Grant.__table__), rows)


LISTS = (
    (MODELS, queries.shown_models, []),
    (MODELS, queries.shown_models, ["last_updated_timestamp DESC"]),
    (VERSIONS, queries.shown_versions, []),
    (VERSIONS, queries.shown_versions, ["name"]),
)
LIST_NAMES = ["models by name", "models by change", "versions by change", "versions by name"]


def way(entity, statement, order_by) -> str:
    """The way that SQLite goes, a step a line."""
    found = plan(entity, order_by=order_by, max_results=10).apply(statement)
    compiled = found.compile(db.engine, compile_kwargs={"render_postcompile": True})
    values = compiled.construct_params()
    rows = db.session.connection().exec_driver_sql(
        f"EXPLAIN QUERY PLAN {compiled}", tuple(values[name] for name in compiled.positiontup)
    )
    return "\n".join(row[3] for row in rows)


@pytest.mark.parametrize(("entity", "shown", "order_by"), LISTS, ids=LIST_NAMES)
def test_a_list_of_little_begins_with_it(crowd, entity, shown, order_by):
    with acting_as(crowd):
        found = (registered_models if entity is MODELS else versions).search(order_by=order_by)[0]
        assert sorted(row.name for row in found) == ["m00004", "m00499", "m02999"]
        if db.engine.dialect.name == "sqlite":
            steps = way(entity, shown(), order_by)
            assert "SEARCH registered_model USING INTEGER PRIMARY KEY (rowid=?)" in steps.splitlines()[0]
            assert "SCAN" not in steps


@pytest.mark.parametrize(("entity", "shown", "order_by"), LISTS, ids=LIST_NAMES)
def test_a_list_of_much_is_walked_in_its_order(crowd, entity, shown, order_by):
    give(crowd.account_id, set(range(1, MANY + 1)) - {5, 500, 3000, 7})
    with acting_as(crowd):
        found, token = (registered_models if entity is MODELS else versions).search(
            order_by=order_by, max_results=10
        )
        assert len(found) == 10 and token
        assert "m00006" not in {row.name for row in found}
        if db.engine.dialect.name == "sqlite":
            assert "USE TEMP B-TREE FOR ORDER BY" not in way(entity, shown(), order_by)


def test_a_token_for_some_models_begins_with_those(crowd):
    from app.accounts.tables import Token
    from app.authz.tables import TokenModel

    made = insert(Token.__table__).values(
        account_id=crowd.account_id,
        name="ci",
        secret_hash="x",
        hint="x",
        is_limited=True,
        created_at=0,
        created_by="x",
    )
    token = db.session.execute(made.returning(Token.__table__.c.id)).scalar_one()
    db.session.execute(insert(TokenModel.__table__), [{"token_id": token, "model_id": key} for key in (5, 7)])
    for everywhere, names in ((Level.NONE, ["m00004"]), (Level.READ, ["m00004", "m00006"])):
        limited = Actor(
            "ci", account_id=crowd.account_id, token_id=token, is_limited=True, models_level=everywhere
        )
        with acting_as(limited):
            assert [row.name for row in registered_models.search()[0]] == names
            assert [row.name for row in versions.search(order_by=["name"])[0]] == names
            assert experiments.search()[0] == []
            if db.engine.dialect.name == "sqlite":
                assert "SCAN" not in way(VERSIONS, queries.shown_versions(), [])


def test_nobody_is_shown_anything(crowd):
    with acting_as(Actor("nobody", account_id=0, is_limited=True)):
        assert registered_models.search()[0] == versions.search()[0] == experiments.search()[0] == []
    assert access_queries.MODELS.sees_all(LOCAL_USER)
