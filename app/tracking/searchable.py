"""What of the tracking side can be searched: experiments and runs.

The fields are MLflow's, and so are their spellings (`mlflow.utils.search_utils`, MLflow 3.17); beyond
MLflow, every attribute of a run takes a list, not its id alone.
"""

import enum

from sqlalchemy import ColumnElement, and_, true

from app.search import LISTS, MATCHES, PRESENCE, Attribute, Entity, Keyed, Kind, Related
from app.tracking.extra_models import Dataset, DatasetInput, DatasetInputTag
from app.tracking.models import Experiment, ExperimentTag, Metric, Param, Run, RunTag


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


EXPERIMENTS = Entity(
    name="experiment",
    fields=(
        Attribute(("name",), Experiment.name),
        Attribute(("experiment_id",), Experiment.id, Kind.IDENTIFIER),
        Attribute(("creation_time",), Experiment.created_at, Kind.TIME),
        Attribute(("last_update_time",), Experiment.updated_at, Kind.TIME),
        Keyed(("tags", "tag"), source=ExperimentTag.__table__, parent=Experiment.id,
              child=ExperimentTag.experiment_id, key=ExperimentTag.key, value=ExperimentTag.value,
              comparators=MATCHES | PRESENCE, sortable=False),
    ),
    default_order=("creation_time DESC", "experiment_id ASC"),
    ties=("experiment_id DESC",),
    words=("name",),
)  # fmt: skip

_INPUTS = DatasetInput.__table__.join(Dataset.__table__)
_CONTEXTS = DatasetInput.__table__.join(DatasetInputTag.__table__)
_OF_RUN = DatasetInput.run_id == Run.id
_DATASETS = ("datasets", "dataset")

RUNS = Entity(
    name="run",
    fields=(
        Attribute(("run_id",), Run.uuid, comparators=MATCHES | LISTS),
        Attribute(("run_name", "run name", "Run name", "Run Name"), Run.name, comparators=MATCHES | LISTS,
                  sorts=("run_name",)),
        Attribute(("user_id",), Run.user_id, comparators=MATCHES | LISTS),
        Attribute(("status",), Run.status, comparators=MATCHES | LISTS),
        Attribute(("artifact_uri",), Run.artifact_uri, comparators=MATCHES | LISTS),
        Attribute(("start_time", "created", "Created"), Run.start_time, Kind.TIME),
        Attribute(("end_time",), Run.end_time, Kind.TIME, nullable=True),
        Keyed(("metrics", "metric"), source=Metric.__table__, parent=Run.id, child=Metric.run_id,
              key=Metric.key, value=Metric.value, kind=Kind.NUMBER, nan=Metric.is_nan),
        Keyed(("params", "param", "parameters", "parameter"), source=Param.__table__, parent=Run.id,
              child=Param.run_id, key=Param.key, value=Param.value, comparators=MATCHES | PRESENCE),
        Keyed(("tags", "tag"), source=RunTag.__table__, parent=Run.id, child=RunTag.run_id,
              key=RunTag.key, value=RunTag.value, comparators=MATCHES | PRESENCE),
        Related(("name",), source=_INPUTS, link=_OF_RUN, column=Dataset.name,
                comparators=MATCHES | LISTS, prefixes=_DATASETS),
        Related(("digest",), source=_INPUTS, link=_OF_RUN, column=Dataset.digest,
                comparators=MATCHES | LISTS, prefixes=_DATASETS),
        Related(("context",), source=_CONTEXTS, column=DatasetInputTag.value,
                link=and_(_OF_RUN, DatasetInputTag.key == "mlflow.data.context"),
                comparators=MATCHES | LISTS, prefixes=_DATASETS),
    ),
    # Both in one direction, which the index of an experiment's runs has from either end.
    ties=("start_time DESC", "run_id DESC"),
    attribute_prefixes=("attributes", "attribute", "attr", "run"),
    words=("run_name",),
)  # fmt: skip
