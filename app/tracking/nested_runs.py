"""Nested runs: those that name another one as their parent, by MLflow's tag."""

from sqlalchemy import BigInteger, bindparam, func, literal_column, select

from app.core.mlflow_tags import PARENT_RUN_ID
from app.db.statements import Statement
from app.search.strategy import rarely, unindexed
from app.tracking.runs import COLUMNS, RUN, RunDetails, RunRow, with_details
from app.tracking.tables import RunTag

_TAG = RunTag.__table__.c

_CHILDREN = Statement(
    select(*COLUMNS)
    .join(RunTag.__table__, _TAG.run_id == RUN.id)
    .where(_TAG.key == literal_column(f"'{PARENT_RUN_ID}'"))
    .where(rarely(func.substr(_TAG.value, literal_column("1"), literal_column("100")) == bindparam("parent")))
    .where(unindexed(_TAG.value) == bindparam("parent"))
    .where(unindexed(RUN.experiment_id) == bindparam("experiment_id"), RUN.deleted_at.is_(None))
    .order_by(unindexed(RUN.start_time).desc(), RUN.uuid)
    .limit(bindparam("row_limit", type_=BigInteger)),
    RunRow,
)


def children_of(run: RunRow, limit: int) -> list[RunDetails]:
    """Returns the runs that name this one as their parent, the newest first, at most `limit`.

    Those of the run's own experiment which are not deleted; the run is one that the viewer was shown.
    """
    return with_details(_CHILDREN.rows(parent=run.uuid, experiment_id=run.experiment_id, row_limit=limit))
