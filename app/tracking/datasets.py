"""Data sets as runs describe them: each is kept once in an experiment, by its name and digest."""

from collections.abc import Collection
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Executable, Select, and_, bindparam, literal_column, select

from app.core.mlflow_tags import DATASET_CONTEXT
from app.db.statements import Statement, each_of
from app.db.transactions import upsert
from app.tracking import access, names
from app.tracking.tables import Dataset, DatasetInput, DatasetInputTag

# In characters, as in `mlflow.utils.validation`.
MAX_LENGTHS = {"name": 500, "digest": 36, "source": 65_535, "schema": 1_048_575, "profile": 16_777_215}

MAX_SUMMARIES = 1000

DATASET = Dataset.__table__.c
INPUT = DatasetInput.__table__.c
TAG = DatasetInputTag.__table__.c


class DatasetRow(NamedTuple):
    """A data set; `source`, `schema` and `profile` are JSON that the client wrote and reads."""

    name: str
    digest: str
    source_type: str = ""
    source: str = ""
    schema: str | None = None
    profile: str | None = None


class RunDataset(NamedTuple):
    """A data set that a run used, in short; `context` is None where the run did not say what for."""

    name: str
    digest: str
    source_type: str
    context: str | None


class DatasetSummary(NamedTuple):
    """A data set and something that it was used for in an experiment."""

    experiment_id: int
    name: str
    digest: str
    context: str | None


def _with_context(query: Select[Any]) -> Select[Any]:
    is_context = and_(TAG.dataset_input_id == INPUT.id, TAG.key == DATASET_CONTEXT)
    query = query.select_from(DatasetInput.__table__)
    query = query.join(Dataset.__table__, DATASET.id == INPUT.dataset_id)
    return query.outerjoin(DatasetInputTag.__table__, is_context)


def _insert() -> Executable:
    return upsert(Dataset.__table__).on_conflict_do_nothing().returning(DATASET.id)


_INSERT = Statement(_insert, columns=("experiment_id", *DatasetRow._fields))
_ID = Statement(
    select(DATASET.id).where(
        DATASET.experiment_id == bindparam("experiment_id"),
        DATASET.name == bindparam("name"),
        DATASET.digest == bindparam("digest"),
    )
)
_CONTEXT = TAG.value.label("context")
_OF_RUN = Statement(
    _with_context(select(DATASET.name, DATASET.digest, DATASET.source_type, _CONTEXT))
    .where(INPUT.run_id == bindparam("run_id"))
    .order_by(INPUT.id),
    RunDataset,
)
_SUMMARIES = Statement(
    lambda: (
        _with_context(select(DATASET.experiment_id, DATASET.name, DATASET.digest, _CONTEXT).distinct())
        .where(DATASET.experiment_id.in_(each_of("experiment_ids", int)))
        .order_by(DATASET.experiment_id, DATASET.name, DATASET.digest, _CONTEXT)
        .limit(literal_column(str(MAX_SUMMARIES)))
    ),
    DatasetSummary,
)


def check(dataset: DatasetRow) -> None:
    """Raises `InvalidParameter` for the first part that is too long."""
    for what, limit in MAX_LENGTHS.items():
        names.check_length(what, limit, getattr(dataset, what) or "")


def put(experiment_id: int, dataset: DatasetRow) -> int:
    """Keeps a checked data set, unless it is there, and returns its surrogate key."""
    # Looked for first: most are there, and their profiles may be long.
    identity = {"experiment_id": experiment_id, "name": dataset.name, "digest": dataset.digest}
    key = _ID.scalar(**identity)
    if key is None:
        key = _INSERT.scalar(experiment_id=experiment_id, **dataset._asdict())
    # None again where another kept the same at that moment.
    return _ID.scalar(**identity) if key is None else key


def of_run(run_id: int) -> list[RunDataset]:
    """Returns the data sets that the run with this surrogate key used, in the order in which it logged them."""
    return _OF_RUN.rows(run_id=run_id)


def summaries(experiment_ids: Collection[int]) -> list[DatasetSummary]:
    """Returns what data sets were used in these experiments and what for, at most `MAX_SUMMARIES`.

    Experiments that the viewer may not read are left out, as are those that do not exist.
    """
    readable = access.readable(experiment_ids)
    return _SUMMARIES.rows(experiment_ids=orjson.dumps(readable).decode())
