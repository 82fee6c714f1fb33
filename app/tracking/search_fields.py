"""What of the tracking side can be searched: experiments and runs.

The fields are MLflow's, and so are their spellings (`mlflow.utils.search_utils`, MLflow 3.17); beyond
MLflow, every attribute of a run takes a list, not its id alone.
"""

import enum

from sqlalchemy import ColumnElement, and_, true

from app.core.mlflow_tags import DATASET_CONTEXT
from app.search import LISTS, MATCHES, PRESENCE, Attribute, Entity, Keyed, Kind, Related
from app.tracking.tables import (
    Dataset,
    DatasetInput,
    DatasetInputTag,
    Experiment,
    ExperimentTag,
    Metric,
    Param,
    Run,
    RunTag,
)


class View(enum.Enum):
    """Which rows a search looks at: the living, the deleted, or both."""

    ACTIVE = "active"
    DELETED = "deleted"
    ALL = "all"

    def condition(self, deleted_at: ColumnElement[int | None]) -> ColumnElement[bool]:
        """The rows of this view, told by the column that holds when they were deleted."""
        if self is View.ALL:
            return true()
        return deleted_at.is_(None) if self is View.ACTIVE else deleted_at.is_not(None)


# Tables, not mapped classes: rows are read as they are, without the ORM's machinery in between.
EXPERIMENT = Experiment.__table__.c
EXPERIMENT_TAG = ExperimentTag.__table__.c
RUN = Run.__table__.c
METRIC = Metric.__table__.c
PARAM = Param.__table__.c
RUN_TAG = RunTag.__table__.c
DATASET = Dataset.__table__.c
INPUT = DatasetInput.__table__.c
INPUT_TAG = DatasetInputTag.__table__.c

EXPERIMENTS = Entity(
    name="experiment",
    fields=(
        Attribute(("name",), EXPERIMENT.name),
        Attribute(("experiment_id",), EXPERIMENT.id, Kind.IDENTIFIER),
        Attribute(("creation_time",), EXPERIMENT.created_at, Kind.TIME),
        Attribute(("last_update_time",), EXPERIMENT.updated_at, Kind.TIME),
        Keyed(
            ("tags", "tag"),
            source=ExperimentTag.__table__,
            parent=EXPERIMENT.id,
            child=EXPERIMENT_TAG.experiment_id,
            key=EXPERIMENT_TAG.key,
            value=EXPERIMENT_TAG.value,
            comparators=MATCHES | PRESENCE,
            sortable=False,
        ),
    ),
    default_order=("creation_time DESC", "experiment_id ASC"),
    ties=("experiment_id DESC",),
    repeats=True,
    words=("name",),
)

_INPUTS = DatasetInput.__table__.join(Dataset.__table__)
_CONTEXTS = DatasetInput.__table__.join(DatasetInputTag.__table__)
_OF_RUN = INPUT.run_id == RUN.id
_DATASETS = ("datasets", "dataset")

RUNS = Entity(
    name="run",
    fields=(
        Attribute(("run_id",), RUN.uuid, comparators=MATCHES | LISTS),
        Attribute(
            ("run_name", "run name", "Run name", "Run Name"),
            RUN.name,
            comparators=MATCHES | LISTS,
            sorts=("run_name",),
        ),
        Attribute(("user_id",), RUN.user_id, comparators=MATCHES | LISTS),
        Attribute(("status",), RUN.status, comparators=MATCHES | LISTS),
        Attribute(("artifact_uri",), RUN.artifact_uri, comparators=MATCHES | LISTS),
        Attribute(("start_time", "created", "Created"), RUN.start_time, Kind.TIME),
        Attribute(("end_time",), RUN.end_time, Kind.TIME, nullable=True),
        Keyed(
            ("metrics", "metric"),
            source=Metric.__table__,
            parent=RUN.id,
            child=METRIC.run_id,
            key=METRIC.key,
            value=METRIC.value,
            kind=Kind.NUMBER,
            nan=METRIC.is_nan,
            indexed=True,
        ),
        Keyed(
            ("params", "param", "parameters", "parameter"),
            source=Param.__table__,
            parent=RUN.id,
            child=PARAM.run_id,
            key=PARAM.key,
            value=PARAM.value,
            comparators=MATCHES | PRESENCE,
            indexed=True,
        ),
        Keyed(
            ("tags", "tag"),
            source=RunTag.__table__,
            parent=RUN.id,
            child=RUN_TAG.run_id,
            key=RUN_TAG.key,
            value=RUN_TAG.value,
            comparators=MATCHES | PRESENCE,
            indexed=True,
        ),
        Related(
            ("name",),
            source=_INPUTS,
            link=_OF_RUN,
            column=DATASET.name,
            comparators=MATCHES | LISTS,
            prefixes=_DATASETS,
        ),
        Related(
            ("digest",),
            source=_INPUTS,
            link=_OF_RUN,
            column=DATASET.digest,
            comparators=MATCHES | LISTS,
            prefixes=_DATASETS,
        ),
        Related(
            ("context",),
            source=_CONTEXTS,
            column=INPUT_TAG.value,
            link=and_(_OF_RUN, INPUT_TAG.key == DATASET_CONTEXT),
            comparators=MATCHES | LISTS,
            prefixes=_DATASETS,
        ),
    ),
    # As MLflow has them; the index of an experiment's runs is in this order.
    ties=("start_time DESC", "run_id ASC"),
    attribute_prefixes=("attributes", "attribute", "attr", "run"),
    words=("run_name",),
)
