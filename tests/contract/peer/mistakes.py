"""A call in every way its fields can be wrong, missing, spelled otherwise or of another type."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.contract.peer.steps import Step, raw

WRONG: tuple[Any, ...] = (None, "", " ", "nothing-like-it", 7, -1, 1.5, True, [], ["a"], {}, {"key": "a"})
# One of each kind, for calls that the peer answers slowly.
FEW_WRONG: tuple[Any, ...] = (None, "", "nothing-like-it", 7, True, [], {"key": "a"})


@dataclass(frozen=True)
class Setting:
    """What is there before each wrong request, and the looks at what became of it."""

    steps: tuple[Step, ...]
    afterwards: tuple[Step, ...]
    wrong: tuple[Any, ...] = WRONG


@dataclass(frozen=True)
class Call:
    """A call with fields that make it succeed on its setting, and the fields in which mistakes are tried.

    `changes` says that it changes something, `consumes` that a try after it needs a new setting.
    """

    step: Step
    fields: tuple[str, ...]
    changes: bool = True
    consumes: bool = True

    @property
    def reads_query(self) -> bool:
        return self.step.method == "GET"


def changing(step: Step, *further: str) -> Call:
    """A call that changes something; mistakes are tried in its fields and in `further` ones."""
    return Call(step, (*step.body, *further))


def adding(step: Step, *further: str) -> Call:
    """A call that changes something and can be tried again on the same setting."""
    return Call(step, (*step.body, *further), consumes=False)


def reading(method: str, path: str, /, **body: Any) -> Call:
    """A call that only looks, with its fields in a body; those that are GET are tried in the query, too."""
    return Call(Step(method, path, body=body), tuple(body), changes=False, consumes=False)


# Further values worth a try in the fields of these names.
FURTHER: dict[str, tuple[Any, ...]] = {
    "name": ("a/b", "a:b", "a.b", "../up", "$m/", "x" * 257, "é", "$M", " $m", "a\tb", "%24m"),
    "new_name": ("a/b", "a:b", "x" * 257, "$m", " ", "é"),
    "version": (
        "99",
        "0",
        "-1",
        "01",
        " 1",
        "1 ",
        "1.0",
        "+1",
        "x",
        "9" * 30,
        "2147483648",
        "\u0661",
        1,
        2**70,
    ),
    "stage": ("None", "none", "Staging", "production", "PRODUCTION", "Archived", "Canary", " Production"),
    "stages": (
        ["None"],
        ["production", "Staging"],
        ["Canary"],
        ["Production", "Production"],
        "Production",
        [1],
    ),
    "archive_existing_versions": ("true", 0, 1, "yes"),
    "alias": (
        "latest",
        "LATEST",
        "v1",
        "V22",
        "1",
        "a b",
        "a/b",
        "a:b",
        "x" * 255,
        "x" * 256,
        "CHAMPION",
        "é",
    ),
    "key": ("a b", "a/b", "a//b", "../x", "/x", "a:b", "a@b", "x" * 250, "x" * 251, "é", "a.", "."),
    "value": ("x" * 5000, "x" * 5001, "x" * 100_001, "é", "two\nlines"),
    "description": ("x" * 5000, "x" * 100_001, "é\n# Title"),
    "tags": (
        [{"key": "a"}],
        [{"value": "a"}],
        [{"key": "", "value": "a"}],
        [{"key": "a", "value": 1}],
        [{"key": 1, "value": "a"}],
        [{"key": "a", "value": None}],
        [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}],
        [{"key": "x" * 251, "value": "1"}],
        [{"key": "a//b", "value": "1"}],
        [{"key": "a", "value": "x" * 100_001}],
        [{"key": "a", "value": "b", "more": 1}],
        [None],
        {"a": "b"},
    ),
    "max_results": (0, 1, 1000, 1001, 200_000, 200_001, "5", "five", 2**40, 2**70),
    "page_token": ("bm9uc2Vuc2U=", "eyJvZmZzZXQiOiAtMX0=", "é", "0"),
    "order_by": (
        ["name"],
        ["name ASC"],
        ["name asc"],
        ["last_updated_timestamp DESC", "name"],
        ["creation_timestamp"],
        ["nothing DESC"],
        ["name DESC ASC"],
        ["name DESC", "name ASC"],
        [""],
        ["version_number DESC"],
        ["; DROP TABLE x"],
        "name",
        [1],
    ),
    "filter": (
        "name = '$m'",
        "name != '$m'",
        "name LIKE '$m%' AND name ILIKE '%$M'",
        "tags.team = 'blue' AND name LIKE '$m%'",
        "tags.`team` != 'red' AND name LIKE '$m%'",
        "name = $m",
        "name",
        "name > 'a'",
        "nothing = 'a'",
        "name = 'a' OR name = 'b' AND",
        "name IN ('$m')",
        "tags.team LIKE 'b%' AND name LIKE '$m%'",
        "run_id = 'a'",
        "run_id IN ('a', 'b')",
        "source_path = 's3://bucket/one' AND name = '$m'",
        "version_number = 1 AND name = '$m'",
        "version_number > 0 AND name = '$m'",
        'name = "$m"',
        "'",
        "name = 'it''s'",
    ),
    "source": (
        "/etc/passwd",
        "file:///etc",
        "mlruns/0/nothing/artifacts/model",
        "relative/path",
        "../up",
        "s3://bucket/../up",
        "s3://bucket/a%2e%2e/b",
        "http://host/path",
        "ftp://host/path",
        "dbfs:/path",
        "runs:/0123456789abcdef0123456789abcdef/model",
        "models:/$m/1",
        "models:/$m/99",
        "models:/$m@champion",
        "models:/$m/Production",
        "models:/nothing/1",
        "models:/m-0123456789abcdef0123456789abcdef",
        "mlflow-artifacts:/0/a/artifacts/model",
        "mlflow-artifacts://host/0/a",
        "x" * 501,
        "s3://bucket/path?q=..#../..",
        "C:\\models",
    ),
    "run_id": ("0123456789abcdef0123456789abcdef", "$run", "x" * 33),
    "model_id": ("m-0123456789abcdef0123456789abcdef",),
    "experiment_id": ("0", "999999", "-1", "01", "1.5", 0, "9" * 30),
    "experiment_name": ("Default", "$m-2", "x" * 501),
    "experiment_ids": (["0"], ["999999"], ["x"], ["$exp", "$exp"], [1], "$exp"),
    "artifact_location": (
        "/tmp/here",
        "file:///tmp",
        "s3://b/../c",
        "http://h/?x#y",
        "mlflow-artifacts:/7/../8",
    ),
    "view_type": ("ACTIVE_ONLY", "DELETED_ONLY", "all", 1, 2, 3, 4),
    "run_view_type": ("ALL", "DELETED_ONLY", "all", 1, 2, 3, 4),
    "user_id": ("x" * 300,),
    "run_name": ("x" * 251, "é"),
    "start_time": ("7", 0, 2**70, "x", 1e3),
    "end_time": ("7", 0, 2**70, "x"),
    "status": ("RUNNING", "KILLED", "finished", 3, 9, "LOGGED_MODEL_UPLOAD_FAILED", 2),
    "timestamp": ("7", 0, -5, 2**70, "x"),
    "step": ("7", 0, -5, 2**70, "x"),
    "metric_key": ("nothing", "x" * 251),
    "path": ("..", "a/../b", "/etc", "a%2e", "C:/x", "a\\b", "a//b"),
    "artifact_directory_path": ("..", "a/../b", "/etc", "a//b"),
    "model_json": ("{", "[]", "null", '{"artifact_path": "a"}'),
    "metrics": (
        [{"key": "a", "value": 1}],
        [{"key": "a", "timestamp": 1}],
        [{"value": 1, "timestamp": 1}],
        [{"key": "a", "value": "NaN", "timestamp": 1}],
        [{"key": "a", "value": "Infinity", "timestamp": 1}],
        [{"key": "a", "value": "x", "timestamp": 1}],
        [{"key": "a", "value": None, "timestamp": 1}],
        [{"key": "a", "value": 1, "timestamp": "x"}],
        [{"key": "a//b", "value": 1, "timestamp": 1}],
        [{"key": "a", "value": 1, "timestamp": 1, "step": -1}] * 2,
        [{"key": "x" * 251, "value": 1, "timestamp": 1}],
    ),
    "params": (
        [{"key": "a"}],
        [{"value": "a"}],
        [{"key": "a", "value": 1}],
        [{"key": "depth", "value": "4"}],
        [{"key": "depth", "value": "3"}],
        [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}],
        [{"key": "a", "value": "1"}, {"key": "a", "value": "1"}],
        [{"key": "a//b", "value": "1"}],
        [{"key": "x" * 251, "value": "1"}],
        [{"key": "a", "value": "x" * 6001}],
        [{"key": f"k{n}", "value": "1"} for n in range(101)],
    ),
    "datasets": (
        [{}],
        [{"dataset": {}}],
        [{"dataset": {"name": "n", "digest": "d"}}],
        [{"dataset": {"name": "n", "digest": "x" * 37, "source_type": "s", "source": "x"}}],
        [{"dataset": {"name": "x" * 501, "digest": "d", "source_type": "s", "source": "x"}}],
        [{"dataset_name": "n"}],
        [{"dataset_digest": "n"}],
    ),
    "models": ([{}], [{"model_id": "m-nothing", "step": 0}], [{"model_id": "$model"}], [{"step": 1}]),
    "run_link": ("x" * 501, "javascript:alert(1)"),
}
BODIES = (
    b"",
    b"null",
    b"[]",
    b"{",
    b"7",
    b'"text"',
    b'"{}"',
    b"\xff\xfe",
    b'{"name": NaN}',
    b'{"name": "a", "name": "b"}',
)


def mistaken(call: Call, wrong_values: tuple[Any, ...] = WRONG) -> Iterator[Step]:
    """The call's right form, then every wrong one, one mistake each."""
    body = call.step.body
    yield call.step
    yield replace(call.step, body={**body, "not_a_field": 1})
    for name in call.fields:
        yield replace(call.step, body={key: value for key, value in body.items() if key != name})
        for wrong in (*wrong_values, *FURTHER.get(name, ())):
            yield replace(call.step, body={**body, name: wrong})
        camel = _camel(name)
        if camel != name and name in body:
            yield replace(call.step, body={**body, camel: body[name]})
            yield replace(call.step, body={camel if key == name else key: body[key] for key in body})
    for data in BODIES:
        yield raw(call.step.method, call.step.path, data)
    yield raw(call.step.method, call.step.path, b"name=a", "application/x-www-form-urlencoded")
    yield raw(call.step.method, call.step.path, b"{}", "text/plain")
    yield raw(call.step.method, call.step.path, b"{}", None)


def queried(call: Call) -> Iterator[Step]:
    """The forms that only a query string can have, for the calls that read one."""
    body = call.step.body
    yield replace(call.step, body=None, query=body)
    for name in body:
        yield replace(call.step, body=None, query={**body, name: ""})
        yield replace(call.step, body=None, query={key: body[key] for key in body if key != name})
        yield replace(call.step, body=None, query={**body, name: ["a", "b"]})
        if _camel(name) != name:
            yield replace(
                call.step, body=None, query={_camel(name) if k == name else k: body[k] for k in body}
            )
    yield replace(call.step, body=None, query={**body, "not_a_field": "1"})
    yield replace(call.step, query={"not_a_field": "1"})


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
