"""What is fuzzed, and what no input may bring about: an answer of 500 or above, or an error that nobody catches."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import hypothesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.http.application import Greenroom
from tests.fuzz import inputs
from tests.support import routes

NOT_OFFERED = 501  # a promise, not a failure
SEARCHES = [
    ("registered-models/search", {}),
    ("model-versions/search", {}),
    ("runs/search", {"experiment_ids": ["<experiment>"]}),
    ("experiments/search", {}),
    ("logged-models/search", {"experiment_ids": ["<experiment>"]}),
]


@dataclass(frozen=True)
class Target:
    """One kind of input, and how it is sent."""

    name: str
    examples: st.SearchStrategy[Any]
    send: Callable[[Any], None]


def run(target: Target, *, examples: int, seed: int) -> None:
    """Sends that many examples. Raises what the smallest failing one raised; the same seed finds it again."""

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=False,
        suppress_health_check=[*HealthCheck],
    )
    @given(target.examples)
    def one_after_the_other(example: Any) -> None:
        target.send(example)

    one_after_the_other()


class Fuzzed:
    """An application with something in it, and its targets."""

    def __init__(self, app: Greenroom):
        self.app = app
        self.client = app.test_client()
        self.world = self._fill()
        self.token = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get("/new-model").text)[1]

    def targets(self) -> list[Target]:
        """Every target."""
        calls = [
            one for one in routes.calls(self.app, self.world) if not one.endpoint.startswith("not_offered")
        ]
        of_api = [one for one in calls if not one.is_page]
        pages = [one for one in calls if one.is_page and one.method == "GET"]
        forms = [one for one in calls if one.is_page and one.method == "POST"]
        return [
            Target("filters", self._searches(), self._send_search),
            Target("filters of pages", self._filters_of_pages(), self._get),
            Target("markdown", inputs.MARKDOWN, self._send_markdown),
            Target("calls", self._changed(of_api), self._send_call),
            Target("pages", self._changed(pages), self._send_call),
            Target("forms", self._changed(forms), self._send_form),
        ]

    def _fill(self) -> dict[str, str]:
        post = lambda path, **body: self.client.post(f"/api/2.0/mlflow/{path}", json=body).json  # noqa: E731
        experiment = post("experiments/create", name="trial")["experiment_id"]
        run = post("runs/create", experiment_id=experiment, start_time=1)["run"]["info"]["run_id"]
        for step, value in enumerate([0.5, "NaN", "Infinity", 2]):
            post("runs/log-metric", run_id=run, key="m", value=value, timestamp=step, step=step)
        post("runs/log-parameter", run_id=run, key="p", value="1")
        post("runs/set-tag", run_id=run, key="t", value="u")
        model = post("logged-models", experiment_id=experiment, name="m", source_run_id=run)["model"]["info"][
            "model_id"
        ]
        post("registered-models/create", name="churn", tags=[{"key": "t", "value": "u"}])
        for _ in range(2):
            post("model-versions/create", name="churn", source="s3://bucket/model", run_id=run)
        post("registered-models/alias", name="churn", alias="champion", version="1")
        return {
            "name": "churn",
            "run": run,
            "experiment": experiment,
            "experiment name": "trial",
            "model": model,
            "tag": "t",
            "metric": "m",
            "alias": "champion",
            "file": "m/MLmodel",
            "folder": "m",
            "asked stage": "Staging",
            "reader": "reader",
            "owner": "owner",
            "group": "group",
            "comment": "1",
            "deleted comment": "2",
            "deleted comment id": "2",
            "token": "1",
            "upload": "u",
            "password": "p",
            "upload file": "m/part",
            "deleted model": "9",
            "model key": "1",
            "deleted experiment": "8",
            "deleted run": "0" * 32,
        }

    def _searches(self) -> st.SearchStrategy[Any]:
        def fields(search: tuple[str, dict[str, Any]]) -> st.SearchStrategy[Any]:
            experiments = {key: [self.world["experiment"]] for key in search[1]}
            optional = {"order_by": inputs.ORDERS, "max_results": inputs.NUMBERS, "page_token": inputs.TEXTS}
            body = st.fixed_dictionaries({"filter": inputs.FILTERS}, optional=optional)
            return body.map(lambda chosen: (search[0], {**experiments, **chosen}))

        return st.sampled_from(SEARCHES).flatmap(fields)

    def _send_search(self, example: tuple[str, dict[str, Any]]) -> None:
        path, body = example
        if path in ("registered-models/search", "model-versions/search"):
            self._check(self.client.get(f"/api/2.0/mlflow/{path}", query_string=_as_query(body)))
        else:
            self._check(self.client.post(f"/api/2.0/mlflow/{path}", json=body))

    def _filters_of_pages(self) -> st.SearchStrategy[Any]:
        experiment = self.world["experiment"]
        addresses = [
            "/models",
            "/models/churn",
            "/experiments",
            f"/experiments/{experiment}",
            f"/experiments/{experiment}/runs.csv",
            "/models.csv",
            "/approvals",
            "/admin/audit",
            "/deleted-models",
            "/models/churn/history",
            "/compare",
        ]
        names = [
            "q",
            "sort",
            "order",
            "page",
            "after",
            "before",
            "cursor",
            "columns",
            "stage",
            "kind",
            "from",
            "until",
            "who",
            "v",
            "run",
        ]
        query = st.dictionaries(
            st.sampled_from(names), inputs.FILTERS | inputs.ORDERS.map(",".join), max_size=4
        )
        return st.tuples(st.sampled_from(addresses), query)

    def _get(self, example: tuple[str, dict[str, Any]]) -> None:
        path, query = example
        self._check(self.client.get(path, query_string=_as_query(query)))

    def _send_markdown(self, text: str) -> None:
        self._check(
            self.client.patch(
                "/api/2.0/mlflow/registered-models/update", json={"name": "churn", "description": text}
            )
        )
        self._check(self.client.get("/models/churn"))

    def _changed(self, calls: list[routes.Call]) -> st.SearchStrategy[Any]:
        def changes(call: routes.Call) -> st.SearchStrategy[Any]:
            values = (
                call.json
                if call.json is not None
                else call.data
                if isinstance(call.data, dict)
                else call.query
            )
            paths = st.just(call.path) | st.tuples(st.integers(1, 12), inputs.TEXTS).map(
                lambda change: _with_part(call.path, *change)
            )
            body = inputs.mutated(values)
            return st.tuples(st.just(call), paths, body | inputs.JSON if call.json is not None else body)

        return st.sampled_from(calls).flatmap(changes)

    def _send_call(self, example: tuple[routes.Call, str, Any]) -> None:
        call, path, values = example
        if call.json is not None:
            self._check(self.client.open(path, method=call.method, json=values))
        else:
            data = call.data if isinstance(call.data, bytes) else None
            self._check(self.client.open(path, method=call.method, query_string=_as_query(values), data=data))

    def _send_form(self, example: tuple[routes.Call, str, Any]) -> None:
        call, path, values = example
        fields = {**_as_query(values), "csrf_token": self.token}
        self._check(self.client.post(path, data=fields, headers={"Origin": "http://localhost"}))

    def _check(self, answer: Any) -> None:
        with answer:
            body = answer.get_data()
            assert answer.status_code < 500 or answer.status_code == NOT_OFFERED, (
                answer.status_code,
                body[:300],
            )


def _with_part(path: str, at: int, text: str) -> str:
    """Returns the path with another part in the place of one, quoted as clients do."""
    parts = path.split("/")
    parts[at % len(parts)] = quote(text, safe="", errors="replace")
    return "/" + "/".join(parts).lstrip("/")


def _as_query(values: dict[str, Any]) -> dict[str, Any]:
    """Returns what can stand in a query or a form: texts that can be encoded, and lists of them."""
    return {
        _encodable(key): [_encodable(one) for one in value] if isinstance(value, list) else _encodable(value)
        for key, value in values.items()
        if value is not None
    }


def _encodable(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode()
