"""Searches logged models: the fields, and metrics measured on chosen data sets.

The fields are MLflow's (`mlflow.utils.search_logged_model_utils`, MLflow 3.17). As there, a condition on
a metric holds if any of its points fulfils it, and an order by a metric goes by its newest point.
"""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    case,
    cast,
    literal,
    null,
    or_,
    select,
    true,
)

from app.core.mlflow_tags import MODEL_VERSIONS
from app.search import LISTS, MATCHES, Attribute, Entity, Keyed, Kind, plan
from app.search.fields import Field
from app.search.tree import And, Comparison, Node, Not, Or, Value
from app.tracking import access
from app.tracking.errors import (
    DatasetNameMissing,
    OrderFieldNotMetric,
    TooManyDatasets,
    TooManyExperiments,
    UnknownOrderField,
)
from app.tracking.logged_models import registered_versions
from app.tracking.logged_models.models import LISTED, ListedLoggedModel, LoggedModelDetails, details_of
from app.tracking.runs import MAX_EXPERIMENTS, MAX_EXPERIMENTS_CACHED
from app.tracking.tables import (
    MODEL_STATUSES,
    LoggedModel,
    LoggedModelMetric,
    LoggedModelParam,
    LoggedModelTag,
)

# Tables, not mapped classes: rows are read as they are, without the ORM's machinery in between.
MODEL = LoggedModel.__table__.c
METRIC = LoggedModelMetric.__table__.c
PARAM = LoggedModelParam.__table__.c
TAG = LoggedModelTag.__table__.c

MAX_RESULTS = 50_000
MAX_DATASETS = 100


class OnDataset(NamedTuple):
    """Stands for points measured on a data set of this name and digest; an empty one may be any."""

    name: str
    digest: str = ""

    def condition(self) -> ColumnElement[bool]:
        """Returns the condition for the points that were measured on it."""
        asked = ((METRIC.dataset_name, self.name), (METRIC.dataset_digest, self.digest))
        return and_(true(), *(column == value for column, value in asked if value))


class OrderBy(NamedTuple):
    """One field to sort by; the data set counts for metrics alone."""

    field: str
    ascending: bool = True
    dataset: OnDataset = OnDataset("")


_TEXTS = MATCHES | LISTS
_CREATED = ("creation_timestamp", "creation_time", "creation_timestamp_ms")
_UPDATED = ("last_updated_timestamp", "last_updated_timestamp_ms")
_FIELDS: tuple[Field, ...] = (
    Attribute(("name",), MODEL.name, comparators=_TEXTS),
    Attribute(("model_id",), MODEL.model_id, comparators=_TEXTS),
    Attribute(("model_type",), MODEL.model_type, comparators=_TEXTS),
    Attribute(("status",), MODEL.status, comparators=_TEXTS, sorts=()),
    # In the order of MLflow's numbers for them, which its own search goes by.
    Attribute(
        (),
        case({name: at for at, name in enumerate(MODEL_STATUSES)}, value=MODEL.status),
        Kind.WHOLE,
        sorts=("status",),
    ),
    Attribute(("status_message",), MODEL.status_message, comparators=_TEXTS, nullable=True),
    Attribute(("source_run_id",), MODEL.source_run_uuid, comparators=_TEXTS),
    Attribute(("experiment_id",), MODEL.experiment_id, Kind.IDENTIFIER),
    Attribute(("artifact_location", "artifact_uri"), MODEL.artifact_uri, comparators=_TEXTS),
    Attribute(("lifecycle_stage",), cast(literal("active"), Text), comparators=_TEXTS),
    Attribute(_CREATED, MODEL.created_at, Kind.TIME),
    Attribute(_UPDATED, MODEL.updated_at, Kind.TIME),
    Keyed(
        ("params", "param"),
        source=LoggedModelParam.__table__,
        parent=MODEL.id,
        child=PARAM.logged_model_id,
        key=PARAM.key,
        value=PARAM.value,
        kind=Kind.SPELT,
        comparators=_TEXTS,
        sortable=False,
    ),
)


def _tags(source: FromClause) -> Keyed:
    return Keyed(
        ("tags", "tag"),
        source=source,
        parent=MODEL.id,
        child=source.c.logged_model_id,
        key=source.c.key,
        value=source.c.value,
        kind=Kind.SPELT,
        comparators=_TEXTS,
        sortable=False,
    )


_ALL_TAGS = _tags(LoggedModelTag.__table__)
# For those who may not see every registered model: no filter tells them what one tag says of these.
_OWN_TAGS = _tags(select(LoggedModelTag.__table__).where(TAG.key != MODEL_VERSIONS).subquery())
_SORTS = {name for field in _FIELDS if isinstance(field, Attribute) for name in (field.sorts or field.names)}

_ScalarT = TypeVar("_ScalarT", bound=str | int | float | None)

_STATUS_OF_NUMBER = {str(at): name for at, name in enumerate(MODEL_STATUSES)}


def search(
    experiment_ids: Sequence[int],
    *,
    filter: str = "",
    datasets: Sequence[OnDataset] = (),
    order_by: Sequence[OrderBy] = (),
    max_results: int = 100,
    page_token: str | None = None,
) -> tuple[list[LoggedModelDetails], str | None]:
    """Returns a page of the living logged models of some experiments, and the token of the next page.

    Experiments that the viewer may not read are left out, as are those that do not exist.
    With `datasets`, only points measured on one of them count, and only models that have such points.
    Pages have at most `MAX_RESULTS`. Raises `InvalidParameter` (see `app.search`).
    """
    if len(experiment_ids) > MAX_EXPERIMENTS:
        raise TooManyExperiments(MAX_EXPERIMENTS)
    _check(datasets, order_by)
    page = plan(
        _entity(tuple(datasets), tuple(order_by), registered_versions.is_hidden()),
        filter=filter,
        order_by=_orders(order_by),
        page_token=page_token,
        max_results=min(max_results, MAX_RESULTS),
        scope=[str(datasets), str(order_by), *experiment_ids],
    )
    ids = access.readable(experiment_ids)
    if not ids:
        return [], None
    select_models = _select_models if len(ids) <= MAX_EXPERIMENTS_CACHED else _select_models.__wrapped__
    models, token = page.fetch(select_models(tuple(ids), tuple(datasets)), ListedLoggedModel)
    return details_of(models), token


@functools.lru_cache(maxsize=128)
def _select_models(experiment_ids: tuple[int, ...], datasets: tuple[OnDataset, ...]) -> Select[Any]:
    query = select(*LISTED).where(MODEL.experiment_id.in_(experiment_ids), MODEL.deleted_at.is_(None))
    return query.where(_points(datasets).exists()) if datasets else query


def _check(datasets: Sequence[OnDataset], order_by: Sequence[OrderBy]) -> None:
    if not all(dataset.name for dataset in datasets):
        raise DatasetNameMissing()
    if len(datasets) > MAX_DATASETS:
        raise TooManyDatasets(MAX_DATASETS)
    for order in order_by:
        if _metric(order) is None and order.field not in _SORTS:
            raise OrderFieldNotMetric(order.field) if "." in order.field else UnknownOrderField(order.field)


def _metric(order: OrderBy) -> str | None:
    prefix, dot, key = order.field.partition(".")
    return key if dot and prefix == "metrics" else None


def _orders(order_by: Sequence[OrderBy]) -> list[str]:
    """Returns the order for a plan, in which each metric has a name of its own."""
    return [
        f"{order.field if _metric(order) is None else f'metric_{at}'} {'ASC' if order.ascending else 'DESC'}"
        for at, order in enumerate(order_by)
    ]


@functools.lru_cache(maxsize=128)
def _entity(datasets: tuple[OnDataset, ...], order_by: tuple[OrderBy, ...], hides_versions: bool) -> Entity:
    """Returns what can be searched when only points on these data sets count, and what can be sorted by."""
    newest = tuple(
        Attribute((), _newest(key, order.dataset), Kind.NUMBER, sorts=(f"metric_{at}",), nullable=True)
        for at, order in enumerate(order_by)
        if (key := _metric(order)) is not None
    )
    source: FromClause = LoggedModelMetric.__table__
    if datasets:
        source = source.select().where(or_(*(dataset.condition() for dataset in datasets))).subquery()
    metrics = Keyed(
        ("metrics", "metric"),
        source=source,
        parent=MODEL.id,
        child=source.c.logged_model_id,
        key=source.c.key,
        value=source.c.value,
        kind=Kind.NUMBER,
        nan=source.c.is_nan,
        sortable=False,
    )
    return Entity(
        name="logged model",
        fields=(*_FIELDS, _OWN_TAGS if hides_versions else _ALL_TAGS, metrics, *newest),
        ties=("creation_timestamp DESC", "model_id ASC"),
        repeats=True,
        limit=MAX_RESULTS,
        words=("name",),
        adjust=_name_statuses,
    )


def _newest(key: str, dataset: OnDataset) -> ColumnElement[float]:
    """Returns the newest value of a metric of a model, null for NaN as for none."""
    value = case((METRIC.is_nan, null()), else_=METRIC.value)
    query = select(value).where(METRIC.logged_model_id == MODEL.id, METRIC.key == key)
    query = query.where(dataset.condition())
    newest_first = (METRIC.timestamp.desc(), METRIC.step.desc(), METRIC.run_id)
    return query.order_by(*newest_first).limit(1).correlate(LoggedModel.__table__).scalar_subquery()


def _points(datasets: Sequence[OnDataset]) -> Select[Any]:
    query = select(METRIC.id).where(METRIC.logged_model_id == MODEL.id)
    return query.where(or_(*(dataset.condition() for dataset in datasets))).correlate(LoggedModel.__table__)


def _name_statuses(node: Node | None) -> tuple[Node | None, None]:
    """MLflow keeps a status as a number and compares it as one; here a number means the name it has."""
    return (None if node is None else _named(node)), None


def _named(node: Node) -> Node:
    if isinstance(node, Not):
        return Not(_named(node.part))
    if isinstance(node, And | Or):
        return type(node)(tuple(_named(part) for part in node.parts))
    if node.name.key != "status" or node.name.prefix not in (None, "attributes", "attribute", "attr"):
        return node
    value: Value = tuple(map(_status, node.value)) if isinstance(node.value, tuple) else _status(node.value)
    return Comparison(node.name, node.operator, value, at=node.at)


def _status(value: _ScalarT) -> _ScalarT | str:
    return _STATUS_OF_NUMBER.get(str(value), value)
