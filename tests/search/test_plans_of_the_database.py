"""Which way SQLite goes through the tables: what is asked most must not cost more as they grow."""

import pytest
from sqlalchemy import text

from app.db.transactions import db
from app.registry.queries import select_models, select_versions
from app.registry.search_fields import MODELS, VERSIONS
from app.search import plan, strategy

WAYS = {
    ("models", ""): "registered_model USING INDEX uq_registered_model_name_living",
    ("models", "name = 'x'"): "registered_model USING INDEX uq_registered_model_name_living (name=?)",
    (
        "models",
        "name LIKE 'x%'",
    ): "registered_model USING INDEX uq_registered_model_name_living (name>? AND name<?)",
    (
        "models",
        "tags.team = 'x'",
    ): "model_tag USING INDEX ix_model_tag_key_start_model_id (key=? AND <expr>=?)",
    ("models", "", "timestamp DESC"): "registered_model USING INDEX ix_registered_model_updated_at_name",
    ("versions", ""): "model_version USING INDEX ix_model_version_updated_at_id",
    ("versions", "", "name"): "registered_model USING INDEX uq_registered_model_name_living",
    (
        "versions",
        "name = 'x'",
    ): "model_version USING INDEX ix_model_version_model_id_updated_at_number (model_id=?)",
    (
        "versions",
        "name = 'x'",
        "version_number DESC",
    ): "model_version USING INDEX sqlite_autoindex_model_version_1 (model_id=?)",
    (
        "versions",
        "name = 'x'",
        "creation_timestamp",
    ): "model_version USING INDEX ix_model_version_model_id_created_at_number (model_id=?)",
    ("versions", "", "creation_timestamp DESC"): "model_version USING INDEX ix_model_version_created_at_id",
    ("versions", "", "version_number"): "model_version USING INDEX ix_model_version_number_id",
    ("versions", "", "stage"): "model_version USING INDEX ix_model_version_stage_id_updated_at",
    ("versions", "", "author DESC"): "model_version USING INDEX ix_model_version_created_by_updated_at",
    ("versions", "author = 'x'"): "model_version USING COVERING INDEX ix_model_version_created_by_updated_at",
    ("versions", "stage IN ('x')"): "model_version USING COVERING INDEX ix_model_version_stage_id_updated_at",
    (
        "versions",
        "created >= 5",
    ): "model_version USING COVERING INDEX ix_model_version_created_at_id (created_at>?)",
    (
        "versions",
        "name IN ('x', 'y')",
    ): "registered_model USING INDEX uq_registered_model_name_living (name=?)",
    ("versions", "run_id = 'x'"): "model_version USING INDEX ix_model_version_run_uuid (run_uuid=?)",
    ("versions", "run_id IN ('x', 'y')"): "model_version USING INDEX ix_model_version_run_uuid (run_uuid=?)",
    (
        "versions",
        "tags.team = 'x'",
    ): "version_tag USING INDEX ix_version_tag_key_start_version_id (key=? AND <expr>=?)",
    ("versions", "alias = 'x'"): "model_version USING INTEGER PRIMARY KEY (rowid=?)",
}


def way(what, filter, order_by, page_token=None):
    entity, statement = (MODELS, select_models()) if what == "models" else (VERSIONS, select_versions())
    found = plan(entity, filter=filter, order_by=order_by, max_results=10, page_token=page_token)
    compiled = found.apply(statement).compile(db.engine, compile_kwargs={"render_postcompile": True})
    values = compiled.construct_params()
    explain = f"EXPLAIN QUERY PLAN {compiled}"
    rows = db.session.connection().exec_driver_sql(
        explain, tuple(values[name] for name in compiled.positiontup)
    )
    return "\n".join(row[3] for row in rows)


@pytest.fixture
def on_sqlite(filled):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL goes by its statistics")
    return filled


@pytest.mark.parametrize(("asked", "expected"), WAYS.items())
def test_a_search_goes_by_an_index(on_sqlite, asked, expected):
    what, filter, *order_by = asked
    assert expected in way(what, filter, order_by)


@pytest.mark.parametrize("asked", [key for key in WAYS if "IN" not in key[1] and "=" not in key[1]])
def test_later_pages_go_by_the_same_index_and_sort_no_more_than_ties(on_sqlite, asked):
    what, filter, *order_by = asked
    token = on_sqlite.page(what, filter, order_by=order_by, max_results=1)[1]
    if token is None:
        token = on_sqlite.page(what, order_by=order_by, max_results=1)[1]
        filter = ""
    ways = way(what, filter, order_by, token)
    assert "SCAN" not in ways
    assert "USE TEMP B-TREE FOR ORDER BY" not in ways


def test_a_rare_value_is_begun_with_and_a_common_one_is_not(on_sqlite, monkeypatch):
    assert "LIST SUBQUERY" in way("versions", "tags.acc = '0.8'", [])
    monkeypatch.setattr(strategy, "RARE", 1)
    assert "LIST SUBQUERY" not in way("versions", "updated > 0 AND tags.acc = '0.8'", [])
    assert on_sqlite.versions("tags.acc = '0.8'") == ["fraud:1", "churn:2"]


# Of 300 models with 5 versions each and one with 5,000, as ANALYZE makes them.
STATISTICS = (
    ("model_version", "ix_model_version_stage_id_updated_at", "6500 1625 1"),
    ("model_version", "ix_model_version_model_id_stage_id_number", "6500 22 6 1"),
    ("model_version", "ix_model_version_model_id_updated_at_number", "6500 22 1 1"),
    ("model_version", "ix_model_version_updated_at_id", "6500 1 1"),
    ("registered_model", "uq_registered_model_name_living", "301 1"),
    ("stage", "sqlite_autoindex_stage_1", "4 1"),
    ("version_tag", "ix_version_tag_key_start_version_id", "26000 6500 4 1"),
    ("version_tag", "sqlite_autoindex_version_tag_1", "26000 4 1"),
)
RARE_TAGS = ("tags.acc = '0.8'", "tags.acc = '0.8' AND tags.team = 'risk' AND tags.validated = 'yes'")


@pytest.mark.own_app
def test_statistics_change_nothing_about_where_a_search_begins(on_sqlite):
    without = [way("versions", filter, []) for filter in RARE_TAGS]
    db.session.execute(text("ANALYZE"))
    db.session.execute(text("DELETE FROM sqlite_stat1"))
    for table, index, numbers in STATISTICS:
        row = {"tbl": table, "idx": index, "stat": numbers}
        db.session.execute(text("INSERT INTO sqlite_stat1 VALUES (:tbl, :idx, :stat)"), row)
    db.session.execute(text("ANALYZE sqlite_schema"))
    assert [way("versions", filter, []) for filter in RARE_TAGS] == without


def test_a_range_of_many_is_asked_of_rows_in_their_order(on_sqlite, monkeypatch):
    monkeypatch.setattr(strategy, "RARE", 1)
    for filter in ("created > 5", "version_number > 0", "author LIKE 'a%' OR name IN ('churn', 'fraud')"):
        assert "model_version USING INDEX ix_model_version_updated_at_id" in way("versions", filter, [])
    assert on_sqlite.versions("version_number > 1 OR stage = 'x'") == ["churn:3", "churn:2"]


def test_a_page_in_the_middle_of_one_author_begins_there(on_sqlite):
    token = on_sqlite.page("versions", order_by=["author"], max_results=1)[1]
    expected = "ix_model_version_created_by_updated_at ((created_by,updated_at)>(?,?))"
    assert expected in way("versions", "", ["author"], token)


def test_long_values_are_told_apart_behind_the_part_that_is_indexed(filled):
    same = "x" * 100
    for name, value in (("long-a", same + "a"), ("long-b", same + "b"), ("long", same), ("short", same[:-1])):
        filled.model(name, tags={"long": value})
    assert filled.models(f"tags.long = '{same}a'") == ["long-a"]
    assert filled.models(f"tags.long = '{same}'") == ["long"]
    assert filled.models(f"tags.long = '{same[:-1]}'") == ["short"]
    assert filled.models(f"tags.long = '{same}b' OR tags.long = '{same[:-1]}'") == ["long-b", "short"]
