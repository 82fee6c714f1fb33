"""The registry's tables."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.transactions import Base, BigKey

# The two stages that always exist, with the keys that the first migration gave them.
NONE, NONE_ID = "None", 1
ARCHIVED, ARCHIVED_ID = "Archived", 4

# What a stage can be painted with; the pages have a light and a dark tone of each.
COLOURS = ("grey", "amber", "green", "violet", "blue", "teal", "red", "pink")

UNENDED = text("to_at IS NULL")


class Stage(Base):
    """A stage that versions can hold, in the order of `position`; or, by its `kind`, something else with a rule.

    Of the kind `alias` it is a name of aliases or a pattern of them, `@champion` or `@prod-*`, and of the kind `tag`
    the key of a tag, `#approved`: rules and requests go with it as with a stage, and no version ever holds it.

    `level` is what it takes to move a version in or out of it, see `app.authz.levels`; `colour` is
    one of `COLOURS`. A removed stage keeps its row, since the history names it.
    """

    __tablename__ = "stage"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    position: Mapped[int] = mapped_column(Integer)
    level: Mapped[int] = mapped_column(Integer, server_default="30")
    colour: Mapped[str] = mapped_column(String(20), server_default="blue")
    purpose: Mapped[str] = mapped_column(Text, server_default=text("''"))
    kind: Mapped[str] = mapped_column(String(10), server_default="stage")
    removed_at: Mapped[int | None] = mapped_column(BigInteger)


class RegisteredModel(Base):
    """A name under which versions are kept. `next_version` is the number the next one will get.

    A deleted model keeps its row, its versions and their files; `deleted_at` hides all of them at once.
    """

    __tablename__ = "registered_model"
    __table_args__ = (
        # One living model a name; deleted ones keep theirs without being in the way.
        Index(
            "uq_registered_model_name_living",
            "name",
            unique=True,
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        # The list of models by last change, newest first.
        Index("ix_registered_model_updated_at_name", "updated_at", "name"),
        # The same of those that somebody made.
        Index("ix_registered_model_created_by", "created_by", "updated_at", "name"),
        # Deleted ones, which are few among many, the last first.
        Index(
            "ix_registered_model_deleted_at",
            "deleted_at",
            "id",
            sqlite_where=text("deleted_at IS NOT NULL"),
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
        # The deleted ones that had a name, asked whenever somebody takes one.
        Index(
            "ix_registered_model_name_deleted",
            "name",
            sqlite_where=text("deleted_at IS NOT NULL"),
            postgresql_where=text("deleted_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str] = mapped_column(String(255))
    next_version: Mapped[int] = mapped_column(Integer, server_default="1")
    deleted_at: Mapped[int | None] = mapped_column(BigInteger)


class FormerName(Base):
    """A name that a model had before it was renamed, until `until_at`.

    Pages lead on from it to the model. Where it `forwards`, the calls of clients do, too.
    """

    __tablename__ = "former_name"
    __table_args__ = (Index("ix_former_name_name", "name"),)  # who had this name

    model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("registered_model.id"), primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    until_at: Mapped[int] = mapped_column(BigInteger)
    forwards: Mapped[bool] = mapped_column(Boolean, server_default=false())


class ModelVersion(Base):
    """One version of a registered model.

    `source` is what the client named and is given back byte for byte; `location` is the address that
    clients download from, where it differs from the source; `storage` is where Greenroom itself keeps
    those files, as a path below the artifact root, or null when they lie elsewhere.
    `run_uuid` and `logged_model` are MLflow's ids, kept as text since a client may name runs of
    another server. `run_claimed` says that only the client's word joins the run to the files, see
    `app.registry.version_runs`.
    """

    __tablename__ = "model_version"
    __table_args__ = (
        UniqueConstraint("model_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
        # The newest version in a stage of a model, found by one step into the index.
        Index(
            "ix_model_version_model_id_stage_id_number",
            "model_id",
            "stage_id",
            "number",
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        # The versions of a model by last change, as a search for them gives them by itself.
        Index(
            "ix_model_version_model_id_updated_at_number",
            "model_id",
            "updated_at",
            "number",
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        # The same by creation.
        Index(
            "ix_model_version_model_id_created_at_number",
            "model_id",
            "created_at",
            "number",
            sqlite_where=text("deleted_at IS NULL"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        # A search over all models, newest change first.
        Index("ix_model_version_updated_at_id", "updated_at", "id"),
        # The other orders and ranges of such a search: by creation, number, stage and author.
        Index("ix_model_version_created_at_id", "created_at", "id"),
        Index("ix_model_version_number_id", "number", "id"),
        Index("ix_model_version_stage_id_updated_at", "stage_id", "updated_at"),
        Index("ix_model_version_created_by_updated_at", "created_by", "updated_at"),
        # Which versions came from this run, asked by the run's page and by run_id filters.
        Index("ix_model_version_run_uuid", "run_uuid"),
        # Which versions' files lie at, above or below a path, asked by whoever wants to change or to read it. Letter by
        # letter, so that PostgreSQL finds what is below, whatever the order of the database's language.
        Index("ix_model_version_storage", "storage", postgresql_ops={"storage": "text_pattern_ops"}),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("registered_model.id"))
    number: Mapped[int] = mapped_column(Integer)
    stage_id: Mapped[int] = mapped_column(Integer, ForeignKey("stage.id"))
    description: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    location: Mapped[str | None] = mapped_column(Text)
    storage: Mapped[str | None] = mapped_column(Text)
    run_uuid: Mapped[str | None] = mapped_column(String(64))
    run_claimed: Mapped[bool] = mapped_column(Boolean, server_default=false())
    run_link: Mapped[str | None] = mapped_column(Text)
    logged_model: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(20), server_default="READY")
    status_message: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str] = mapped_column(String(255))
    deleted_at: Mapped[int | None] = mapped_column(BigInteger)


class ModelTag(Base):
    __tablename__ = "model_tag"
    # Tag filters, see app.search.strategy; values are too long to be indexed whole.
    __table_args__ = (
        Index("ix_model_tag_key_start_model_id", "key", text("substr(value, 1, 100)"), "model_id"),
    )

    model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("registered_model.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(250), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class VersionTag(Base):
    __tablename__ = "version_tag"
    # Tag filters, see app.search.strategy; values are too long to be indexed whole.
    __table_args__ = (
        Index("ix_version_tag_key_start_version_id", "key", text("substr(value, 1, 100)"), "version_id"),
    )

    version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("model_version.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(250), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class Alias(Base):
    """A name that points at one version of a model."""

    __tablename__ = "alias"
    __table_args__ = (Index("ix_alias_version_id", "version_id"),)  # the aliases of a version

    model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("registered_model.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("model_version.id"))


class AliasInterval(Base):
    """How long an alias pointed at a version, who pointed it there and on which request; no end while it does."""

    __tablename__ = "alias_interval"
    __table_args__ = (
        # What the aliases of a model meant at some moment.
        Index("ix_alias_interval_model_id_from_at", "model_id", "from_at"),
        # An alias points at one version at a time.
        Index(
            "uq_alias_interval_model_id_alias_unended",
            "model_id",
            "alias",
            unique=True,
            sqlite_where=UNENDED,
            postgresql_where=UNENDED,
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("registered_model.id"))
    version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("model_version.id"))
    alias: Mapped[str] = mapped_column(String(255))
    from_at: Mapped[int] = mapped_column(BigInteger)
    to_at: Mapped[int | None] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(255))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    request_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("transition_request.id"))


class StageInterval(Base):
    """How long a version held a stage, who brought it there and on which request; no end while it does.

    A version's rows follow one upon the other without a gap until it is deleted. `content_key`, `facts` and `metrics`
    are what the version was when it came into the stage (see `app.registry.stage_spans`); null where that is not known.
    """

    __tablename__ = "stage_interval"
    __table_args__ = (
        CheckConstraint("to_at IS NULL OR to_at >= from_at", name="ends_after_it_begins"),
        # The lanes of a model, and what held a stage at some moment.
        Index("ix_stage_interval_model_id_from_at", "model_id", "from_at"),
        Index("ix_stage_interval_version_id_id", "version_id", "id"),
        # What was in a stage last.
        Index("ix_stage_interval_model_id_stage_id_id", "model_id", "stage_id", "id"),
        # A version is in one stage at a time.
        Index(
            "uq_stage_interval_version_id_unended",
            "version_id",
            unique=True,
            sqlite_where=UNENDED,
            postgresql_where=UNENDED,
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    model_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("registered_model.id"))
    version_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("model_version.id"))
    stage_id: Mapped[int] = mapped_column(Integer, ForeignKey("stage.id"))
    from_at: Mapped[int] = mapped_column(BigInteger)
    to_at: Mapped[int | None] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(255))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    request_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("transition_request.id"))
    content_key: Mapped[str | None] = mapped_column(String(80))
    facts: Mapped[str | None] = mapped_column(Text)
    metrics: Mapped[str | None] = mapped_column(Text)
