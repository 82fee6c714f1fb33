"""Data sets as runs describe them: each kept once in an experiment, by its name and digest."""

import functools
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Select, and_, bindparam, select

from app.core.mlflow_tags import DATASET_CONTEXT
from app.db.statements import Statement
from app.db.transactions import db, upsert
from app.tracking import access, names
from app.tracking.tables import Dataset, DatasetInput, DatasetInputTag

# In characters, as in `mlflow.utils.validation`.
LONGEST = {"name": 500, "digest": 36, "source": 65_535, "schema": 1_048_575, "profile": 16_777_215}

MOST_SUMMARIES = 1000

DATASET = Dataset.__table__.c

_KEY = Statement(
    select(DATASET.id).where(
        DATASET.experiment_id == bindparam("experiment_id"),
        DATASET.name == bindparam("name"),
        DATASET.digest == bindparam("digest"),
    )
)


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


class Summary(NamedTuple):
    """A data set and something that it was used for in an experiment."""

    experiment_id: int
    name: str
    digest: str
    context: str | None


def check(dataset: DatasetRow) -> None:
    """Raise `InvalidParameter` for the first part that is too long."""
    for what, limit in LONGEST.items():
        names.check_length(what, limit, getattr(dataset, what) or "")


def put(experiment_id: int, dataset: DatasetRow) -> int:
    """Keep a checked data set, unless it is there, and answer its surrogate key."""
    # Looked for first: most are there, and their profiles may be long.
    place = {"experiment_id": experiment_id, "name": dataset.name, "digest": dataset.digest}
    key = _KEY.scalar(**place)
    if key is None:
        key = _insert(db.engine.dialect.name).scalar(experiment_id=experiment_id, **dataset._asdict())
    # None again where another kept the same at that moment.
    return _KEY.scalar(**place) if key is None else key


@functools.cache
def _insert(_dialect: str) -> Statement:
    statement = upsert(Dataset.__table__).on_conflict_do_nothing().returning(DATASET.id)
    return Statement(statement, columns=("experiment_id", *DatasetRow._fields))


def of_run(run_id: int) -> list[RunDataset]:
    """The data sets that the run with this surrogate key used, in the order in which it logged them."""
    query = select(Dataset.name, Dataset.digest, Dataset.source_type, DatasetInputTag.value)
    query = _with_context(query).where(DatasetInput.run_id == run_id).order_by(DatasetInput.id)
    return [RunDataset(*row) for row in db.session.execute(query)]


def summaries(experiment_ids: Collection[int]) -> list[Summary]:
    """What data sets were used in these experiments and what for, at most `MOST_SUMMARIES`.

    Experiments that the viewer may not read are passed over like those that there are not.
    """
    query = select(Dataset.experiment_id, Dataset.name, Dataset.digest, DatasetInputTag.value).distinct()
    query = _with_context(query).where(Dataset.experiment_id.in_(access.readable(experiment_ids)))
    query = query.order_by(Dataset.experiment_id, Dataset.name, Dataset.digest, DatasetInputTag.value)
    return [Summary(*row) for row in db.session.execute(query.limit(MOST_SUMMARIES))]


def _with_context(query: Select) -> Select:
    is_context = and_(
        DatasetInputTag.dataset_input_id == DatasetInput.id, DatasetInputTag.key == DATASET_CONTEXT
    )
    query = query.select_from(DatasetInput).join(Dataset, Dataset.id == DatasetInput.dataset_id)
    return query.outerjoin(DatasetInputTag, is_context)
