"""Filters that are made to take long to read."""

import pytest
import requests

FILTERS = {
    "brackets": "(" * 64_000 + "name = 'a'" + ")" * 64_000,
    "open brackets": "(" * 128_000,
    "not": "NOT " * 32_000 + "name = 'a'",
    "and": "AND " * 32_000,
    "pairs of brackets": "(name = 'a') AND " * 7_500,
    "lists": " OR ".join(["name IN (" + ",".join(["'a'"] * 1_000) + ")"] * 32),
    "quotes": "'" * 128_000,
    "escapes": "name = '" + "\\''" * 40_000,
    "dots": "a" + ".a" * 60_000,
    "a long word": "a" * 128_000,
    "spaces": " " * 128_000 + "(",
    "percent signs": "name LIKE '" + "%a" * 60_000 + "'",
}
CALLS = ("registered-models/search", "model-versions/search", "runs/search", "experiments/search")


@pytest.mark.parametrize("kind", FILTERS)
def test_a_filter_is_read_or_refused_in_a_moment(attacked, kind):
    def search() -> None:
        for call in CALLS:
            fields = {"filter": FILTERS[kind], "max_results": 10, "experiment_ids": ["0"]}
            url = f"{attacked.server.url}/api/2.0/mlflow/{call}"
            is_get = call.startswith(("registered", "model"))
            # A client may send the body of a GET as well; an address has no room for such a filter.
            answer = requests.request("GET" if is_get else "POST", url, json=fields, timeout=60)
            assert answer.status_code < 500, answer.text[:300]

    attacked.hold_nobody_up(search)
