"""The migrations make the tables that the models declare, on either database."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect

from app.db.transactions import Base, db

# SQLAlchemy reads no index over an expression from SQLite; those are compared by name below.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index"),
    pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index"),
]


@pytest.fixture
def connection(app):
    with app.app_context(), db.engine.connect() as connection:
        yield connection


def _is_without_order(_object, name, kind, *_rest):
    return kind != "index" or not name.startswith("ix_run_experiment_id_newest_uuid")


def test_tables_columns_keys_and_indexes_agree(connection):
    # Alembic reads no order of columns from SQLite; such indexes are compared by name below.
    options = {"compare_type": True, "compare_server_default": True, "include_object": _is_without_order}
    context = MigrationContext.configure(connection, opts=options)
    assert compare_metadata(context, Base.metadata) == []


def test_check_constraints_agree(connection):
    """Alembic compares none."""
    migrated = inspect(connection)
    for table in Base.metadata.sorted_tables:
        declared = {str(rule.name) for rule in table.constraints if isinstance(rule, CheckConstraint)}
        assert {rule["name"] for rule in migrated.get_check_constraints(table.name)} == declared, table.name


def test_indexes_agree_those_over_expressions_and_of_some_rows_too(connection):
    """Alembic leaves out what it cannot read, and what an index leaves out."""
    sqlite = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    postgresql = """
        SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)
    """
    query = sqlite if connection.dialect.name == "sqlite" else postgresql
    migrated = {
        (table, name, " WHERE " in definition)
        for table, name, definition in connection.exec_driver_sql(query)
        if table != "alembic_version"
    }
    option = f"{connection.dialect.name}_where"
    declared = {
        (table.name, index.name, index.kwargs.get(option) is not None)
        for table in Base.metadata.sorted_tables
        for index in table.indexes
    }
    assert migrated == declared
