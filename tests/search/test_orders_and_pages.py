"""Orders, and the pages they are cut into."""

import base64
import itertools
import json
import re

import pytest
from sqlalchemy import insert, select

from app.api.error_sentences import sentence
from app.core.errors import InvalidParameter
from app.db.transactions import db
from app.registry.search_fields import MODELS, VERSIONS
from app.registry.tables import ModelVersion, VersionTag
from app.search import plan, strategy
from app.search.errors import FieldOrderedTwice, InvalidPageSize, UnknownPageToken

DAY = 86_400_000


def test_models_come_by_name_and_versions_by_last_change(filled):
    assert filled.models() == ["Churn_x", "churn", "fraud"]
    assert filled.versions() == ["fraud:1", "Churn_x:1", "churn:3", "churn:2", "churn:1"]


@pytest.mark.parametrize(
    ("order", "expected"),
    {
        "name": ["Churn_x", "churn", "fraud"],
        "name DESC": ["fraud", "churn", "Churn_x"],
        "name  desc": ["fraud", "churn", "Churn_x"],
        "timestamp": ["fraud", "Churn_x", "churn"],
        "last_updated_timestamp DESC": ["churn", "Churn_x", "fraud"],
    }.items(),
)
def test_models_are_ordered_by(filled, order, expected):
    assert filled.models(order_by=[order]) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    {
        ("name",): ["Churn_x:1", "churn:3", "churn:2", "churn:1", "fraud:1"],
        ("version_number",): ["Churn_x:1", "churn:1", "fraud:1", "churn:2", "churn:3"],
        ("`version_number` DESC", "attribute.name DESC"): [
            "churn:3",
            "churn:2",
            "fraud:1",
            "churn:1",
            "Churn_x:1",
        ],
        ("creation_timestamp",): ["churn:1", "Churn_x:1", "churn:3", "churn:2", "fraud:1"],
        ("last_updated_timestamp ASC", "version_number ASC"): [
            "churn:1",
            "Churn_x:1",
            "churn:2",
            "churn:3",
            "fraud:1",
        ],
    }.items(),
)
def test_versions_are_ordered_by(filled, order, expected):
    assert filled.versions(order_by=order) == expected


@pytest.mark.parametrize(
    "order",
    [
        "NAME",
        "name foo",
        "name desc, name asc",
        "",
        "   ",
        "tags.a",
        "run_id",
        "creation_timestamp;",
        "x" * 5000,
        "description",
        "name\x00",
        "\ud800",
    ],
)
def test_an_order_that_cannot_be_is_refused(filled, order):
    with pytest.raises(InvalidParameter):
        filled.models(order_by=[order])


def test_an_order_that_names_a_field_twice_is_refused(filled):
    with pytest.raises(FieldOrderedTwice):
        filled.models(order_by=["name", "name DESC"])
    with pytest.raises(FieldOrderedTwice):
        filled.models(order_by=["timestamp", "last_updated_timestamp"])
    with pytest.raises(InvalidParameter):
        filled.versions(order_by=["name"] * 1000)


ORDERS = [
    (),
    ("name",),
    ("name DESC",),
    ("version_number",),
    ("version_number DESC", "name DESC"),
    ("creation_timestamp", "name DESC"),
    ("metrics.acc",),
    ("metrics.acc DESC", "params.depth"),
    ("params.depth DESC", "stage ASC"),
]


@pytest.mark.parametrize("order_by", ORDERS, ids=" ".join)
def test_pages_put_together_are_the_whole(logged, order_by):
    whole = logged.versions(order_by=order_by)
    assert len(whole) == len(set(whole)) == 9
    for size in (1, 2, 3):
        pages, token = logged.page("versions", order_by=order_by, max_results=size)
        while token is not None:
            assert len(pages) % size == 0
            names, token = logged.page("versions", order_by=order_by, max_results=size, page_token=token)
            pages += names
        assert pages == whole


@pytest.mark.parametrize("rare", [strategy.RARE, 1])
@pytest.mark.parametrize("order_by", ORDERS, ids=" ".join)
def test_pages_of_what_carries_a_tag_are_the_whole_however_it_is_found(logged, monkeypatch, order_by, rare):
    monkeypatch.setattr(strategy, "RARE", rare)
    keys = db.session.execute(select(ModelVersion.__table__.c.id)).scalars().all()
    for key in keys[::2]:
        db.session.execute(insert(VersionTag).values(version_id=key, key=f"half {rare}", value="x"))
    filter = f"tags.`half {rare}` = 'x'"
    whole = logged.versions(filter, order_by=order_by)
    assert len(whole) == 5
    assert [name for name in logged.versions(order_by=order_by) if name in whole] == whole
    pages, token = logged.page("versions", filter, order_by=order_by, max_results=2)
    while token is not None:
        names, token = logged.page("versions", filter, order_by=order_by, max_results=2, page_token=token)
        pages += names
    assert pages == whole


def test_a_page_shows_what_came_in_between_and_nothing_twice(filled):
    first, token = filled.page("models", max_results=2)
    filled.model("a-new-one")
    filled.model("daisy")
    assert first == ["Churn_x", "churn"]
    assert filled.models(page_token=token) == ["daisy", "fraud"]


def test_metrics_sort_by_value_then_those_that_are_no_number_then_those_without(logged):
    assert logged.versions("name = 'm'", order_by=["metrics.acc"])[:6] == [
        "m:2",
        "m:1",
        "m:3",
        "m:4",
        "m:6",
        "m:5",
    ]
    assert logged.versions("name = 'm'", order_by=["metrics.acc DESC"])[:6] == [
        "m:3",
        "m:1",
        "m:2",
        "m:4",
        "m:6",
        "m:5",
    ]


@pytest.mark.parametrize(
    ("filter", "expected"),
    {
        "metrics.acc > 0": ["m:3", "m:1"],
        "metrics.acc >= -1": ["m:3", "m:2", "m:1"],
        "metrics.acc < 1e9": ["m:2", "m:1"],
        "metrics.acc = 0": [],
        "metrics.acc != 0.5": ["m:4", "m:3", "m:2"],
        "metric.`acc` = 0.5": ["m:1"],
        "NOT metrics.acc = 0.5 AND version_number < 6": ["m:5", "m:4", "m:3", "m:2"],
        "params.depth = '3'": ["m:1"],
        "param.depth LIKE '1%'": ["m:2"],
        "parameters.depth IS NOT NULL": ["m:2", "m:1"],
    }.items(),
)
def test_versions_are_found_by_what_their_run_logged(logged, filter, expected):
    assert logged.versions(f"name = 'm' AND ({filter})", order_by=["version_number DESC"]) == expected


EDITS = (None, "x", 1, -1, 2**63, 2**64, 1.5, float("nan"), True, [], {}, "\x00", "\ud800", 10**400)


class TestTokens:
    def refused(self, filled, token, **options):
        with pytest.raises(UnknownPageToken):
            filled.page("versions", page_token=token, **options)

    @pytest.fixture
    def token(self, filled):
        return filled.page("versions", max_results=1)[1]

    def test_a_token_is_good_for_any_page_size(self, filled, token):
        assert filled.versions(page_token=token) == filled.versions()[1:]

    def test_a_token_of_another_search_is_refused(self, filled, token):
        self.refused(filled, token, filter="name = 'churn'")
        self.refused(filled, token, order_by=["last_updated_timestamp", "name", "version_number"])
        self.refused(filled, filled.page("models", max_results=1)[1])
        with pytest.raises(UnknownPageToken):
            plan(VERSIONS, max_results=1, page_token=token, scope=["deleted"])
        with pytest.raises(UnknownPageToken):
            plan(MODELS, max_results=1, page_token=token)

    def test_a_torn_token_is_refused(self, filled, token):
        for length in range(1, len(token)):
            self.refused(filled, token[:length])

    def test_a_token_edited_in_its_values_is_refused(self, filled, token):
        body = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        for position, value in itertools.product(range(len(body) + 1), EDITS):
            edited = [*body[:position], value, *body[position + 1 :]]
            if json.dumps(edited) == json.dumps(body):
                continue
            self.refused(filled, base64.urlsafe_b64encode(json.dumps(edited).encode()).decode())

    @pytest.mark.parametrize(
        "token",
        [
            "abc",
            "eyJvZmZzZXQiOiAxfQ==",
            "e30=",
            "@@@",
            "null",
            "W10",
            "A" * 10**6,
            "\ud800",
            "\x00",
            "é",
            "W1tb" * 9000,
            "MQ",
            "IiI",
            "bnVsbA",
            "====",
            "[]",
        ],
    )
    def test_what_is_no_token_is_refused(self, filled, token):
        self.refused(filled, token)

    def test_a_token_made_up_with_values_of_other_types_is_refused_though_its_digest_be_right(self, filled):
        from app.search.page_tokens import write_token

        search = plan(VERSIONS, max_results=1).search
        for last in (
            ["x", "churn", 1],
            [1, 1, 1],
            [1, "churn", 1.5],
            [1, "churn"],
            [None, "a", 1],
            [1, "\x00", 1],
            [1, "\ud800", 1],
            [True, "a", 1],
            [2**63, "a", 1],
        ):
            self.refused(filled, write_token(search, last))


@pytest.mark.parametrize("value", [0, -1, 2**31, 2**63, -(2**63)])
def test_a_page_size_that_cannot_be_is_refused(registry, value):
    with pytest.raises(InvalidPageSize) as refused:
        registry.versions(max_results=value)
    assert re.search(
        rf"must be (a positive integer|at most).* but got (value )?{value}$", sentence(refused.value)
    )
