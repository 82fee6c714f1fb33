"""What of the registry can be searched: registered models and model versions.

The first fields of each are MLflow's; the rest is Greenroom's own. The statements that these entities
apply to are `app.registry.queries.select_models` and `select_versions`.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select

from app.authz import access_queries
from app.core import mlflow_tags
from app.registry.queries import ALIAS, LIVING, MODEL, MODEL_TAG, STAGE, VERSION, VERSION_TAG
from app.registry.tables import Alias, ModelTag, ModelVersion, RegisteredModel, Stage, VersionTag
from app.search import (
    EQUALITY,
    LISTS,
    MATCHES,
    PRESENCE,
    RANGES,
    Attribute,
    Entity,
    Keyed,
    Kind,
    Parent,
    Related,
)
from app.search.tree import And, Comparison, Node, Not
from app.tracking.tables import Metric, Param, Run


def _hides_prompts(tag: Any, owner: Any, owner_id: Any) -> Any:
    is_prompt = exists().where(owner == owner_id, tag.c.key == mlflow_tags.IS_PROMPT, tag.c.value == "true")
    hidden = ~is_prompt.correlate_except(tag)

    def adjust(node: Node | None) -> tuple[Node | None, ColumnElement[bool] | None]:
        """Hide prompts unless the first condition on their tag asks for them (MLflow's `_is_querying_prompt`)."""
        first = next(_on_prompt_tag(node), None) if node is not None else None
        if first is not None and (first.operator, str(first.value).lower()) in (
            ("=", "true"),
            ("!=", "false"),
        ):
            return node, None
        # Models that are no prompts do not carry the tag, so that no condition on it must be left.
        return (node if first is None else _without_prompt_tag(node)), hidden

    return adjust


def _on_prompt_tag(node: Node | None) -> Any:
    if isinstance(node, Comparison):
        if node.name.prefix in ("tag", "tags") and node.name.key == mlflow_tags.IS_PROMPT:
            yield node
    elif isinstance(node, Not):
        yield from _on_prompt_tag(node.part)
    elif node is not None:
        for part in node.parts:
            yield from _on_prompt_tag(part)


def _without_prompt_tag(node: Any) -> Node:
    """The tree with the conditions on that tag taken to hold."""
    if isinstance(node, Comparison):
        return And(()) if next(_on_prompt_tag(node), None) else node
    if isinstance(node, Not):
        return Not(_without_prompt_tag(node.part))
    return type(node)(tuple(_without_prompt_tag(part) for part in node.parts))


def _of_runs(table: Any) -> Any:
    """What the runs behind versions logged, by the id that a version names its run by.

    As far as the viewer may read those runs: whoever sees the version need not, and then filters and
    orders treat it like one without them.
    """
    run = Run.__table__.c
    rows = table.join(Run.__table__, run.id == table.c.run_id)
    others = [column for column in table.c if column.key != "run_id"]
    readable = access_queries.EXPERIMENTS.may_see_in_list(run.experiment_id)
    return select(run.uuid, *others).select_from(rows).where(readable).subquery()


_METRICS = _of_runs(Metric.__table__)
_PARAMS = _of_runs(Param.__table__)

_STAGE_NAMES = Stage.__table__.alias("every_stage").c.name

MODELS = Entity(
    name="registered model",
    fields=(
        Attribute(("name",), MODEL.name, comparators=MATCHES | LISTS),
        Keyed(
            ("tags", "tag"),
            source=ModelTag.__table__,
            parent=MODEL.id,
            child=MODEL_TAG.model_id,
            key=MODEL_TAG.key,
            value=MODEL_TAG.value,
            comparators=MATCHES | PRESENCE,
            sortable=False,
            indexed=True,
        ),
        Attribute(
            ("updated",),
            MODEL.updated_at,
            Kind.TIME,
            sorts=("updated", "timestamp", "last_updated_timestamp"),
        ),
        Attribute(("created",), MODEL.created_at, Kind.TIME),
        Attribute(("author",), MODEL.created_by, comparators=MATCHES | LISTS),
        Attribute(("description",), MODEL.description, comparators=MATCHES | PRESENCE, sorts=()),
        Related(
            ("stage",),
            source=ModelVersion.__table__.join(Stage.__table__),
            link=and_(VERSION.model_id == MODEL.id, VERSION.deleted_at.is_(None)),
            column=STAGE.name,
            comparators=MATCHES | LISTS,
            any_case=_STAGE_NAMES,
        ),
        Related(
            ("alias",),
            source=Alias.__table__,
            link=ALIAS.model_id == MODEL.id,
            column=ALIAS.name,
            comparators=MATCHES | LISTS | PRESENCE,
            joined=(MODEL.id, ALIAS.model_id),
        ),
        Related(
            ("any_tag",),
            source=ModelTag.__table__,
            link=MODEL_TAG.model_id == MODEL.id,
            column=MODEL_TAG.key + "=" + MODEL_TAG.value,
            comparators=MATCHES | PRESENCE,
        ),
    ),
    ties=("name ASC",),
    limit=1_000,
    is_of_registry=True,
    words=("name", "description", "any_tag"),
    adjust=_hides_prompts(ModelTag.__table__, MODEL_TAG.model_id, MODEL.id),
)

ORDERED = RANGES - {"!="}
VALUES = frozenset({"=", "IN", "LIKE"})

_VERSIONS = ModelVersion.__table__
_OF_MODELS = _VERSIONS.join(RegisteredModel.__table__, and_(MODEL.id == VERSION.model_id, LIVING))
_IN_STAGES = _VERSIONS.join(Stage.__table__, STAGE.id == VERSION.stage_id)

VERSIONS = Entity(
    name="model version",
    fields=(
        # Of one name the index has the versions in the usual order: there is nothing to choose.
        Attribute(
            ("name",), MODEL.name, comparators=MATCHES | LISTS, indexed=VALUES - EQUALITY, source=_OF_MODELS
        ),
        Attribute(("version_number",), VERSION.number, Kind.WHOLE, indexed=ORDERED, source=_VERSIONS),
        Attribute(("run_id",), VERSION.run_uuid, comparators=MATCHES | LISTS, sorts=(), blank=True),
        Attribute(("source_path",), VERSION.source, sorts=()),
        Keyed(
            ("tags", "tag"),
            source=VersionTag.__table__,
            parent=VERSION.id,
            child=VERSION_TAG.version_id,
            key=VERSION_TAG.key,
            value=VERSION_TAG.value,
            comparators=MATCHES | PRESENCE,
            sortable=False,
            indexed=True,
        ),
        Attribute(
            ("created",),
            VERSION.created_at,
            Kind.TIME,
            sorts=("created", "creation_timestamp"),
            indexed=ORDERED,
            source=_VERSIONS,
        ),
        Attribute(("updated",), VERSION.updated_at, Kind.TIME, sorts=("updated", "last_updated_timestamp")),
        Attribute(
            ("stage",),
            STAGE.name,
            comparators=MATCHES | LISTS,
            sorts=(),
            indexed=VALUES,
            source=_IN_STAGES,
            any_case=_STAGE_NAMES,
        ),
        # In the order in which stages were made, which is not that of names but has an index.
        Attribute((), VERSION.stage_id, Kind.WHOLE, sorts=("stage",), then="updated"),
        Attribute(
            ("author",),
            VERSION.created_by,
            comparators=MATCHES | LISTS,
            indexed=VALUES,
            source=_VERSIONS,
            then="updated",
        ),
        Attribute(("description",), VERSION.description, comparators=MATCHES | PRESENCE, sorts=()),
        Related(
            ("alias",),
            source=Alias.__table__,
            link=ALIAS.version_id == VERSION.id,
            column=ALIAS.name,
            comparators=MATCHES | LISTS | PRESENCE,
            joined=(VERSION.id, ALIAS.version_id),
        ),
        Keyed(
            ("metrics", "metric"),
            source=_METRICS,
            parent=VERSION.run_uuid,
            child=_METRICS.c.uuid,
            key=_METRICS.c.key,
            value=_METRICS.c.value,
            kind=Kind.NUMBER,
            nan=_METRICS.c.is_nan,
        ),
        Keyed(
            ("params", "parameters", "param", "parameter"),
            source=_PARAMS,
            parent=VERSION.run_uuid,
            child=_PARAMS.c.uuid,
            key=_PARAMS.c.key,
            value=_PARAMS.c.value,
            comparators=MATCHES | PRESENCE,
        ),
        Related(
            ("any_tag",),
            source=VersionTag.__table__,
            link=VERSION_TAG.version_id == VERSION.id,
            column=VERSION_TAG.key + "=" + VERSION_TAG.value,
            comparators=MATCHES | PRESENCE,
        ),
    ),
    default_order=("last_updated_timestamp DESC", "name ASC", "version_number DESC"),
    ties=("name ASC", "version_number DESC"),
    limit=200_000,
    is_of_registry=True,
    words=("name", "description", "any_tag"),
    key=VERSION.id,
    parent=Parent(
        RegisteredModel.__table__,
        MODEL.id,
        VERSION.model_id,
        MODEL.deleted_at.is_(None),
        orders=(VERSION.updated_at, VERSION.created_at, VERSION.number),
    ),
    adjust=_hides_prompts(VersionTag.__table__, VERSION_TAG.version_id, VERSION.id),
)
