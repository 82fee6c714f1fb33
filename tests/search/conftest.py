"""A small registry to search in, and a way to ask it."""

import pytest
from sqlalchemy import insert

from app.db.statements import page_of
from app.db.transactions import db
from app.registry.queries import ModelRow, VersionRow, select_models, select_versions
from app.registry.search_fields import MODELS, VERSIONS
from app.registry.tables import Alias, ModelTag, ModelVersion, RegisteredModel, VersionTag
from app.search import plan
from app.tracking.tables import Experiment, Metric, Param, Run

DAY = 86_400_000
STAGES = {"None": 1, "Staging": 2, "Production": 3, "Archived": 4}

# The same objects each time, as domains hand them over.
SEARCHED = {
    "models": (MODELS, select_models(), ModelRow),
    "versions": (VERSIONS, select_versions(), VersionRow),
}


class Registry:
    """Writes rows as they stand, without the verbs' rules, and asks for what is there."""

    def model(self, name, *, at=0, tags=None, description=None, author="sam", deleted=None):
        key = db.session.execute(
            insert(RegisteredModel)
            .values(
                name=name,
                description=description,
                created_at=at,
                updated_at=at,
                created_by=author,
                deleted_at=deleted,
            )
            .returning(RegisteredModel.id)
        ).scalar_one()
        for tag, value in (tags or {}).items():
            db.session.execute(insert(ModelTag).values(model_id=key, key=tag, value=value))
        return key

    def version(self, model_id, number, *, at=0, stage="None", tags=None, aliases=(), **values):
        values = {"source": f"s3://b/{number}", "created_by": "sam", **values}
        key = db.session.execute(
            insert(ModelVersion)
            .values(
                model_id=model_id,
                number=number,
                created_at=at,
                updated_at=at,
                stage_id=STAGES[stage],
                **values,
            )
            .returning(ModelVersion.id)
        ).scalar_one()
        for tag, value in (tags or {}).items():
            db.session.execute(insert(VersionTag).values(version_id=key, key=tag, value=value))
        for alias in aliases:
            db.session.execute(insert(Alias).values(model_id=model_id, name=alias, version_id=key))
        return key

    def run(self, experiment, uuid, value, depth):
        key = db.session.execute(
            insert(Run)
            .values(
                uuid=uuid,
                experiment_id=experiment,
                name=uuid,
                user_id="sam",
                status="FINISHED",
                start_time=0,
                artifact_uri="x",
                created_by="sam",
            )
            .returning(Run.id)
        ).scalar_one()
        if value is not ...:
            db.session.execute(
                insert(Metric).values(
                    run_id=key, key="acc", value=value or 0, is_nan=value is None, timestamp=0, step=0
                )
            )
        if depth is not None:
            db.session.execute(insert(Param).values(run_id=key, key="depth", value=depth))

    def page(self, what, filter="", *, max_results=1000, **options):
        """One page: names of models or `name:number` of versions, and the next token."""
        entity, statement, row_class = SEARCHED[what]
        found = plan(entity, filter=filter, max_results=max_results, **options)
        rows, token = found.fetch(statement, row_class)
        # From the second time on it is another way to the database.
        assert found.fetch(statement, row_class) == (rows, token)
        terms = len(found.compiled.ordering.terms)
        assert page_of(found.apply(statement), max_results, row_class, sort_values=terms).rows == rows
        return [row.name if what == "models" else f"{row.name}:{row.number}" for row in rows], token

    def models(self, filter="", **options):
        return self.page("models", filter, **options)[0]

    def versions(self, filter="", **options):
        return self.page("versions", filter, **options)[0]


@pytest.fixture
def registry(work):
    return Registry()


@pytest.fixture
def filled(registry):
    """Three models: churn (versions 1 to 3), Churn_x (1) and fraud (1), and one that is deleted."""
    churn = registry.model("churn", at=3 * DAY, tags={"team": "risk", "tier": "1"}, description="Who leaves?")
    other = registry.model("Churn_x", at=2 * DAY, tags={"team": "Risk"}, author="kim")
    fraud = registry.model("fraud", at=1 * DAY, tags={"tier": "2", "a b": "x%y"}, description="100% [sure]")
    registry.model("gone", at=9 * DAY, tags={"team": "risk"}, deleted=1)
    registry.version(churn, 1, at=1 * DAY, stage="Archived", run_uuid="r1", tags={"acc": "0.9"})
    registry.version(
        churn,
        2,
        at=2 * DAY,
        stage="Production",
        run_uuid="r2",
        aliases=["champion"],
        tags={"acc": "0.8", "lang": "py"},
    )
    registry.version(
        churn,
        3,
        at=2 * DAY,
        stage="Staging",
        aliases=["challenger"],
        created_by="kim",
        description="retrained",
    )
    registry.version(other, 1, at=2 * DAY, run_uuid="r2", source="dbfs:/x")
    registry.version(fraud, 1, at=3 * DAY, stage="Production", tags={"acc": "0.8"}, deleted_at=None)
    return registry


@pytest.fixture
def logged(registry):
    """Model m with six versions, whose runs logged acc (0.5, -1, the largest, NaN, nothing; none) and depth."""
    model = registry.model("m")
    for number, run in enumerate(["r1", "r2", "r3", "r4", "r5", None], 1):
        registry.version(model, number, run_uuid=run, at=number // 3)
    for number, name in enumerate(("n", "o", "p")):
        registry.version(registry.model(name), 1, at=number % 2)
    experiment = db.session.execute(
        insert(Experiment)
        .values(name="e", created_at=0, updated_at=0, created_by="sam")
        .returning(Experiment.id)
    ).scalar_one()
    for run, value, depth in (
        ("r1", 0.5, "3"),
        ("r2", -1.0, "12"),
        ("r3", 1.7976931348623157e308, None),
        ("r4", None, None),
        ("r5", ..., None),
    ):
        registry.run(experiment, run, value, depth)
    return registry
