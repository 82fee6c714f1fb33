"""The tracking tables: experiments, runs, what runs log, logged models and data sets."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.transactions import Base, BigKey

STATUSES = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")
MODEL_STATUSES = ("UNSPECIFIED", "PENDING", "READY", "FAILED")
DIRECTIONS = ("input", "output")


class Experiment(Base):
    """A named set of runs; its id is the one that MLflow's clients see.

    A deleted experiment keeps its row and its name. `artifact_location` is what a client asked for;
    null stands for the place Greenroom gives by itself, which follows from the id.
    """

    __tablename__ = "experiment"
    __table_args__ = (
        UniqueConstraint("name"),
        # The list of experiments, newest first, as MLflow orders it.
        Index("ix_experiment_created_at_id", "created_at", "id"),
        # The same by last change.
        Index("ix_experiment_updated_at_id", "updated_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    artifact_location: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str] = mapped_column(String(255))
    deleted_at: Mapped[int | None] = mapped_column(BigInteger)


class Run(Base):
    """One run of a training program. `uuid` is its id on the wire, `user_id` whom the client names as its user.

    `created_by` is the actor on whose behalf the client called; the two differ where a service logs for people.
    """

    __tablename__ = "run"
    __table_args__ = (
        UniqueConstraint("uuid"),
        CheckConstraint(f"status IN {STATUSES}", name="status_known"),
        # The runs of an experiment, newest first: the first page of every run table and search. Of one moment they come
        # by id, rising, as MLflow has them.
        Index("ix_run_experiment_id_newest_uuid", "experiment_id", text("start_time DESC"), "uuid"),
        # The same of deleted runs, which are few among many.
        Index(
            "ix_run_experiment_id_newest_uuid_deleted",
            "experiment_id",
            text("start_time DESC"),
            "uuid",
            sqlite_where=text("deleted_at IS NOT NULL"),
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(32))
    experiment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("experiment.id"))
    name: Mapped[str] = mapped_column(Text)
    user_id: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20))
    start_time: Mapped[int] = mapped_column(BigInteger)
    end_time: Mapped[int | None] = mapped_column(BigInteger)
    artifact_uri: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(String(255))
    deleted_at: Mapped[int | None] = mapped_column(BigInteger)


class Metric(Base):
    """A metric of a run with its newest point, by step, then time, then value.

    NaN is kept as zero with `is_nan`, and an infinity as the largest finite number, as MLflow keeps
    them: SQLite has no NaN, and its clients read the numbers back so.
    """

    __tablename__ = "metric"
    __table_args__ = (
        UniqueConstraint("run_id", "key"),  # the metrics of a page of runs; the join of metric filters
        # A search for values that few runs have. Over an expression, so that SQLite takes it for nothing else.
        Index("ix_metric_searched_value_run_id", text("(key || '')"), "value", "run_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("run.id"))
    key: Mapped[str] = mapped_column(String(250))
    value: Mapped[float] = mapped_column(Double)
    is_nan: Mapped[bool] = mapped_column(Boolean)
    timestamp: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[int] = mapped_column(BigInteger)


class MetricPoint(Base):
    """Every point that was ever logged of a metric; the same point logged twice is one.

    The primary key is the order in which a history is read, page by page, so that it needs no other
    index; on SQLite the table is that index.
    """

    __tablename__ = "metric_point"
    __table_args__ = ({"sqlite_with_rowid": False},)

    metric_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("metric.id"), primary_key=True)
    timestamp: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    step: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    value: Mapped[float] = mapped_column(Double, primary_key=True)
    is_nan: Mapped[bool] = mapped_column(Boolean, primary_key=True)


class Param(Base):
    """A parameter of a run, which is written once."""

    __tablename__ = "param"
    __table_args__ = (
        # A search for a value that few runs have; values are too long for an index.
        Index("ix_param_key_start_run_id", "key", text("substr(value, 1, 100)"), "run_id"),
        {"sqlite_with_rowid": False},
    )

    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("run.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(250), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class RunTag(Base):
    __tablename__ = "run_tag"
    __table_args__ = (
        # A search for a value that few runs have, and the children of a run, looked for on the page of each run.
        Index("ix_run_tag_key_start_run_id", "key", text("substr(value, 1, 100)"), "run_id"),
    )

    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("run.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(250), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class ExperimentTag(Base):
    __tablename__ = "experiment_tag"
    __table_args__ = (Index("ix_experiment_tag_key_experiment_id", "key", "experiment_id"),)  # tag filters

    experiment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("experiment.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(250), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class LoggedModel(Base):
    """A model as a training program made it, before anybody registers it; `model_id` is its id on the wire.

    `source_run_uuid` is text, since clients may name runs of another server; it and `model_type` are
    empty where there is none, so that filters which say "is not" find such models, too.
    """

    __tablename__ = "logged_model"
    __table_args__ = (
        UniqueConstraint("model_id"),
        CheckConstraint(f"status IN {MODEL_STATUSES}", name="status_known"),
        # The logged models of an experiment, newest first: the default order of a search.
        Index("ix_logged_model_experiment_id_created_at", "experiment_id", "created_at"),
        # Which models a run made, asked by its page and when a version is made from it.
        Index("ix_logged_model_source_run_uuid", "source_run_uuid"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    model_id: Mapped[str] = mapped_column(String(36))
    experiment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("experiment.id"))
    name: Mapped[str] = mapped_column(Text)
    artifact_uri: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(20))
    status_message: Mapped[str | None] = mapped_column(Text)
    model_type: Mapped[str] = mapped_column(Text)
    source_run_uuid: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str] = mapped_column(String(255))
    deleted_at: Mapped[int | None] = mapped_column(BigInteger)


class LoggedModelTag(Base):
    __tablename__ = "logged_model_tag"
    __table_args__ = (
        Index("ix_logged_model_tag_key_logged_model_id", "key", "logged_model_id"),
    )  # tag filters

    logged_model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("logged_model.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class LoggedModelParam(Base):
    """A parameter of a logged model, which is written once."""

    __tablename__ = "logged_model_param"
    __table_args__ = (
        Index("ix_logged_model_param_key_logged_model_id", "key", "logged_model_id"),  # parameter filters
    )

    logged_model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("logged_model.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class LoggedModelMetric(Base):
    """A point of a metric that a run measured of a logged model, perhaps on a data set.

    NaN and infinities are kept as in `app.tracking.tables.Metric`.
    """

    __tablename__ = "logged_model_metric"
    __table_args__ = (
        # Reads the metrics of a page of models; the same point logged twice is one.
        UniqueConstraint(
            "logged_model_id", "key", "timestamp", "step", "run_id", name="uq_logged_model_metric_point"
        ),
        # Metric filters.
        Index("ix_logged_model_metric_key_logged_model_id", "key", "logged_model_id"),
        # Searches by data set alone.
        Index("ix_logged_model_metric_dataset", "dataset_name", "dataset_digest", "logged_model_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    logged_model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("logged_model.id"))
    key: Mapped[str] = mapped_column(String(250))
    value: Mapped[float] = mapped_column(Double)
    is_nan: Mapped[bool] = mapped_column(Boolean)
    timestamp: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[int] = mapped_column(BigInteger)
    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("run.id"))
    dataset_name: Mapped[str | None] = mapped_column(String(500))
    dataset_digest: Mapped[str | None] = mapped_column(String(36))


class Dataset(Base):
    """A data set as clients describe it, once in each experiment that uses it."""

    __tablename__ = "dataset"
    __table_args__ = (UniqueConstraint("experiment_id", "name", "digest"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    experiment_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("experiment.id"))
    name: Mapped[str] = mapped_column(String(500))
    digest: Mapped[str] = mapped_column(String(36))
    source_type: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    schema: Mapped[str | None] = mapped_column(Text)
    profile: Mapped[str | None] = mapped_column(Text)


class DatasetInput(Base):
    """A data set that a run used."""

    __tablename__ = "dataset_input"
    __table_args__ = (
        UniqueConstraint("run_id", "dataset_id"),  # the data sets of a page of runs
        Index("ix_dataset_input_dataset_id", "dataset_id"),  # the runs of a data set: filters, summaries
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("run.id"))
    dataset_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("dataset.id"))


class DatasetInputTag(Base):
    """What a data set was to a run, `mlflow.data.context` = `training` say."""

    __tablename__ = "dataset_input_tag"

    dataset_input_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("dataset_input.id"), primary_key=True
    )
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    value: Mapped[str] = mapped_column(String(500))


class RunModel(Base):
    """A model that went into a run or came out of it, at a step of its training.

    `model_id` is text, since clients may name models of another server.
    """

    __tablename__ = "run_model"
    __table_args__ = (
        UniqueConstraint("run_id", "direction", "model_id"),  # the models of a page of runs
        CheckConstraint(f"direction IN {DIRECTIONS}", name="direction_known"),
        Index("ix_run_model_model_id", "model_id"),  # the runs that used or made a model
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("run.id"))
    direction: Mapped[str] = mapped_column(String(10))
    model_id: Mapped[str] = mapped_column(String(64))
    step: Mapped[int] = mapped_column(BigInteger)
