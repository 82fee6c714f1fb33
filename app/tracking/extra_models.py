"""The tables beside runs: logged models, data sets, and what went into and came out of a run."""

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
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, BigKey

MODEL_STATUSES = ("UNSPECIFIED", "PENDING", "READY", "FAILED")
DIRECTIONS = ("input", "output")


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

    NaN and infinities are kept as in `app.tracking.models.Metric`.
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
