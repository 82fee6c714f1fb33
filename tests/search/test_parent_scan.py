"""Versions of few models among many versions: begun with the first rows of each model, and the same as by walking."""

import random
from importlib import import_module

import pytest

from app.db.transactions import db
from app.registry.queries import select_versions
from app.registry.search_fields import VERSIONS
from app.search import plan, strategy

FILTERS = (
    "name LIKE 'm%'",
    "name LIKE 'm1%' OR name IN ('m4', 'other')",
    "name LIKE 'm%' AND tags.kind = 'a'",
    "name LIKE 'm%' AND version_number > 2",
    "name LIKE 'nobody%'",
    "name LIKE '%' AND name LIKE 'm1%'",
)
ORDERS = ([], ["creation_timestamp"], ["version_number DESC"], ["version_number", "name DESC"])


@pytest.fixture
def many(registry, monkeypatch):
    """Models with few and many versions, which changed in no order and often at once; some are prompts or deleted."""
    chance = random.Random(5)
    for number in range(14):
        name = "other" if number == 13 else f"m{number}"
        model = registry.model(name, deleted=1 if number == 7 else None)
        for version in range(1, chance.choice((1, 2, 9))):
            tags = {
                "kind": chance.choice("ab"),
                "mlflow.prompt.is_prompt": chance.choice(("true", "false", "no")),
            }
            registry.version(
                model,
                version,
                at=chance.randrange(6),
                tags=tags,
                deleted_at=chance.choice((None, None, None, 1)),
            )
    monkeypatch.setattr(strategy, "RARE", 0)
    kept = import_module("app.search.plan")._prepared
    kept.cache_clear()  # what was made before, and what is made here, knows one limit only
    yield registry
    kept.cache_clear()


def pages(registry, filter, order, size):
    found, token = [], None
    while True:
        page, token = registry.page("versions", filter, order_by=order, max_results=size, page_token=token)
        found.append(page)
        if token is None:
            return found


@pytest.mark.parametrize("filter", FILTERS)
def test_pages_are_those_of_walking_the_versions(many, monkeypatch, filter):
    by_parent = [pages(many, filter, order, size) for order in ORDERS for size in (1, 4)]
    monkeypatch.setattr(strategy, "SHORT_PAGE", 0)
    assert by_parent == [pages(many, filter, order, size) for order in ORDERS for size in (1, 4)]
    assert "nobody" in filter or any(page for found in by_parent for page in found)


@pytest.mark.parametrize(
    ("filter", "order", "most", "begins"),
    [
        ("name LIKE 'm%'", [], 10, True),
        ("name LIKE 'm%'", ["creation_timestamp DESC"], 10, True),
        ("name LIKE 'm%' AND description = 'x'", [], 10, False),  # which most models may have nowhere
        ("name LIKE 'm%'", [], 1000, False),  # so many of each model may be more than are walked past
        ("name LIKE 'm%'", ["author"], 10, False),  # by which no index has the versions of one model
        ("name LIKE '%m%'", [], 10, False),
        ("name LIKE 'm%' OR author = 'sam'", [], 10, False),
    ],
)
def test_it_is_begun_with_models_where_an_index_has_the_first_versions_of_each(
    many, filter, order, most, begins
):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL goes by its statistics")
    found = plan(VERSIONS, filter=filter, order_by=order, max_results=most)
    assert ("AS heads" in str(found.apply(select_versions()).compile(db.engine))) == begins
