"""How logged models are searched: the fields, and metrics measured on chosen data sets.

The fields are MLflow's (`mlflow.utils.search_logged_model_utils`, MLflow 3.17). As there, a condition on
a metric holds if any of its points fulfils it, and an order by a metric goes by its newest point.
"""

import functools
from collections.abc import Sequence
from typing import NamedTuple

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

from app.core.errors import InvalidParameter, UnknownField
from app.core.mlflow_tags import MODEL_VERSIONS
from app.search import LISTS, MATCHES, Attribute, Entity, Keyed, Kind, plan
from app.search.fields import Field
from app.search.tree import And, Comparison, Node, Not, Or, Value
from app.tracking import access
from app.tracking.logged_models import registered_versions
from app.tracking.logged_models.models import LISTED, LoggedModelDetails, details_of
from app.tracking.runs import MOST_EXPERIMENTS, MOST_KEPT
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

MOST_RESULTS = 50_000
MOST_DATASETS = 100


class OnDataset(NamedTuple):
    """Measured on a data set of this name and this digest; what is empty may be any."""

    name: str
    digest: str = ""

    def condition(self) -> ColumnElement[bool]:
        """The points that were."""
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
_SORTS = {name for one in _FIELDS if isinstance(one, Attribute) for name in (one.sorts or one.names)}

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
    """A page of the living logged models of some experiments and the token of the next page.

    Experiments that the viewer may not read are passed over like those that there are not.
    With `datasets`, only points measured on one of them count, and only models that have such points.
    Pages have at most `MOST_RESULTS`. Raises `InvalidParameter` (see `app.search`).
    """
    if len(experiment_ids) > MOST_EXPERIMENTS:
        raise InvalidParameter(f"A search can look at no more than {MOST_EXPERIMENTS} experiments at once.")
    _check(datasets, order_by)
    found = plan(
        _entity(tuple(datasets), tuple(order_by), registered_versions.is_hidden()),
        filter=filter,
        order_by=_orders(order_by),
        page_token=page_token,
        max_results=min(max_results, MOST_RESULTS),
        scope=[str(datasets), str(order_by), *experiment_ids],
    )
    ids = access.readable(experiment_ids)
    select_these = _these if len(ids) <= MOST_KEPT else _these.__wrapped__
    rows, token = found.fetch(select_these(tuple(ids), tuple(datasets))) if ids else ([], None)
    return details_of(rows), token


@functools.lru_cache(maxsize=128)
def _these(experiment_ids: tuple[int, ...], datasets: tuple[OnDataset, ...]) -> Select:
    query = select(*LISTED).where(MODEL.experiment_id.in_(experiment_ids), MODEL.deleted_at.is_(None))
    return query.where(_points(datasets).exists()) if datasets else query


def _check(datasets: Sequence[OnDataset], order_by: Sequence[OrderBy]) -> None:
    if not all(one.name for one in datasets):
        raise InvalidParameter("`dataset_name` in the `datasets` clause must be specified.", field="datasets")
    if len(datasets) > MOST_DATASETS:
        raise InvalidParameter(f"A search can name no more than {MOST_DATASETS} data sets.", field="datasets")
    for one in order_by:
        if _metric(one) is None and one.field not in _SORTS:
            only = " Only metrics are supported." if "." in one.field else ""
            kind = InvalidParameter if only else UnknownField
            raise kind(
                f"Invalid order by field name: {one.field}{'.' if only else ''}{only}", field="order_by"
            )


def _metric(order: OrderBy) -> str | None:
    prefix, dot, key = order.field.partition(".")
    return key if dot and prefix == "metrics" else None


def _orders(order_by: Sequence[OrderBy]) -> list[str]:
    """The order for a plan, in which each metric goes by a name of its own."""
    return [
        f"{one.field if _metric(one) is None else f'metric_{at}'} {'ASC' if one.ascending else 'DESC'}"
        for at, one in enumerate(order_by)
    ]


@functools.lru_cache(maxsize=128)
def _entity(datasets: tuple[OnDataset, ...], order_by: tuple[OrderBy, ...], hides_versions: bool) -> Entity:
    """What can be searched when points count that were measured on these data sets, and sorted so."""
    newest = tuple(
        Attribute((), _newest(key, one.dataset), Kind.NUMBER, sorts=(f"metric_{at}",), nullable=True)
        for at, one in enumerate(order_by)
        if (key := _metric(one)) is not None
    )
    source: FromClause = LoggedModelMetric.__table__
    if datasets:
        source = source.select().where(or_(*(one.condition() for one in datasets))).subquery()
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
        limit=MOST_RESULTS,
        words=("name",),
        adjust=_name_statuses,
    )


def _newest(key: str, dataset: OnDataset) -> ColumnElement[float]:
    """The newest value of a metric of a model, null for NaN as for none."""
    value = case((METRIC.is_nan, null()), else_=METRIC.value)
    query = select(value).where(METRIC.logged_model_id == MODEL.id, METRIC.key == key)
    query = query.where(dataset.condition())
    newest_first = (METRIC.timestamp.desc(), METRIC.step.desc(), METRIC.run_id)
    return query.order_by(*newest_first).limit(1).correlate(LoggedModel.__table__).scalar_subquery()


def _points(datasets: Sequence[OnDataset]) -> Select:
    query = select(METRIC.id).where(METRIC.logged_model_id == MODEL.id)
    return query.where(or_(*(one.condition() for one in datasets))).correlate(LoggedModel.__table__)


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
    value = node.value
    named = tuple(map(_status, value)) if isinstance(value, tuple) else _status(value)
    return Comparison(node.name, node.operator, named, at=node.at)


def _status(value: str | int | float | None) -> Value:
    return _STATUS_OF_NUMBER.get(str(value), value)
